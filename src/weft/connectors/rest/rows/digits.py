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
from weft.connectors.rest.rows.shape import FLOAT, RECORDS, ListOf, Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

EXACT = 2**53
"""Integers up to this are exact as a double."""
LOW, HIGH = -(2**63), 2**63 - 1
_NORMAL = 2.2250738585072014e-308
"""Below it a double has fewer digits."""
_SIGNS = {**dict.fromkeys(b"0123456789.", b"0"), **dict.fromkeys(b"eE", b"e"), ord("-"): b"-", ord("+"): b"+"}
_MARKS = b"".join(_SIGNS.get(byte, b" ") for byte in range(256))
"""Digits as 0, exponents as e, signs; all else is blank."""
_LONG = b"0" * 16
"""A number of at most 15 digits is exact as a double."""
_SMALL = re.compile(rb"[eE]-[0-9]{3,}[\s,}\]]")
_WINDOW = 2_400
_STEP = _WINDOW - len(_LONG) + 1
_QUOTE, _MINUS = b'"-'
_doubles = msgspec.json.Decoder(list[float])
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

    written: msgspec.json.Decoder[Any] | None
    """Finds these numbers in lines of records as they are written; none where a key makes that impossible."""
    read: msgspec.json.Decoder[Any] | None
    """Reads them."""

    @staticmethod
    def of(shape: Struct) -> Doubles:
        """For the shape of a record."""
        try:
            lines = Struct({RECORDS: ListOf(shape)})
            return Doubles(parts(lines, FLOAT, Raw), parts(shape, FLOAT, int | float | None))
        except ValueError:  # an odd key
            return Doubles(None, None)

    def kept(self, data: bytes, records: pa.StructArray) -> bool:
        """Whether they do. May say no where they do: looking at every value tells then.

        Args:
            data: lines of records.
            records: what was read from them.
        """
        import pyarrow.compute as pc

        ends = [pc.min_max(pc.abs(array)).as_py() for array in _below(records, "double")]
        ends = [one for one in ends if one["min"] is not None]
        large = any(one["max"] >= EXACT for one in ends)
        text = self._odd(data, every=large) if ends else b""
        if not text:
            return True
        marks = text.translate(_MARKS)
        if any(one["min"] < _NORMAL for one in ends) and _small(text, marks):
            return False
        tokens = _tokens(text, marks)
        if large:
            return not tokens  # one of them may be a whole number
        return _written([token for token in tokens if not token.isdigit()])

    def _odd(self, data: bytes, *, every: bool) -> bytes:
        """Text with the numbers but, unless it shall be every one, those that are written as we write what is read."""
        if self.written is None or self.read is None:
            return data
        text = _encoder.encode_lines([record for line in self.written.decode_lines(data) for record in line.f0])
        if every:
            return text
        again = _encoder.encode_lines(self.read.decode_lines(text))
        if text == again:
            return b""
        return b"\n".join(one for one, other in zip(text.split(b"\n"), again.split(b"\n"), strict=True) if one != other)


def _small(data: bytes, marks: bytes) -> bool:
    """Whether a number has an exponent of -100 or less: doubles that are zero may have been more."""
    at = len(marks)
    while (at := marks.rfind(b"e-000", 0, at)) >= 0:
        if _SMALL.match(data, at):
            return True
    return False


def _tokens(data: bytes, marks: bytes) -> list[bytes]:
    """Numbers of 16 or more digits, without their sign; what stands in a text may be among them."""
    found: list[bytes] = []
    find, at, size = marks.find, 0, len(marks)
    while at < size:
        start = find(_LONG, at, at + _WINDOW)  # bytes.find is quicker on short stretches
        if start < 0:
            at += _STEP
            continue
        at = find(b" ", start)
        at = size if at < 0 else at
        before = data[start - 1]
        if before != _QUOTE and (before != _MINUS or data[start - 2] != _QUOTE):
            found.append(data[start:at])
    return found


def _written(tokens: list[bytes]) -> bool:
    """Whether doubles keep all of these; most are what a program wrote for one."""
    text = b"[" + b",".join(tokens) + b"]"
    try:
        return msgspec.json.encode(_doubles.decode(text)) == text or all(map(_faithful, tokens))
    except msgspec.DecodeError:
        return all(map(_faithful, tokens))


def _faithful(token: bytes) -> bool:
    try:
        return faithful(token.decode())
    except ValueError:  # it stands in some text
        return True


def long(records: pa.StructArray) -> bool:
    """Whether an integer of records needs more digits than a double has."""
    return any(beyond(array) for array in _below(records, "int64"))


def beyond(array: pa.Array) -> bool:
    """Whether integers of an array need more than a double holds exactly."""
    import pyarrow.compute as pc

    ends: dict[str, Any] = pc.min_max(array).as_py()
    return ends["min"] is not None and (ends["min"] < -EXACT or ends["max"] > EXACT)


def _below(array: pa.Array, kind: str) -> Iterator[pa.Array]:
    import pyarrow as pa

    if pa.types.is_struct(array.type):
        for index in range(array.type.num_fields):
            yield from _below(array.field(index), kind)
    elif pa.types.is_list(array.type):
        yield from _below(array.values, kind)
    elif str(array.type) == kind:
        yield array
