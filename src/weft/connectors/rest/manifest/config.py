"""The JSON Schema of a source's configuration as fields of a kind."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field
from pydantic.alias_generators import to_camel

from weft.connectors.rest.http.network import Network
from weft.kinds import snake

REFERENCE = "secret://"
_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list[Any],
    "object": dict[str, Any],
}
_BOUNDS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "minItems": "min_length",
    "maxItems": "max_length",
    "multipleOf": "multiple_of",
}
_SAID = ("format", "examples", "order", "pattern", "placeholder", "items", "properties")
"""Keywords that go on into the form's schema as they are."""
SECRET = "password"  # noqa: S105 - the name of a format
OPEN = "additionalProperties"
_TAKEN = frozenset(to_camel(name) for name in Network.model_fields)


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    """Fields for `pydantic.create_model`; their names are inner ones, documents use the alias.

    Args:
        schema: of an object.
    """
    required = set(schema.get("required", ()))
    found: dict[str, Any] = {}
    for number, (name, said) in enumerate(schema.get("properties", {}).items()):
        found[f"config_{number}"] = _field(name, said, required=name in required)
    return found


def problems(schema: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    """What in a schema of a configuration cannot be used, by its place."""
    found: list[tuple[tuple[str | int, ...], str]] = []
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        return [(("properties",), "'properties' is no mapping, allowed is a schema by name")]
    for name, said in properties.items():
        kind = str(said.get("type", "string")) if isinstance(said, dict) else ""
        if kind not in _TYPES:
            found.append((("properties", name), f"'{name}' has no type that is known: {', '.join(_TYPES)}"))
        if to_camel(name) in _TAKEN:
            found.append((("properties", name), f"'{name}' is a setting of every REST source, take another name"))
    missing = [name for name in schema.get("required", ()) if name not in properties]
    return found + [(("required",), f"'{name}' is required but is none of the properties") for name in missing]


def _field(name: str, said: dict[str, Any], *, required: bool) -> Any:
    kind: Any = _TYPES[said.get("type", "string")]
    if "enum" in said:
        kind = Literal[tuple(said["enum"])]
    if said.get("format") == SECRET:
        kind = Annotated[str, AfterValidator(_referenced)]
    default = said.get("default", ... if required else None)
    if default is None:
        kind |= None
    spellings = tuple(dict.fromkeys((name, to_camel(name), snake(name))))
    bounds = {ours: said[theirs] for theirs, ours in _BOUNDS.items() if theirs in said}
    if isinstance(said.get("pattern"), str) and kind is str:
        bounds["pattern"] = said["pattern"]
    extra = {key: said[key] for key in _SAID if key in said}
    return kind, Field(
        default,
        alias=name,
        validation_alias=AliasChoices(*spellings),
        title=said.get("title"),
        description=said.get("description"),
        json_schema_extra=extra,
        **bounds,
    )


def _referenced(value: str) -> str:
    if value and not value.startswith(REFERENCE):
        raise ValueError("a secret is given by reference only: secret://vault/NAME, secret://env/NAME")
    return value
