"""Records as lines of JSON, parsed in C++; and what they really hold, looked at one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from weft.connectors.rest.rows.digits import EXACT, HIGH, LOW, beyond, faithful
from weft.connectors.rest.rows.shape import (
    ANY,
    BOOL,
    FLOAT,
    HOLD,
    INT,
    LONG,
    NULL,
    TEXT,
    Leaf,
    ListOf,
    Struct,
    from_arrow,
    join,
    to_arrow,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from weft.connectors.rest.rows.shape import Shape


class _Digits:
    """A number that no double keeps."""


_exact = msgspec.json.Decoder(float_hook=lambda token: 0.0 if faithful(token) else _Digits)


def parse(data: bytes, schema: pa.Schema) -> pa.Table:
    """Read lines of JSON.

    Args:
        data: one object a line; objects may span lines.
        schema: of known keys; other ones are inferred.

    Raises:
        pyarrow.ArrowInvalid: a value does not fit the schema.
    """
    import pyarrow as pa
    import pyarrow.json

    return pyarrow.json.read_json(
        pa.BufferReader(data),
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(data) + 1),
        parse_options=pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer"),
    )


def found(table: pa.Table, known: Struct, *, long: bool) -> Shape:
    """The shape of a parsed table, joined with what was known when it was parsed.

    Args:
        table: what was parsed.
        known: with the settled types of this shape.
        long: some of its integers need all 64 bits.
    """
    fields: dict[str, Shape] = dict(known.fields)
    for name, column in zip(table.column_names, table.columns, strict=True):
        before = fields.get(name, NULL)
        fields[name] = join(before, _found(column.chunk(0), before, long=long))
    return Struct(fields, known.most) if len(fields) <= known.most else ANY


def _found(array: pa.Array, known: Shape, *, long: bool) -> Shape:
    """A timestamp that nobody asked for was guessed from texts; texts that are all null may have been asked for."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_struct(kind):
        before = known if isinstance(known, Struct) else Struct()
        fields: dict[str, Shape] = {}
        for number, part in enumerate(kind):
            if part.name == HOLD:
                continue
            old = before.fields.get(part.name, NULL)
            fields[part.name] = _found(array.field(number), old, long=long)
        return Struct(fields, before.most) if len(fields) <= before.most else ANY
    if pa.types.is_list(kind):
        return ListOf(_found(array.values, known.item if isinstance(known, ListOf) else NULL, long=long))
    if long and pa.types.is_integer(kind) and beyond(array):
        return LONG
    if known == NULL and array.null_count == len(array):
        return NULL
    asked = isinstance(known, Leaf) and known.declared and kind == to_arrow(known)
    return known if asked else from_arrow(kind)


def look(data: bytes, known: Struct) -> Shape:
    """A known shape joined with that of records, found by looking at each value: slow, exact."""
    for record in _exact.decode_lines(data):
        known = _object(record, known)
    return known if len(known.fields) <= known.most else ANY


def _object(record: Mapping[str, Any], known: Struct) -> Struct:
    fields = None
    for key, value in record.items():
        before = known.fields.get(key)
        now = _value(value, before or NULL)
        if before is None or now is not before:
            fields = dict(known.fields) if fields is None else fields
            fields[key] = now
    return known if fields is None else Struct(fields, known.most)


def _value(value: Any, known: Shape) -> Shape:
    if value is None or known is ANY:
        return known
    if isinstance(value, dict):
        return _nested(value, known)
    if isinstance(value, list):
        item = known.item if isinstance(known, ListOf) else NULL
        for part in value:
            item = _value(part, item)
        if isinstance(known, ListOf):
            return known if item is known.item else ListOf(item)
        return join(known, ListOf(item))
    return _join(known, _LEAVES[type(value)] if type(value) is not int else _integer(value))


def _nested(value: dict[str, Any], known: Shape) -> Shape:
    if isinstance(known, Struct):
        found = _object(value, known)
        return found if len(found.fields) <= found.most else ANY
    return join(known, _object(value, Struct())) if len(value) <= Struct().most else ANY


def _join(known: Shape, leaf: Leaf) -> Shape:
    return known if known is leaf else join(known, leaf)


def _integer(value: int) -> Leaf:
    if -EXACT <= value <= EXACT:
        return INT
    return LONG if LOW <= value <= HIGH else ANY


_LEAVES: dict[type, Leaf] = {str: TEXT, bool: BOOL, float: FLOAT, type: ANY}
