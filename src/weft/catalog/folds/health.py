"""How each table is: published, held, checked, waiting in quarantine, failing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from weft.model import Event, EventType, Noun, TableName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from weft.catalog.fold import Get
    from weft.seams import Projections

    Change = Callable[["Health", Event], dict[str, Any]]


_KEPT = 30
"""Publications and checks that are looked back at."""


class Failed(Noun):
    """A rule that failed when the table was last checked."""

    rule: str
    column: str = ""
    severity: str = "error"
    found: float | None = None
    allowed: str = ""
    text: str = ""


class Health(Noun):
    """What the journal says about one table. Times are UTC, ISO 8601; empty = never."""

    table: str
    """Key of the table, `domain.product.table@1`."""
    version: int | None = None
    """Version that was last published; upkeep may have moved the publication on to equal rows."""
    rows: int = 0
    """Rows of that publication."""
    published: str = ""
    forced: str = ""
    """Reason, when it was published in spite of its findings."""
    held: int | None = None
    """Version of the held candidate, or none."""
    held_at: str = ""
    fresh: str = ""
    """When a run last said that consumers see all there is: it published, or found nothing new."""
    landed: str = ""
    """When rows were last committed."""
    checked: str = ""
    passed: int = 0
    """Rules that passed when it was last checked."""
    failed: tuple[Failed, ...] = ()
    waiting: int = 0
    """Rows in quarantine."""
    drift: tuple[str, ...] = ()
    """What the last drift of the source's columns was."""
    drift_at: str = ""
    vanished: tuple[str, ...] = ()
    """Files of the source that were there and are gone."""
    error: str = ""
    """Why the last run failed; empty when it did not."""
    sizes: tuple[tuple[str, int, int], ...] = ()
    """Of the last publications, oldest first: when, rows, rows in quarantine then."""
    judged: tuple[tuple[str, int, int], ...] = ()
    """Of the last checks, oldest first: when, rules that passed, rules that failed."""


class Healths:
    """Fold of everything that happens to tables."""

    name: ClassVar[str] = "health.2"

    @property
    def types(self) -> tuple[EventType, ...]:
        """The events that it reads."""
        return (*_CHANGES, "run.finished")

    def reads(self, event: Event) -> tuple[str, ...]:
        """The table."""
        return (event.subject,) if event.type != "run.finished" else tuple(table for table, _ in _results(event))

    def apply(self, get: Get, event: Event) -> dict[str, Any]:
        """Change the table that the event is about; a finished run tells of several."""
        if event.type != "run.finished":
            return _row(get, event.subject, _CHANGES[event.type], event)
        rows: dict[str, Any] = {}
        for table, result in _results(event):
            rows |= _row(get, table, partial(_ended, result), event)
        return rows


def _results(event: Event) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for result in (event.data.get("result") or {}).get("tables", ()):
        yield TableName.model_validate(result["table"]).key, result


def _row(get: Get, table: str, change: Change, event: Event) -> dict[str, Any]:
    health = Health.model_validate(get(table) or {"table": table})
    return {table: health.model_copy(update=change(health, event)).model_dump(mode="json")}


def _ended(result: Mapping[str, Any], _: Health, event: Event) -> dict[str, Any]:
    changed: dict[str, Any] = {"error": result.get("error", "")}
    if result.get("state") in {"published", "unchanged"}:
        changed["fresh"] = event.at
    return changed


def _published(health: Health, event: Event) -> dict[str, Any]:
    data = event.data
    sizes = (*health.sizes, (event.at, data.get("rows", 0), health.waiting))[-_KEPT:]
    seen = {"version": data.get("version"), "rows": data.get("rows", 0), "published": event.at, "fresh": event.at}
    return {**seen, "forced": data.get("reason", ""), "held": None, "held_at": "", "sizes": sizes}


def _held(_: Health, event: Event) -> dict[str, Any]:
    return {"held": event.data.get("version"), "held_at": event.at}


def _discarded(_: Health, __: Event) -> dict[str, Any]:
    return {"held": None, "held_at": ""}


def _checked(health: Health, event: Event) -> dict[str, Any]:
    findings = event.data.get("findings", ())
    failed = tuple(
        Failed(**{name: f[name] for name in Failed.model_fields if f.get(name) is not None})
        for f in findings
        if not f["passed"]
    )
    if not event.data.get("part"):
        passed = len(findings) - len(failed) + int(event.data.get("waiting", 0))
        return _judged(health, event, passed, failed)
    # Some rules were judged again, the others are as they were.
    again = {f["rule"] for f in findings}
    known = health.passed + len(health.failed)
    failed = (*(one for one in health.failed if one.rule not in again), *failed)
    return _judged(health, event, max(known - len(failed), 0), failed)


def _judged(health: Health, event: Event, passed: int, failed: tuple[Failed, ...]) -> dict[str, Any]:
    judged = (*health.judged, (event.at, passed, len(failed)))[-_KEPT:]
    return {"checked": event.at, "passed": passed, "failed": failed, "judged": judged}


def _landed(health: Health, event: Event) -> dict[str, Any]:
    # a file or source that is read anew takes the place of its rows that waited
    return {"landed": event.at, "waiting": max(0, health.waiting - event.data.get("superseded", 0))}


def _restored(_: Health, event: Event) -> dict[str, Any]:
    return {"waiting": event.data["waiting"]} if "waiting" in event.data else {}


def _added(health: Health, event: Event) -> dict[str, Any]:
    return {"waiting": health.waiting + event.data.get("rows", 0)}


def _replayed(_: Health, event: Event) -> dict[str, Any]:
    # a replay takes up all rows that wait; those still bad go back
    return {"waiting": event.data.get("left", 0)}


def _expired(health: Health, event: Event) -> dict[str, Any]:
    gone = event.data.get("rows", 0) if event.data.get("part") == "quarantine" else 0
    return {"waiting": max(0, health.waiting - gone)}


def _drifted(_: Health, event: Event) -> dict[str, Any]:
    return {"drift": tuple(event.data.get("found", ())), "drift_at": event.at}


def _vanished(health: Health, event: Event) -> dict[str, Any]:
    return {"vanished": tuple(sorted({*health.vanished, str(event.data.get("file", ""))}))}


_CHANGES: dict[EventType, Change] = {
    "batch.committed": _landed,
    "quarantine.added": _added,
    "quarantine.replayed": _replayed,
    "quality.checked": _checked,
    "publication.published": _published,
    "publication.forced": _published,
    "publication.held": _held,
    "publication.discarded": _discarded,
    "table.restored": _restored,
    "table.expired": _expired,
    "drift.found": _drifted,
    "source.vanished": _vanished,
}

FOLD = Healths()


def health(projections: Projections, table: str) -> Health:
    """How the table of that key (`domain.product.table@1`) is; all empty when nothing happened to it yet."""
    return Health.model_validate(projections.get(FOLD.name, table) or {"table": table})


def all_health(projections: Projections) -> Iterator[Health]:
    """Every table that something happened to, by key."""
    return (Health.model_validate(row) for _, row in projections.rows(FOLD.name))


def changed(events: Iterable[Event]) -> set[str]:
    """Keys of the tables whose health these events changed."""
    return {key for event in events if event.type in FOLD.types for key in FOLD.reads(event)}
