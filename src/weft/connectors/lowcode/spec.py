"""The specification of a connector's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.connectors.lowcode.notes import Notes

_KEPT = (
    "type", "title", "description", "default", "enum", "format", "pattern", "examples", "order", "items", "minimum",
    "maximum", "minLength", "maxLength", "minItems", "maxItems", "properties", "required", "oneOf", "const",
)  # fmt: skip


def configuration(spec: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """JSON Schema of a source's configuration; what was secret there is given by reference here."""
    schema = spec.get("connection_specification") or {}
    rules = spec.get("config_normalization_rules") or {}
    if rules.get("transformations"):
        notes.add("Spec.config_normalization_rules", "spec.config_normalization_rules", "the configuration is changed")
    properties = schema.get("properties") or {}
    told: dict[str, Any] = {
        "required": [n for n in schema.get("required") or () if n in properties],
        "properties": {name: _property(value) for name, value in properties.items() if isinstance(value, dict)},
    }
    if not properties or schema.get("additionalProperties") is not False:
        told["additionalProperties"] = True
    return {k: v for k, v in told.items() if v not in ({}, [])}


def _property(value: Mapping[str, Any]) -> dict[str, Any]:
    told = {k: v for k, v in value.items() if k in _KEPT}
    kind = told.get("type", "object" if "oneOf" in told or "properties" in told else "string")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "string")
    told["type"] = kind
    if value.get("airbyte_secret") is True:
        told = {k: v for k, v in told.items() if k not in ("default", "examples", "pattern")}
        told["format"] = "password"
    if isinstance(told.get("properties"), dict):
        told["properties"] = {n: _property(p) for n, p in told["properties"].items() if isinstance(p, dict)}
    if isinstance(told.get("oneOf"), list):
        told["oneOf"] = [_property({"type": "object", **one}) for one in told["oneOf"] if isinstance(one, dict)]
    return told
