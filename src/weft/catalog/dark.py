"""Which dark data to look at first: by size, what it could be joined with, what it gives away, and for how long."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.catalog.words import stem, words
from weft.model import Join

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.model import Declared

_ROWS, _JOINS, _TAGS, _DAYS = 9.0, 3, 3, 365.0
"""Where each fact stops to count: a thousand million rows (in powers of ten), three joins, three tags, a year."""


class Facts(Struct, frozen=True):
    """What its place in the list is made of."""

    rows: int = 0
    joins: int = 0
    """Tables that it could be joined with."""
    tags: int = 0
    """Columns that are likely personal data."""
    days: float = 0.0
    """Since when it is dark."""

    @property
    def rank(self) -> float:
        """Larger = look at it sooner. Only orders the list, and is not shown: the facts are."""
        size = math.log10(self.rows + 1) / _ROWS
        joined, private = min(self.joins, _JOINS) / _JOINS, min(self.tags, _TAGS) / _TAGS
        return min(size, 1.0) + joined + private + min(self.days, _DAYS) / _DAYS


def keys(declared: Declared) -> Mapping[tuple[str, ...], list[tuple[str, str]]]:
    """Keys of one column that tables have: (table, column) by what the column's name says."""
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for placed in declared.placed:
        if len(placed.table.primary_key) == 1 and declared.tables[str(placed.name)] is placed:
            column = placed.table.primary_key[0]
            found.setdefault(_said(column), []).append((str(placed.name), column))
    return found


def joins(columns: Iterable[str], known: Mapping[tuple[str, ...], list[tuple[str, str]]]) -> tuple[Join, ...]:
    """The tables whose key a column names. A bare `id` names its own table only, and joins nothing.

    Args:
        columns: names of a stream's columns.
        known: as `keys` gives them.
    """
    found = []
    for column in columns:
        said = _said(column)
        if len(said) > 1:
            found += [Join(column=column, table=table, key=key) for table, key in known.get(said, ())]
    return tuple(sorted(found, key=lambda j: (j.table, j.column)))


def _said(column: str) -> tuple[str, ...]:
    """What a column's name says, however it is written: MachineID, machine_id and machine-ids say the same."""
    return tuple(stem(word) for word in words(column))
