"""Records parsed in C++; and what they really hold, looked at one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from weft.connectors.rest.rows.digits import EXACT, HIGH, LOW, beyond, faithful
from weft.connectors.rest.rows.shape import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    LONG,
    NULL,
    RECORDS,
    TEXT,
    Leaf,
    ListOf,
    ObjectOf,
    join,
)
from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from weft.connectors.rest.rows.shape import Shape


_OPENS = b'{"%b":' % RECORDS.encode()


class _Digits:
    """A number that no double keeps."""


_exact = msgspec.json.Decoder(float_hook=lambda token: 0.0 if faithful(token) else _Digits)


def lines(lists: Iterable[Any]) -> bytes:
    """Lists of records as lines of JSON: `{"r": list}`."""
    pieces: list[Any] = []
    for one in lists:
        pieces += (_OPENS, one, b"}\n")
    return b"".join(pieces)


def parse(data: bytes, schema: pa.Schema, unknown: Literal["error", "ignore"] = "error") -> pa.StructArray:
    """The records of such lines.

    Args:
        data: the lines.
        schema: theirs.
        unknown: what to do about a key that the schema does not have.

    Raises:
        pyarrow.ArrowInvalid: a value does not fit the schema.
    """
    import pyarrow as pa
    import pyarrow.json

    table = pyarrow.json.read_json(
        pa.BufferReader(data),
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(data) + 1),
        parse_options=pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior=unknown),
        memory_pool=pa.system_memory_pool(),  # in Arrow's own huge pages are cleared again and again
    )
    records: pa.StructArray = table.column(RECORDS).chunk(0).values
    if records.null_count:
        raise pa.ArrowInvalid("a record is null")
    return records


def found(array: pa.Array, known: Shape) -> Shape:
    """The shape of values that were parsed as what is known: what was null so far may have been a text."""
    if isinstance(known, ObjectOf):
        parts = enumerate(known.fields.items())
        return ObjectOf({name: found(array.field(number), part) for number, (name, part) in parts}, known.most)
    if isinstance(known, ListOf):
        return ListOf(found(array.values, known.item))
    if known == NULL:
        return NULL if array.null_count == len(array) else TEXT
    return LONG if known == INT and beyond(array) else known


def look(data: bytes, known: ObjectOf) -> Shape:
    """A known shape joined with that of records, found by looking at each value: slow, exact.

    Raises:
        Broken: a record is no object.
    """
    for line in _exact.decode_lines(data):
        for number, record in enumerate(line[RECORDS], 1):
            if not isinstance(record, dict):
                raise Broken(
                    f"record {number} of a page is no object",
                    hint="Set 'records' of the stream to the list of objects.",
                )
            known = _object(record, known)
    return known if len(known.fields) <= known.most else ANY


def _object(record: Mapping[str, Any], known: ObjectOf) -> ObjectOf:
    fields = None
    for key, value in record.items():
        before = known.fields.get(key)
        now = _value(value, before or NULL)
        if before is None or now is not before:
            fields = dict(known.fields) if fields is None else fields
            fields[key] = now
    return known if fields is None else ObjectOf(fields, known.most)


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
    if isinstance(known, ObjectOf):
        found = _object(value, known)
        return found if len(found.fields) <= found.most else ANY
    return join(known, _object(value, ObjectOf())) if len(value) <= ObjectOf().most else ANY


def _join(known: Shape, leaf: Leaf) -> Shape:
    return known if known is leaf else join(known, leaf)


def _integer(value: int) -> Leaf:
    if -EXACT <= value <= EXACT:
        return INT
    return LONG if LOW <= value <= HIGH else ANY


_LEAVES: dict[type, Leaf] = {str: TEXT, bool: BOOL, float: FLOAT, type: ANY}
