"""Make up for what a crash swallowed: the commit is the truth; events and what else comes of it follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.flow import alert, base, facts, undo
from weft.flow.land import finish
from weft.flow.places import target, together

if TYPE_CHECKING:
    from weft.flow.places import Target
    from weft.model import Declared, Event, Place, Placed
    from weft.seams import World


def product(world: World, known: Declared, name: str, tables: list[Placed], *, but: str = "") -> int:
    """Mend one product before it runs; returns how much was mended. Call it while holding the product's lease.

    `but` is the run that is at it: it has begun, and is not interrupted.
    """
    for group in _groups(known, tables):
        undo.finish(world, known, group)
    events = _interrupted(world, known, name, but)
    for placed in tables:
        events += _settle(world, target(world, known, placed))
    if not events:
        return 0
    with world.registry.transaction(write=True) as unit:
        new = unit.journal.append(events)
        if new:
            told = {"mended": new, "types": sorted({e.type for e in events})}
            unit.journal.append([base.event(world, "repair.mended", name, told)])
    return new


def _groups(known: Declared, tables: list[Placed]) -> list[list[Placed]]:
    found = {(p.contract.id, p.name.major): together(known, p) for p in tables}
    return list(found.values())


def _interrupted(world: World, known: Declared, name: str, but: str) -> list[Event]:
    """A run that started and never ended: nobody can be working on it, we hold the lease."""
    with world.registry.transaction() as unit:
        newest = unit.journal.read(types=("run.started", "run.finished"), subject=name, limit=2, newest=True)
    newest = tuple(event for event in newest if event.data.get("run") != but)
    if not newest or newest[0].type == "run.finished":
        return []
    run = newest[0].data["run"]
    alert.again(world, known, run)
    result = {
        "id": run,
        "product": name,
        "started": newest[0].at,
        "finished": base.now(world),
        "state": "failed",
        "tables": [],
        "error": "interrupted: its process ended before the run did",
    }
    data = {"run": run, "product": name, "result": result}
    return [base.event(world, "run.finished", name, data, key=run)]


def _settle(world: World, goal: Target) -> list[Event]:
    """Do what follows from the newest batch, and tell what no event tells of."""
    told: list[Event] = []
    for place in goal.parts:
        # A crash leaves at most the newest commit untold; a few more are looked at for older damage.
        for commit in reversed(_newest(world, place)):
            told += facts.of(world, place, commit)
    for commit in _newest(world, goal.landing):
        if commit["operation"] == "RESTORE":
            break
        if facts.BATCH in commit["metadata"]:
            finish(world, goal, {**commit["metadata"], "weft.run": commit["run"]})
            break
    return told


def _newest(world: World, place: Place) -> tuple[dict[str, Any], ...]:
    return world.store.history(place, limit=10)
