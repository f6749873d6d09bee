"""What lists and searches find of one object: the order of ids, and an index that runs behind the records."""

from __future__ import annotations

import bisect
import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weft_vendors.core import Row


@dataclass
class Found:
    """A version of a record in the index."""

    row: Row
    values: dict[str, Any] = field(default_factory=dict)
    """What search made of its properties; kept, since each request compares them."""

    @property
    def number(self) -> int:
        """Its id."""
        return int(self.row["id"])

    def get(self, name: str) -> str | None:
        """A property as it is on the wire."""
        value: str | None = self.row["properties"].get(name)
        return value


@dataclass
class Index:
    """Of one object."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    """The records themselves, by id; lists read them."""
    order: list[int] = field(default_factory=list)
    seen: dict[str, Found] = field(default_factory=dict)
    waiting: list[tuple[datetime, int, str, Row | None]] = field(default_factory=list)
    turn: int = 0
    known: dict[str, int] = field(default_factory=dict)
    """Turn of the newest write that the index has of a record: an older one that comes later changes nothing."""

    def add(self, row: Row, seen: datetime | None) -> None:
        """A version was written; search sees it from `seen` on, None = at once."""
        number = int(row["id"])
        at = bisect.bisect_left(self.order, number)
        if at == len(self.order) or self.order[at] != number:
            self.order.insert(at, number)
        self._later(row["id"], None if row["archived"] else row, seen)

    def drop(self, key: str, seen: datetime) -> None:
        """A record is gone for good; search finds it until `seen`."""
        self.order.remove(int(key))
        self._later(key, None, seen)

    def page(self, after: int, limit: int, *, archived: bool) -> tuple[list[Row], int | None]:
        """Records from the id `after` on, and the id that the next page begins with."""
        found: list[Row] = []
        for at in range(bisect.bisect_left(self.order, after), len(self.order)):
            row = self.rows[str(self.order[at])]
            if row["archived"] is archived:
                if len(found) == limit:
                    return found, self.order[at]
                found.append(row)
        return found, None

    def searched(self, now: datetime) -> list[Found]:
        """What the index knows at that time."""
        while self.waiting and self.waiting[0][0] <= now:
            _, turn, key, row = heapq.heappop(self.waiting)
            self._know(turn, key, row)
        return list(self.seen.values())

    def _later(self, key: str, row: Row | None, seen: datetime | None) -> None:
        self.turn += 1
        if seen is None:
            self._know(self.turn, key, row)
        else:
            heapq.heappush(self.waiting, (seen, self.turn, key, row))

    def _know(self, turn: int, key: str, row: Row | None) -> None:
        if turn < self.known.get(key, 0):
            return
        self.known[key] = turn
        if row is None:
            self.seen.pop(key, None)
        else:
            self.seen[key] = Found(row)
