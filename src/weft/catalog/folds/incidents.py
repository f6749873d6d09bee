"""Rules that failed, until they pass again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from weft.model import EventType, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.catalog.fold import Get
    from weft.model import Event
    from weft.seams import Projections


class Incident(Noun):
    """A rule of a table that failed: open until a check finds it passed, or the contract names it no more."""

    table: str
    """Key of the table, `domain.product.table@1`."""
    rule: str
    severity: str = "error"
    text: str = ""
    """What was found last; never a row's value."""
    run: str = ""
    opened: str
    """UTC."""
    last: str = ""
    """When it was last raised, UTC."""
    times: int = 0
    """How often it was raised since it opened."""
    closed: str = ""
    """UTC; empty = open."""


class Incidents:
    """Fold of incidents. Row `table|rule` holds an incident, row `|table` the rules that are open."""

    name: ClassVar[str] = "incidents.1"
    types: ClassVar[tuple[EventType, ...]] = ("incident.raised", "quality.checked")

    def reads(self, event: Event) -> tuple[str, ...]:
        """What is open."""
        rules = (f"{event.subject}|{event.data.get('rule', '')}",) if event.type == "incident.raised" else ()
        return f"|{event.subject}", *rules

    def apply(self, get: Get, event: Event) -> dict[str, Any]:
        """Open, count or close; what names no table is no incident of one."""
        if not event.subject:
            return {}
        opened = get(f"|{event.subject}") or []
        return _raised(get, event, opened) if event.type == "incident.raised" else _checked(get, event, opened)


def _raised(get: Get, event: Event, opened: list[str]) -> dict[str, Any]:
    rule = str(event.data.get("rule", ""))
    key = f"{event.subject}|{rule}"
    before = Incident.model_validate(get(key)) if rule in opened else None
    incident = Incident(
        table=event.subject,
        rule=rule,
        severity=str(event.data.get("severity", "error")),
        text=str(event.data.get("text", "")),
        run=str(event.data.get("run", "")),
        opened=before.opened if before else event.at,
        last=event.at,
        times=before.times + 1 if before else 1,
    )
    return {key: incident.model_dump(mode="json"), f"|{event.subject}": sorted({*opened, rule})}


def _checked(get: Get, event: Event, opened: list[str]) -> dict[str, Any]:
    failing = {f["rule"] for f in event.data.get("findings", ()) if not f["passed"]}
    closing = [rule for rule in opened if rule not in failing]
    if not closing:
        return {}
    rows: dict[str, Any] = {
        f"{event.subject}|{rule}": {**get(f"{event.subject}|{rule}"), "closed": event.at} for rule in closing
    }
    left = [rule for rule in opened if rule in failing]
    return {**rows, f"|{event.subject}": left or None}


FOLD = Incidents()


def incidents(projections: Projections, table: str = "", *, closed: bool = False) -> Iterator[Incident]:
    """Open incidents by table and rule.

    Args:
        projections: caught up.
        table: key of a table; empty = all.
        closed: give the closed ones as well.
    """
    for key, row in projections.rows(FOLD.name, f"{table}|" if table else ""):
        if key.startswith("|"):
            continue
        incident = Incident.model_validate(row)
        if closed or not incident.closed:
            yield incident
