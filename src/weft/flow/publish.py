"""Write, audit, publish: consumers see a version only when its checks have passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft.errors import Invalid, Unavailable
from weft.flow import base, failing, fold, repair, undo
from weft.flow.alert import alert
from weft.flow.audit import audit, checked, waiting
from weft.flow.land import standing
from weft.flow.places import candidate, target, together
from weft.seams import failpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.flow.places import Target
    from weft.model import Declared, Event, EventType, Finding, Placed, Publication
    from weft.seams import Unit, World

Verdict = tuple["Publication", tuple["Finding", ...]]


class Before(Struct, frozen=True):
    """What stood there when judging began."""

    seen: list[Publication | None]
    """Published and held of each table."""
    sequences: dict[str, int]
    """Of the last batch, by app transaction id."""
    partial: bool
    """A full refresh is on its way: its first batches stand there, the others are yet to come."""


def publish(world: World, known: Declared, tables: Sequence[Placed], run: str) -> dict[str, tuple[Finding, ...]]:
    """Judge what the tables of one contract hold now, then publish all of them together, or hold all.

    Returns:
        Findings by table key; empty when what stands there is published already. What is held is judged each time
        anew: a rule may look into other tables, and those may have been mended.
    """
    goals = [target(world, known, placed) for placed in tables]
    before = _before(world, goals)
    if before.partial:
        return {}
    for goal in goals:
        if fold.due(world, goal):
            fold.fold(world, goal, run)
    fresh = [(goal, candidate(world, goal, run)) for goal in goals]
    if not any(_changed(world, found) for _, found in fresh):
        return {}
    judged = [(found, audit(world, known, goal, found)) for goal, found in fresh]
    failpoint("publish.audited")
    _decide(world, known, judged, before)
    failpoint("publish.told")
    return {found.table.key: findings for found, findings in judged}


def _before(world: World, goals: Sequence[Target]) -> Before:
    batches = {goal.app: standing(world, goal) for goal in goals}
    with world.registry.transaction() as unit:
        seen = _of(unit, [goal.placed.name.key for goal in goals])
    partial = any((record or {}).get("partial") for _, record, _ in batches.values())
    return Before(seen, {app: batch[0] for app, batch in batches.items()}, partial)


def _of(unit: Unit, keys: Sequence[str]) -> list[Publication | None]:
    return [found for key in keys for found in (unit.publications.get(key), unit.publications.held(key))]


def _changed(world: World, found: Publication) -> bool:
    with world.registry.transaction() as unit:
        published = unit.publications.get(found.table.key)
    return published is None or not _same(published, found)


def _same(one: Publication, other: Publication) -> bool:
    mark = (one.version, one.log_version, one.contract_version)
    return mark == (other.version, other.log_version, other.contract_version)


def holds(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that hold a publication back."""
    return tuple(f for f in findings if not f.passed and f.severity == "error")


def _decide(world: World, known: Declared, judged: list[Verdict], before: Before) -> None:
    held = any(holds(findings) for _, findings in judged)
    with world.registry.transaction(write=True) as unit:
        if _of(unit, [found.table.key for found, _ in judged]) != before.seen:
            raise Unavailable(
                f"another run has published {judged[0][0].table} meanwhile",
                hint="What it published stands. Run again: it goes on from there.",
            )
        events: list[Event] = []
        news = [v for v in judged if not _known(unit.publications.held(v[0].table.key), v[0])]
        for found, findings in judged:
            unit.publications.put(found.model_copy(update={"held": held}))
            events += _events(world, known, (found, findings), held=held)
        unit.journal.append(events)
        for app, sequence in before.sequences.items() if not held else ():
            unit.cursors.prune(app, sequence)  # nothing goes back behind what is published
        failpoint("publish.before_commit")
    for found, findings in news:
        failed = [f.text for f in findings if not f.passed and f.severity != "info"]
        alert(world, known, found.table, failed)


def _known(held: Publication | None, found: Publication) -> bool:
    """Whether people were told of that version when it was held."""
    return held is not None and _same(held, found)


def _events(world: World, known: Declared, verdict: Verdict, *, held: bool) -> list[Event]:
    found, findings = verdict
    name = found.table.key
    mark = failing.mark(found)
    told = [checked(world, found, findings, waiting=waiting(known, found, findings))]
    data = {"version": found.version, "log_version": found.log_version, "rows": found.relation.rows, "run": found.run}
    kind: EventType = "publication.held" if held else "publication.published"
    told.append(base.event(world, kind, name, data, key=f"{mark}:{found.run}"))
    for finding in findings:
        if not finding.passed and finding.severity != "info":
            incident = {"rule": finding.rule, "severity": finding.severity, "text": finding.text, "run": found.run}
            told.append(base.event(world, "incident.raised", name, incident, key=f"{mark}:{finding.rule}"))
    return told


def force(world: World, known: Declared, table: str, reason: str) -> Publication:
    """Publish what is held in spite of its findings, with all tables of its contract.

    Raises:
        Invalid: nothing is held, or no reason is given.
    """
    if not reason.strip():
        raise Invalid("publishing in spite of findings needs a reason", hint='Say it with --reason "...".')
    placed = known.table(table)
    with base.Held(world, f"product:{placed.product}"):
        repair.product(world, known, str(placed.product), [p for p in known.placed if p.product == placed.product])
        found = _held(world, placed)
        with world.registry.transaction(write=True) as unit:
            for other in together(known, placed):
                held = unit.publications.held(other.name.key)
                if held is None:
                    continue
                unit.publications.put(held.model_copy(update={"held": False, "forced": reason}))
                data = {
                    "version": held.version,
                    "log_version": held.log_version,
                    "reason": reason,
                    "rows": held.relation.rows,
                }
                unit.journal.append([base.event(world, "publication.forced", other.name.key, data)])
            failpoint("publish.forced")
    return found.model_copy(update={"held": False, "forced": reason})


def _held(world: World, placed: Placed) -> Publication:
    with world.registry.transaction() as unit:
        found = unit.publications.held(placed.name.key)
    if found is None:
        raise Invalid(f"nothing of {placed.name} is held", hint="`weft hold` lists what is held.")
    return found


def discard(world: World, known: Declared, table: str) -> None:
    """Drop what is held: back to what is published, app transactions included, so the rows are read again.

    Raises:
        Invalid: nothing is held.
    """
    placed = known.table(table)
    with base.Held(world, f"product:{placed.product}"):
        repair.product(world, known, str(placed.product), [p for p in known.placed if p.product == placed.product])
        _held(world, placed)
        group = together(known, placed)
        undo.begin(world, group)
        undo.finish(world, known, group)
