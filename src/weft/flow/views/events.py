"""What happened, as the viewer may know it: audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from weft.flow.views.access import told
from weft.flow.views.parts import Who, who
from weft.flow.views.viewer import Viewer, looking
from weft.model import EventType, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.views.viewer import Sight
    from weft.model import Event, Placed
    from weft.seams import World

PAGE = 50
_LOOKED_AT = 2000
"""Events that one page looks through at most."""
READS = frozenset({"read.allowed", "read.refused", "unpublished.looked"})
"""Who reads what: for the reader, owner and stewards of the domain, and the council."""


class EventItem(Noun):
    """One event."""

    sequence: int
    at: str
    type: str
    actor: Who
    subject: str
    """What it is about: a table's key (`domain.product.table@1`), a product, a document's path, a run."""
    data: dict[str, Any] = {}
    """What it says; measured values are left out for who does not see the rows."""


class EventsView(Noun):
    """One page of events, the newest first."""

    items: tuple[EventItem, ...]
    next: int | None = None
    """Ask for those before this number; none = there are no older ones."""
    types: tuple[str, ...] = ()
    """Only of these types; empty = all."""
    subject: str = ""
    actor: str = ""
    since: str = ""
    """Not before this time, UTC, ISO 8601."""
    until: str = ""
    """Before this time."""


class Wanted(Noun):
    """Which events are asked for."""

    types: tuple[EventType, ...] = ()
    """Of these types; empty = all."""
    subject: str = ""
    """About this: a table, a product, a document's path; empty = anything."""
    actor: str = ""
    """Who did it, by id; empty = anybody."""
    since: str = ""
    """Not before this time (ISO 8601, UTC); empty = from the beginning."""
    until: str = ""
    """Before this time; empty = until now."""
    before: int = Field(default=0, ge=0, le=2**53 - 1)
    """`next` of the page before; 0 = from the newest."""
    limit: int = Field(default=PAGE, ge=1, le=1000)
    """Events on a page."""


def events(world: World, viewer: Viewer, wanted: Wanted | None = None) -> EventsView:
    """Events that the viewer may know of, the newest first; a page may be short and yet have a next."""
    wanted = wanted or Wanted()
    with looking(world, viewer) as sight:
        found, following = _page(sight, wanted)
    return EventsView(items=found, next=following, **wanted.model_dump(exclude={"before", "limit"}))


def about(sight: Sight, subject: str) -> str:
    """The name under which the journal speaks of a table: with its major version."""
    placed = sight.known.tables.get(subject)
    return placed.name.key if placed else subject


def shown(sight: Sight, event: Event) -> EventItem | None:
    """An event as the viewer may know it; none = not at all."""
    placed = sight.known.tables.get(event.subject)
    if event.type in READS and event.actor != sight.who.id and not _answers(sight, _domain(event.subject)):
        return None
    return EventItem(
        sequence=event.sequence,
        at=event.at,
        type=event.type,
        actor=who(sight.known, event.actor),
        subject=event.subject,
        data=_data(sight, event, placed),
    )


def _page(sight: Sight, wanted: Wanted) -> tuple[tuple[EventItem, ...], int | None]:
    found: list[EventItem] = []
    for looked, event in enumerate(_back(sight, wanted), start=1):
        if wanted.since and event.at < wanted.since:
            return tuple(found), None
        fits = wanted.actor in ("", event.actor) and not (wanted.until and event.at >= wanted.until)
        item = shown(sight, event) if fits else None
        if item is not None:
            found.append(item)
        if len(found) == wanted.limit or looked == _LOOKED_AT:
            return tuple(found), event.sequence
    return tuple(found), None


def _back(sight: Sight, wanted: Wanted) -> Iterator[Event]:
    """Events from the newest, read in pieces."""
    before, types = wanted.before, wanted.types
    subject = about(sight, wanted.subject)
    while batch := sight.unit.journal.read(before, types=types, subject=subject, limit=200, newest=True):
        yield from batch
        before = batch[-1].sequence


def _domain(subject: str) -> str:
    """The domain that an event is about; empty = none."""
    if subject.startswith("domains/"):
        return subject.split("/")[1]
    return subject.partition(".")[0] if "/" not in subject else ""


def _answers(sight: Sight, domain: str) -> bool:
    if not sight.who.known:
        return False
    roles = set(sight.who.domains.get(domain, ()))
    return bool(roles & {"owner", "steward"}) or sight.who.id in sight.known.mesh.council


def _data(sight: Sight, event: Event, placed: Placed | None) -> dict[str, Any]:
    """What an event says, without values that were measured in rows which the viewer does not see."""
    if event.type == "quality.checked":
        return {**event.data, "findings": [_finding(sight, placed, f) for f in event.data.get("findings", ())]}
    if event.type == "incident.raised":
        return {**event.data, "text": _finding(sight, placed, event.data).get("text", "")}
    if event.type == "run.finished":
        return {k: v for k, v in event.data.items() if k != "result"} | {
            "state": event.data.get("result", {}).get("state")
        }
    return dict(event.data)


def _finding(sight: Sight, placed: Placed | None, finding: dict[str, Any]) -> dict[str, Any]:
    if placed is None:
        return {name: finding[name] for name in ("rule", "severity", "passed") if name in finding}
    return told(sight, placed, finding).model_dump(exclude_defaults=True) | {"passed": bool(finding.get("passed"))}
