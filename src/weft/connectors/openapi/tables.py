"""Schemas of records as tables of a contract, with types, descriptions and allowed values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.openapi.words import plain
from weft.model import Property, Table

if TYPE_CHECKING:
    from weft.connectors.openapi.shapes import Shapes
    from weft.connectors.openapi.streams import Stream
    from weft.model.contract import LogicalType

_DEEP = 4
_WIDE = 400
_KINDS: dict[str, LogicalType] = {
    "integer": "integer", "number": "number", "boolean": "boolean", "object": "object", "array": "array", "map": "map",
}  # fmt: skip
_TIMES: dict[str, LogicalType] = {
    "date-time": "timestamp",
    "datetime": "timestamp",
    "dateTime": "timestamp",
    "date": "date",
}
_LONG = 40
"""Allowed values that are still listed."""


def table(stream: Stream, shapes: Shapes, source: str) -> Table | None:
    """The table of a stream; None where its records are not described.

    Args:
        stream: whose records.
        shapes: of the document.
        source: name of the source that it will be read from.
    """
    columns = _columns(stream.item, shapes, 0)
    if not columns:
        return None
    given = {name for c in columns for name in (c.name, c.source_name)}
    more = tuple(
        Property(name=p.field, description=f"Of the {p.stream} that it was read for.")
        for p in stream.parents.values()
        if p.field not in given
    )
    keyed = tuple(_keyed(c, stream.key) for c in (*columns, *more))
    custom: dict[str, Any] = {"weft.stream": f"{source}.{stream.name}"}
    return Table(name=stream.name, description=stream.description, properties=keyed, custom=custom)


def _keyed(column: Property, key: tuple[str, ...]) -> Property:
    if column.source_name not in key:
        return column
    return column.model_copy(update={"key": key.index(column.source_name) + 1, "required": False, "unique": False})


def _columns(schema: Any, shapes: Shapes, depth: int) -> tuple[Property, ...]:
    shape = shapes.of(schema)
    names: dict[str, str] = {}
    for name in list(shape.fields)[:_WIDE]:
        own = plain(name) or "column"
        own = f"_{own}" if own[0].isdigit() else own
        names[name] = own if own not in names.values() else f"{own}_{len(names)}"
    return tuple(_column(name, shape.fields[raw], shapes, depth, raw) for raw, name in names.items())


def _column(name: str, schema: Any, shapes: Shapes, depth: int, raw: str = "") -> Property:
    shape = shapes.of(schema)
    deep = depth >= _DEEP
    kind = _KINDS.get(shape.kind, "string")
    if shape.kind == "string":
        kind = _TIMES.get(shape.format, "string")
    if shape.choices and kind in ("object", "array"):
        kind = "string"  # what may be of several shapes stays JSON text
    inner = _columns(schema, shapes, depth + 1) if kind == "object" and not deep else ()
    item = shapes.of(shape.item) if kind in ("array", "map") else None
    if (kind == "object" and not inner) or (item is not None and (deep or not item.kind)):
        kind, item = "string", None
    listed = all(isinstance(v, str) for v in shape.enum) and len(shape.enum) <= _LONG and kind == "string"
    described = shape.description
    if listed and shape.enum:
        described = f"{described.rstrip('.')}. " * bool(described) + f"One of: {', '.join(shape.enum)}."
    return Property(
        name=name,
        type=kind,
        physical_name="" if raw in ("", name) else raw,
        properties=inner,
        items=_column("items", shape.item, shapes, depth + 1) if item is not None else None,
        description=" ".join(described.split())[:500],
    )
