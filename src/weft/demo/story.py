"""What building the company told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.demo.findings import Found
    from weft.model import Declared, Run


class Story(Struct, frozen=True):
    """A build from documents to findings."""

    documents: int
    """Documents that were applied."""
    known: Declared
    runs: tuple[Run, ...]
    """Every product once, and what came in the night."""
    rows: Mapping[str, int]
    """Rows that were read, good or bad, by `domain.source`."""
    found: tuple[Found, ...]


def silo_rows(known: Declared, runs: Sequence[Run]) -> dict[str, int]:
    """Rows of the silos as the runs read them; a silo that feeds several tables counts for each."""
    counts: Counter[str] = Counter()
    for one in runs:
        for result in one.tables:
            placed = known.tables[result.table.key]
            if placed.source:
                counts[placed.source] += result.rows + result.quarantined
    return dict(counts)
