"""Numbers that no 64-bit integer and no double holds: found quickly, so that they keep their digits as text."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from weft.connectors.rest.rows.quoting import parts
from weft.connectors.rest.rows.shape import FLOAT, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from weft.connectors.rest.rows.shape import Struct

EXACT = 2**53
"""Integers up to this are exact as a double."""
LOW, HIGH = -(2**63), 2**63 - 1
_WIDEST = 16
"""Digits of EXACT."""
_NUMBER = re.compile(rb"-?[0-9][-+.0-9eE]*")
_encoder = msgspec.json.Encoder()
_ZERO = re.compile(r"-?[0.]+(?:[eE].*)?")


def faithful(token: str) -> bool:
    """Whether a double keeps this number: it is the double's exact value, or how programs write that double."""
    value = float(token)
    if not math.isfinite(value) or (not value and _ZERO.fullmatch(token) is None):
        return False
    return repr(value) == token or Decimal(token) in {Decimal(value), Decimal(repr(value)), Decimal(f"{value:.17g}")}


@dataclass(frozen=True)
class Doubles:
    """Looks whether the doubles of records hold every number that was written for them."""

    record: Any
    """The type that finds these numbers in a record as they are written; none where a key makes that impossible."""
    read: msgspec.json.Decoder[Any] | None
    """Reads them."""

    @staticmethod
    def of(shape: Struct) -> Doubles:
        """For the shape of a record."""
        try:
            record, read = parts(shape, FLOAT, Raw), parts(shape, FLOAT, int | float | None)
        except ValueError:  # an odd key
            return Doubles(None, None)
        return Doubles(record, None if read is None else msgspec.json.Decoder(read))

    def kept(self, data: bytes, records: pa.StructArray, found: Sequence[tuple[Any, bytes] | None] = ()) -> bool:
        """Whether they do. May say no where they do: looking at every value tells then.

        Args:
            data: lines of records.
            records: what was read from them.
            found: what pages already told of their records, which are those of the lines.
        """
        most = [bound for array in _below(records, "double") for bound in _bounds(array)]
        if not most:
            return True
        if self.record is None or self.read is None:
            return False
        text = self._text(data, found)
        if max(map(abs, most)) < EXACT:  # whole numbers among them are exact
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
        line = msgspec.defstruct("Line", [("f0", list[self.record])], rename={"f0": RECORDS})  # type: ignore[name-defined]
        lines: list[Any] = msgspec.json.Decoder(line).decode_lines(data)
        return written([record for line in lines for record in line.f0])


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


def long(records: pa.StructArray) -> bool:
    """Whether an integer of records needs more digits than a double has."""
    return any(beyond(array) for array in _below(records, "int64"))


def beyond(array: pa.Array) -> bool:
    """Whether integers of an array need more than a double holds exactly."""
    return any(abs(bound) > EXACT for bound in _bounds(array))


def _bounds(array: pa.Array) -> tuple[Any, ...]:
    """The least and the greatest number; nothing where there is none."""
    from pyarrow._compute import call_function  # pyarrow.compute makes all its 290 functions when it is imported: 25 ms

    found = call_function("min_max", [array]).as_py()
    return () if found["min"] is None else (found["min"], found["max"])


def _below(array: pa.Array, kind: str) -> Iterator[pa.Array]:
    import pyarrow as pa

    if pa.types.is_struct(array.type):
        for index in range(array.type.num_fields):
            yield from _below(array.field(index), kind)
    elif pa.types.is_list(array.type):
        yield from _below(array.values, kind)
    elif str(array.type) == kind:
        yield array
