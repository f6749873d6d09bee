"""Schemas of any draft, also wrong ones, as the shapes that matter: lists, objects with fields, plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from weft.connectors.openapi.refs import Refs

_PARTS = 12
"""Alternatives of a schema that are looked at."""
_DEEP = 8
"""Levels of allOf, oneOf and anyOf inside of each other."""


class Shape(Struct):
    """What values of a schema look like."""

    kind: str = ""
    """array, object, map, string, integer, number, boolean; empty = unknown."""
    fields: dict[str, Any] = field(default_factory=dict)
    """Schemas of an object's fields, by name."""
    item: Any = None
    """Schema of a list's elements or a map's values."""
    required: frozenset[str] = frozenset()
    format: str = ""
    description: str = ""
    nullable: bool = False
    enum: tuple[Any, ...] = ()
    choices: bool = False
    """Whether several different shapes are possible (oneOf, anyOf) and this is their union."""

    @property
    def plain(self) -> bool:
        """A single value: neither list nor object."""
        return self.kind in ("string", "integer", "number", "boolean")


class Shapes:
    """Shapes of the schemas of one document."""

    def __init__(self, refs: Refs) -> None:
        self._refs = refs
        self._known: dict[int, Shape] = {}

    def of(self, schema: Any, depth: int = 0) -> Shape:
        """The shape of a schema, with its references and parts resolved."""
        found = self._refs.follow(schema)
        known = self._known.get(id(found))
        if known is not None:
            return known
        shape = Shape()
        if not found or depth > _DEEP:
            return shape
        self._known[id(found)] = shape  # what refers to itself finds what is known so far
        self._fill(shape, found, depth)
        if isinstance(schema, dict) and isinstance(schema.get("description"), str) and schema is not found:
            shape.description = shape.description or schema["description"]
        return shape

    def _fill(self, shape: Shape, schema: dict[str, Any], depth: int) -> None:
        shape.kind, shape.nullable = _kind(schema)
        shape.format = _text(schema, "format")
        shape.description = _text(schema, "description") or _text(schema, "title")
        if isinstance(schema.get("enum"), list):
            shape.enum = tuple(schema["enum"])
        properties = schema.get("properties")
        if isinstance(properties, dict):
            shape.fields = dict(properties)
        required = schema.get("required")
        if isinstance(required, list):
            shape.required = frozenset(r for r in required if isinstance(r, str))
        items = schema.get("items")
        if isinstance(items, list) and shape.kind != "array":  # written so, meant as one of these
            self._merge(shape, items, "anyOf", depth)
        else:
            shape.item = (items[0] if items else None) if isinstance(items, list) else items
        for word in ("allOf", "oneOf", "anyOf"):
            self._merge(shape, schema.get(word), word, depth)
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and more and not shape.fields:
            shape.item, shape.kind = more, "map"
        elif not shape.kind:
            shape.kind = "object" if shape.fields else "array" if shape.item is not None else ""

    def _merge(self, shape: Shape, parts: Any, word: str, depth: int) -> None:
        if not isinstance(parts, list):
            return
        shapes = [self.of(part, depth + 1) for part in parts[:_PARTS]]
        nulls = sum(1 for part in parts[:_PARTS] if _kind(self._refs.follow(part))[0] == "null")
        shape.nullable = shape.nullable or bool(nulls)
        told = [s for s in shapes if s.kind not in ("", "null")]
        kinds = list(dict.fromkeys(s.kind for s in told))
        shape.choices = shape.choices or (word != "allOf" and len(told) > 1)
        for part in told:
            shape.fields = {**part.fields, **shape.fields} if word == "allOf" else {**shape.fields, **part.fields}
            shape.item = shape.item if shape.item is not None else part.item
            shape.format = shape.format or part.format
            shape.description = shape.description or part.description
            shape.enum = shape.enum or (part.enum if len(told) == 1 else ())
            if word == "allOf":
                shape.required |= part.required
        if told and not shape.kind:
            # Of a list and an object that stands alone, a stream reads the list.
            shape.kind = "array" if "array" in kinds else kinds[0] if len(kinds) == 1 else _common(kinds)


def _common(kinds: list[str]) -> str:
    if set(kinds) == {"integer", "number"}:
        return "number"
    return "object" if "object" in kinds else "string" if "string" in kinds else kinds[0]


def _kind(schema: dict[str, Any]) -> tuple[str, bool]:
    """Type, and whether null is allowed."""
    kind = schema.get("type")
    nullable = schema.get("nullable") is True or schema.get("x-nullable") is True
    if isinstance(kind, list):  # 3.1, and wrong documents of before
        real = [k for k in kind if k != "null" and isinstance(k, str)]
        nullable = nullable or len(real) < len(kind)
        kind = real[0] if len(real) == 1 else _common(real) if real else "null"
    return (kind if isinstance(kind, str) else ""), nullable


def _text(schema: dict[str, Any], key: str) -> str:
    value = schema.get(key)
    return value.strip() if isinstance(value, str) else ""
