"""Who read what, when: one row for each table, day and actor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from weft.model import EventType, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.catalog.fold import Get
    from weft.model import Event
    from weft.seams import Projections


class Use(Noun):
    """What one actor did with one table on one day."""

    table: str
    """Key of the table, `domain.product.table@1`; a source's name or empty where no table was reached."""
    day: str
    """UTC, ISO 8601."""
    actor: str
    allowed: int = 0
    """Reads that policy allowed, questions of derived products among them."""
    refused: int = 0
    """Reads that were refused."""
    looked: int = 0
    """Looks at unpublished rows."""
    purposes: dict[str, int] = Field(default_factory=dict)
    """Allowed reads by purpose; '' = none was named."""
    last: str = ""
    """Time of the last of them, UTC."""


_NONE: dict[str, Any] = {"allowed": 0, "refused": 0, "looked": 0, "purposes": {}, "last": ""}


class Usage:
    """Fold of all reads."""

    name: ClassVar[str] = "usage.1"
    types: ClassVar[tuple[EventType, ...]] = ("read.allowed", "read.refused", "unpublished.looked")

    def reads(self, event: Event) -> tuple[str, ...]:
        """The row that it counts in."""
        return (f"{event.subject}|{event.at[:10]}|{event.actor}",)

    def apply(self, get: Get, event: Event) -> dict[str, Any]:
        """Count the read."""
        (key,) = self.reads(event)
        use = get(key) or {"table": event.subject, "day": event.at[:10], "actor": event.actor, **_NONE}
        counted = event.type.partition(".")[2]
        changed = {counted: use[counted] + 1, "last": max(use["last"], event.at)}
        if counted == "allowed":
            purpose = str(event.data.get("purpose") or "")
            changed["purposes"] = {**use["purposes"], purpose: use["purposes"].get(purpose, 0) + 1}
        return {key: {**use, **changed}}


FOLD = Usage()


def uses(projections: Projections, table: str = "") -> Iterator[Use]:
    """Uses by table, day and actor.

    Args:
        projections: caught up.
        table: `domain.product.table` (all majors) or `domain.product.table@1`; empty = everything.
    """
    for _, row in projections.rows(FOLD.name, table):
        use = Use.model_validate(row)
        if not table or table in {use.table, use.table.partition("@")[0]}:
            yield use
