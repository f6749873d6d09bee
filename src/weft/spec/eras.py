"""The versions of ODCS that weft reads, and the rules of each.

The standard's package ships the schema of the newest version alone. Older ones are made from it by taking away what
came later; a test compares the results with the official schema of each version.
"""

from __future__ import annotations

import copy
import json
from functools import lru_cache
from typing import Any, cast

from weft.spec.rules import Rules

VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")

_REFERENCE_3_1 = r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$"
_LATER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SchemaBaseProperty", ("enum", "semanticType")),
    ("SchemaElement", ("deprecated", "synonyms")),
    ("SchemaObject", ("context",)),
    ("CustomProperty", ("vendor",)),
    ("ServiceLevelAgreementProperty", ("customProperties", "authoritativeDefinitions")),
    ("RelationshipBase", ("id",)),
)
"""Keys that came with 3.2."""
_SINCE_3_1: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SchemaBaseProperty", ("relationships",)),
    ("SchemaObject", ("relationships",)),
    ("CustomProperty", ("id", "description")),
    ("ServiceLevelAgreementProperty", ("id", "description", "schedule", "scheduler")),
    ("SupportItem", ("id", "customProperties")),
    ("TeamMember", ("id", "name", "description", "tags", "customProperties", "authoritativeDefinitions")),
    ("Role", ("id",)),
    ("Pricing", ("id",)),
    ("DataQuality", ("id",)),
    ("SchemaElement", ("id",)),
    ("Server", ("id",)),
)
"""Keys that came with 3.1: in 3.0 they are unknown, so anything may stand in them."""
_SERVERS_LATER = frozenset(
    ("btrieve", "exasol", "fastobjects", "hana", "iceberg", "ingres", "poet", "teradata", "vectorwise", "versant")
)


@lru_cache(maxsize=8)
def rules_of(version: str) -> Rules:
    """The compiled rules of a version."""
    if version.startswith("v3.0."):
        return _rules_3_0()
    return _rules_3_1() if version == "v3.1.0" else Rules(schema_3_2())


@lru_cache(maxsize=1)
def _rules_3_0() -> Rules:
    return Rules(schema_3_0())


@lru_cache(maxsize=1)
def _rules_3_1() -> Rules:
    return Rules(schema_3_1())


def schema_3_2() -> dict[str, Any]:
    """The shipped schema, mended: it asks every property without a logicalType for a `map`, which cannot be meant."""
    schema = shipped()
    for part in schema["$defs"]["SchemaBaseProperty"]["allOf"]:
        if _const(part) in ("map", "vector"):
            part["if"]["required"] = ["logicalType"]
    return schema


def schema_3_1() -> dict[str, Any]:
    """ODCS 3.1.0."""
    schema = shipped()
    parts = schema["$defs"]
    schema["required"].append("status")
    del schema["properties"]["context"]
    for name, keys in _LATER:
        for key in keys:
            del parts[name]["properties"][key]
    base = parts["SchemaBaseProperty"]
    base["allOf"] = [part for part in base["allOf"] if _const(part) not in ("map", "vector")]
    _take(base["properties"]["logicalType"], {"map", "vector"})
    parts["ShorthandReference"]["pattern"] = _REFERENCE_3_1
    full = parts["FullyQualifiedReference"]
    full["pattern"] = full["pattern"].replace("ya?ml", "yaml")
    _servers(parts)
    return schema


def schema_3_0() -> dict[str, Any]:
    """ODCS 3.0.x: as 3.1.0, but keys that the standard does not know pass, and rules are named by `rule`."""
    schema = cast("dict[str, Any]", _lenient(schema_3_1()))
    schema["additionalProperties"] = False
    schema["required"] = ["version", "apiVersion", "kind", "id", "status"]
    parts = schema["$defs"]
    for name, keys in _SINCE_3_1:
        for key in keys:
            del parts[name]["properties"][key]
    for key in ("id", "description"):
        del parts["AuthoritativeDefinitions"]["items"]["properties"][key]
    parts["CustomProperty"].pop("required")
    parts["DataQualityLibrary"] = {
        "type": "object",
        "properties": {"rule": {"type": "string"}},
        "anyOf": [{"required": ["metric"]}, {"required": ["rule"]}],
    }
    parts["DataQuality"]["allOf"][0]["if"] = {"properties": {"type": {"const": "library"}}, "required": ["type"]}
    numbers = ("mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan", "mustBeLessOrEqualTo")
    pair = {"type": "array", "minItems": 2, "maxItems": 2, "uniqueItems": True, "items": {"type": "number"}}
    operators = {name: {"type": "number"} for name in numbers} | {"mustBeBetween": pair, "mustNotBeBetween": pair}
    parts["DataQualityOperators"] = {"type": "object", "properties": operators}
    parts["DataQualityLibrary"]["properties"].update(operators)
    return schema


def shipped() -> dict[str, Any]:
    """A copy of the JSON Schema inside the standard's own package."""
    return copy.deepcopy(_shipped())


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    from importlib.util import find_spec  # finds the file without importing the package and its models
    from pathlib import Path

    found = find_spec("open_data_contract_standard")
    if found is None or found.origin is None:  # pragma: no cover - a dependency of weft
        raise ModuleNotFoundError("open_data_contract_standard")
    return cast("dict[str, Any]", json.loads(Path(found.origin).with_name("schema.json").read_text(encoding="utf-8")))


def _servers(parts: dict[str, Any]) -> None:
    _take(parts["Server"]["properties"]["type"], _SERVERS_LATER)
    parts["Port"] = {"type": "integer"}
    for server in parts["ServerSource"].values():
        server["properties"].pop("encoding", None)
    athena = parts["ServerSource"]["AthenaServer"]
    del athena["properties"]["workgroup"]
    athena["required"] = ["stagingDir", "schema"]


def _take(words: dict[str, Any], later: set[str] | frozenset[str]) -> None:
    words["enum"] = [word for word in words["enum"] if word not in later]


def _const(part: dict[str, Any]) -> str:
    return str(part.get("if", {}).get("properties", {}).get("logicalType", {}).get("const", ""))


def _lenient(schema: Any) -> Any:
    """A schema that lets unknown keys pass everywhere."""
    if isinstance(schema, list):
        return [_lenient(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = ("additionalProperties", "unevaluatedProperties")
    return {key: _lenient(part) for key, part in schema.items() if not (key in closed and part is False)}
