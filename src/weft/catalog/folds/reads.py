"""How often a table was read, by whom, and when last: one row a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from weft.model import EventType, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.catalog.fold import Get
    from weft.model import Event
    from weft.seams import Projections


class Reads(Noun):
    """All allowed reads of one table."""

    table: str
    """Key of the table, `domain.product.table@1`."""
    count: int = 0
    last: str = ""
    """Time of the last, UTC; empty = never."""
    by: dict[str, str] = Field(default_factory=dict)
    """Time of the last by actor."""


class AllReads:
    """Fold of allowed reads."""

    name: ClassVar[str] = "reads.1"
    types: ClassVar[tuple[EventType, ...]] = ("read.allowed",)

    def reads(self, event: Event) -> tuple[str, ...]:
        """The table."""
        return (event.subject,)

    def apply(self, get: Get, event: Event) -> dict[str, Any]:
        """Count it."""
        before = get(event.subject) or {"table": event.subject, "count": 0, "by": {}}
        by = {**before["by"], event.actor: event.at}
        return {event.subject: {**before, "count": before["count"] + 1, "last": event.at, "by": by}}


FOLD = AllReads()


def reads(projections: Projections, table: str) -> Reads:
    """Reads of the table of that key; none yet = a count of 0."""
    return Reads.model_validate(projections.get(FOLD.name, table) or {"table": table})


def all_reads(projections: Projections) -> Iterator[Reads]:
    """Every table that was ever read."""
    return (Reads.model_validate(row) for _, row in projections.rows(FOLD.name))


def readers(projections: Projections, table: str) -> tuple[str, ...]:
    """Actors who were ever allowed to read that table (`domain.product.table@1`), by id."""
    return tuple(sorted(reads(projections, table).by))
