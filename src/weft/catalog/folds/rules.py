"""What each rule of a table found over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from weft.model import EventType, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.catalog.fold import Get
    from weft.model import Event
    from weft.seams import Projections

_KEPT = 30
"""Judgements of a rule that are looked back at; the journal has all."""


class Point(Noun):
    """One judgement of a rule."""

    at: str
    """UTC."""
    run: str = ""
    passed: bool
    found: float | None = None
    """Measured value; none = it could not be measured."""
    allowed: str = ""
    text: str = ""
    """One sentence; never a row's value."""


class Judged(Noun):
    """A rule of a table and how it was judged."""

    rule: str
    column: str = ""
    severity: str = "error"
    points: tuple[Point, ...] = ()
    """The last judgements, oldest first."""
    times: int = 0
    """How often it was ever judged."""
    failed: int = 0
    """How often it failed."""


class Rules:
    """Fold of judgements: a row for each table and rule."""

    name: ClassVar[str] = "rules.1"
    types: ClassVar[tuple[EventType, ...]] = ("quality.checked",)

    def reads(self, event: Event) -> tuple[str, ...]:
        """The rules that were judged."""
        return tuple(f"{event.subject}|{finding['rule']}" for finding in event.data.get("findings", ()))

    def apply(self, get: Get, event: Event) -> dict[str, Any]:
        """Add a point to each rule that was judged."""
        rows: dict[str, Any] = {}
        for finding in event.data.get("findings", ()):
            key = f"{event.subject}|{finding['rule']}"
            rows[key] = _row(rows.get(key) or get(key) or {"rule": finding["rule"]}, finding, event)
        return rows


def _row(known: dict[str, Any], finding: dict[str, Any], event: Event) -> dict[str, Any]:
    point = {name: finding[name] for name in ("passed", "found", "allowed", "text") if finding.get(name) is not None}
    point |= {"at": event.at, "run": event.data.get("run", "")}
    return {
        "rule": finding["rule"],
        "column": finding.get("column", ""),
        "severity": finding.get("severity", "error"),
        "points": [*known.get("points", ()), point][-_KEPT:],
        "times": known.get("times", 0) + 1,
        "failed": known.get("failed", 0) + (not finding["passed"]),
    }


FOLD = Rules()


def judged(projections: Projections, table: str) -> Iterator[Judged]:
    """Every rule of the table of that key that was ever judged, by name."""
    return (Judged.model_validate(row) for _, row in projections.rows(FOLD.name, f"{table}|"))
