"""JSON Schema as Arrow types: what is said of a field is believed until a value does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.rows.shape import ANY, BOOL, FLOAT, INT, NULL, TEXT, Leaf, ListOf, ObjectOf, join, settled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from weft.connectors.rest.rows.shape import Shape

_DEEP = 30
_PLAIN: dict[str, Shape] = {"string": TEXT, "integer": INT, "number": FLOAT, "boolean": BOOL, "null": NULL}
_MOMENT = Leaf("timestamp[us, tz=UTC]")
_EXACT: dict[str, Shape] = {"big_integer": Leaf("decimal128(38, 0)"), "big_number": Leaf("decimal128(38, 9)")}
_OF: dict[type, Shape] = {str: TEXT, bool: BOOL, int: INT, float: FLOAT}
_CHOICES = ("oneOf", "anyOf")


def arrow(schema: Mapping[str, Any], *, utc: bool = True) -> pa.Schema:
    """Columns that a JSON Schema of records declares; what it leaves open is left out, and found.

    Args:
        schema: of an object. `$ref` into itself is followed, nothing else.
        utc: whether moments that name no zone are in UTC; otherwise moments are left as text, for the contract.
    """
    import pyarrow as pa

    shape = _Reader(schema, utc=utc).shape(schema, 0)
    fields = shape.fields.items() if isinstance(shape, ObjectOf) else ()
    return pa.schema([(name, kind) for name, part in fields if (kind := settled(part)) is not None])


def _all(shapes: Iterable[Shape]) -> Shape:
    found: Shape = NULL
    for shape in shapes:
        found = join(found, shape)
    return found


class _Reader:
    def __init__(self, root: Mapping[str, Any], *, utc: bool) -> None:
        self._root = root
        self._utc = utc

    def shape(self, schema: Any, depth: int) -> Shape:
        """What values of a schema are; null where it does not say."""
        if not isinstance(schema, dict) or depth > _DEEP:
            return NULL
        if "$ref" in schema:
            return self.shape(self._reached(str(schema["$ref"])), depth + 1)
        for word in _CHOICES:
            if word in schema:
                return self._joined(schema[word], depth)
        if "allOf" in schema:
            return self._joined([*schema["allOf"], {k: v for k, v in schema.items() if k != "allOf"}], depth)
        kinds = schema.get("type", "object" if "properties" in schema else None)
        if kinds is None:
            return _all(_OF.get(type(v), NULL) for v in schema.get("enum", ()))
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return _all(self._typed(str(kind), schema, depth) for kind in kinds)

    def _joined(self, schemas: Any, depth: int) -> Shape:
        return _all(self.shape(one, depth + 1) for one in schemas)

    def _typed(self, kind: str, schema: dict[str, Any], depth: int) -> Shape:
        if kind == "object":
            inner = {name: self.shape(part, depth + 1) for name, part in schema.get("properties", {}).items()}
            return ObjectOf(inner, ObjectOf().most + len(inner)) if inner else NULL
        if kind == "array":
            items = schema.get("items")
            item = self._joined(items, depth) if isinstance(items, list) else self.shape(items, depth + 1)
            return NULL if item == NULL else ListOf(item)
        if kind == "string" and schema.get("format") == "date-time":
            zoned = schema.get("airbyte_type") != "timestamp_without_timezone"
            return _MOMENT if self._utc and zoned else TEXT
        return _EXACT.get(str(schema.get("airbyte_type"))) or _PLAIN.get(kind, ANY)

    def _reached(self, reference: str) -> Any:
        found: Any = self._root
        for step in reference.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        return found if reference.startswith("#") else None
