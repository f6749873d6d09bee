"""Numbers that no 64-bit integer and no double holds: found quickly, so that they keep their digits as text."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

EXACT = 2**53
"""Integers up to this are exact as a double."""
LOW, HIGH = -(2**63), 2**63 - 1
_LONG = re.compile(rb"[0-9.]{16}")
"""Any number of up to 15 digits is exact as a double; a shorter run cannot be one of more."""
_TOKEN = re.compile(rb"(?<![\w.\"+-])-?[0-9][0-9.]{15,}(?:[eE][+-]?[0-9]+)?")
_ZERO = re.compile(r"-?[0.]+(?:[eE].*)?")
_TINY = re.compile(rb"[eE]-[0-9]{3}")


def suspicious(data: bytes) -> bool:
    """Whether there may be a number of 16 or more digits, or one too small for a double; looks at bytes alone."""
    return _LONG.search(data) is not None or _TINY.search(data) is not None


def faithful(token: str) -> bool:
    """Whether a double keeps this number: it is the double's exact value, or how programs write that double."""
    value = float(token)
    if not math.isfinite(value) or (not value and _ZERO.fullmatch(token) is None):
        return False
    return Decimal(token) in {Decimal(value), Decimal(repr(value)), Decimal(f"{value:.17g}")}


def kept(data: bytes, table: pa.Table) -> bool:
    """Whether the doubles of a table hold every number of the text that it was read from.

    May say no where they do: looking at every value tells then.
    """
    import pyarrow.compute as pc

    if _TINY.search(data):
        return False
    doubles = list(_leaves(table, "double"))
    if any((top := pc.max(pc.abs(array)).as_py()) is not None and top >= EXACT for array in doubles):
        return False
    tokens = (token.decode() for token in _TOKEN.findall(data))
    return not doubles or all(faithful(token) for token in tokens if not token.lstrip("-").isdigit())


def beyond(array: pa.Array) -> bool:
    """Whether integers of an array need more than a double holds exactly."""
    import pyarrow.compute as pc

    ends: dict[str, Any] = pc.min_max(array).as_py()
    return ends["min"] is not None and (ends["min"] < -EXACT or ends["max"] > EXACT)


def _leaves(table: pa.Table, kind: str) -> Iterator[pa.Array]:
    for column in table.columns:
        for chunk in column.chunks:
            yield from _below(chunk, kind)


def _below(array: pa.Array, kind: str) -> Iterator[pa.Array]:
    import pyarrow as pa

    if pa.types.is_struct(array.type):
        for index in range(array.type.num_fields):
            yield from _below(array.field(index), kind)
    elif pa.types.is_list(array.type):
        yield from _below(array.values, kind)
    elif str(array.type) == kind:
        yield array
