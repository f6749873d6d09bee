"""Numbers that no 64-bit integer and no double holds: found quickly, so that they keep their digits as text."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Raw, Struct

from weft.connectors.rest.rows.quoting import parts
from weft.connectors.rest.rows.shape import FLOAT, INT, RECORDS, ListOf, ObjectOf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from weft.connectors.rest.rows.shape import Leaf, Shape

EXACT = 2**53
"""Integers up to this are exact as a double."""
LOW, HIGH = -(2**63), 2**63 - 1
_WIDEST = 16
"""Digits of EXACT."""
_NUMBER = re.compile(rb"-?[0-9][-+.0-9eE]*")
_encoder = msgspec.json.Encoder()
_Exact = Annotated[int, msgspec.Meta(ge=-EXACT, le=EXACT)]
_Place = tuple[int | None, ...]
"""Numbers of fields from the record inwards; none = the items of a list."""
_ZERO = re.compile(r"-?[0.]+(?:[eE].*)?")


def faithful(token: str) -> bool:
    """Whether a double keeps this number: it is the double's exact value, or how programs write that double."""
    value = float(token)
    if not math.isfinite(value) or (not value and _ZERO.fullmatch(token) is None):
        return False
    return repr(value) == token or Decimal(token) in {Decimal(value), Decimal(repr(value)), Decimal(f"{value:.17g}")}


class Digits(Struct, frozen=True):
    """Looks whether columns hold every digit that was written for them."""

    doubles: tuple[_Place, ...]
    integers: tuple[_Place, ...]
    record: Any
    """The type that finds what doubles hold in a record, as it is written; none where a key makes that impossible."""
    read: msgspec.json.Decoder[Any] | None
    """Reads these numbers; whole ones only where a double is exact."""

    @staticmethod
    def of(shape: ObjectOf) -> Digits:
        """For the shape of a record."""
        places = tuple(_places(shape, FLOAT)), tuple(_places(shape, INT))
        try:
            record, read = parts(shape, FLOAT, Raw), parts(shape, FLOAT, _Exact | float | None)
        except ValueError:  # an odd key
            return Digits(*places, None, None)
        return Digits(*places, record, None if read is None else msgspec.json.Decoder(read))

    def long(self, records: pa.StructArray) -> bool:
        """Whether an integer of records needs more digits than a double has."""
        return any(beyond(_at(records, place)) for place in self.integers)

    def kept(self, data: bytes, records: pa.StructArray, found: Sequence[tuple[Any, bytes] | None] = ()) -> bool:
        """Whether doubles hold every number. May say no where they do: looking at every value tells then.

        Args:
            data: lines of records.
            records: what was read from them.
            found: what pages already told of their records, which are those of the lines.
        """
        if all(array.null_count == len(array) for array in (_at(records, place) for place in self.doubles)):
            return True
        if self.record is None or self.read is None:
            return False
        text = self._text(data, found)
        with suppress(msgspec.ValidationError):  # a whole number that no double keeps: each one is looked at
            again = _encoder.encode_lines(self.read.decode_lines(text))
            if text == again:
                return True
            pairs = zip(text.split(b"\n"), again.split(b"\n"), strict=True)
            text = b"\n".join(one for one, other in pairs if one != other)
        return all(_kept(token.decode()) for token in _NUMBER.findall(text))

    def _text(self, data: bytes, found: Sequence[tuple[Any, bytes] | None]) -> bytes:
        known = [page[1] for page in found if page is not None and page[0] is self.record]
        if known and len(known) == len(found):
            return b"".join(known)
        return written([record for line in _lines(self.record).decode_lines(data) for record in line.f0])


@lru_cache(maxsize=64)
def _lines(record: Any) -> msgspec.json.Decoder[Any]:
    """Reads lines of records of a type."""
    return msgspec.json.Decoder(msgspec.defstruct("Line", [("f0", list[record])], rename={"f0": RECORDS}))


def written(found: list[Any]) -> bytes:
    """The numbers of records as they are written: a line of JSON for each."""
    return _encoder.encode_lines(found)


def _kept(token: str) -> bool:
    digits = token.lstrip("-")
    if digits.isdigit():
        return len(digits) <= _WIDEST and int(digits) <= EXACT
    try:
        return faithful(token)
    except ValueError:  # it stands in a key
        return True


def beyond(array: pa.Array) -> bool:
    """Whether integers of an array need more than a double holds exactly."""
    return any(abs(bound) > EXACT for bound in _bounds(array))


def _bounds(array: pa.Array) -> tuple[Any, ...]:
    """The least and the greatest number; nothing where there is none."""
    from pyarrow._compute import call_function  # pyarrow.compute makes all its 290 functions when it is imported: 25 ms

    found = call_function("min_max", [array]).as_py()
    return () if found["min"] is None else (found["min"], found["max"])


def _places(shape: Shape, leaf: Leaf) -> Iterator[_Place]:
    """Where the parts of one kind are."""
    if shape == leaf:
        yield ()
    elif isinstance(shape, ListOf):
        yield from ((None, *place) for place in _places(shape.item, leaf))
    elif isinstance(shape, ObjectOf):
        for number, part in enumerate(shape.fields.values()):
            yield from ((number, *place) for place in _places(part, leaf))


def _at(array: pa.Array, place: _Place) -> pa.Array:
    for step in place:
        array = array.values if step is None else array.field(step)
    return array
