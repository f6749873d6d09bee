"""An index that runs behind the records: what a system's search sees, seconds or minutes after the write."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from weft_vendors.core.ledger import Row


@dataclass
class Seen:
    """A version of a record in the index."""

    row: Row
    values: dict[str, Any] = field(default_factory=dict)
    """What a search made of its fields; kept, since each request compares them."""


class Lagging:
    """Versions by id; an older write that comes later than a newer one changes nothing."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self._waiting: list[tuple[datetime, int, str, Row | None]] = []
        self._turn = 0
        self.applied = 0
        """Writes that it knows of."""
        self._known: dict[str, int] = {}

    def write(self, key: str, row: Row | None, seen: datetime | None) -> None:
        """A version, or None for a record that is gone; found from `seen` on, None = at once."""
        self._turn += 1
        if seen is None:
            self._know(self._turn, key, row)
        else:
            heapq.heappush(self._waiting, (seen, self._turn, key, row))

    def at(self, now: datetime) -> dict[str, Seen]:
        """What the index knows at that time, by id. Not a copy."""
        while self._waiting and self._waiting[0][0] <= now:
            _, turn, key, row = heapq.heappop(self._waiting)
            self._know(turn, key, row)
        return self._seen

    def _know(self, turn: int, key: str, row: Row | None) -> None:
        if turn < self._known.get(key, 0):
            return
        self._known[key] = turn
        self.applied += 1
        if row is None:
            self._seen.pop(key, None)
        else:
            self._seen[key] = Seen(row)
