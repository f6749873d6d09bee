"""What lists and searches find of one object: the order of ids, and the index of search."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weft_vendors.core.lagging import Lagging

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weft_vendors.core import Row


@dataclass
class Index:
    """Of one object."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    """The records themselves, by id; lists read them."""
    order: list[int] = field(default_factory=list)
    search: Lagging = field(default_factory=Lagging)

    def add(self, row: Row, seen: datetime | None) -> None:
        """A version was written; search sees it from `seen` on, None = at once."""
        number = int(row["id"])
        at = bisect.bisect_left(self.order, number)
        if at == len(self.order) or self.order[at] != number:
            self.order.insert(at, number)
        self.search.write(row["id"], None if row["archived"] else row, seen)

    def drop(self, key: str, seen: datetime) -> None:
        """A record is gone for good; search finds it until `seen`."""
        self.order.remove(int(key))
        self.search.write(key, None, seen)

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
