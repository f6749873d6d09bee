"""Tell again what a crash swallowed: the commit is the truth, the event follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow import base
from weft.flow.places import target

if TYPE_CHECKING:
    from weft.flow.places import Target
    from weft.model import Declared, Event, Placed
    from weft.seams import World


def product(world: World, known: Declared, name: str, tables: list[Placed]) -> int:
    """Mend one product before it runs; returns how much was mended. Call it while holding the product's lease."""
    events = _interrupted(world, name)
    for placed in tables:
        goal = target(world, known, placed)
        _put_back(world, goal)
        events += _untold(world, goal)
    if not events:
        return 0
    with world.registry.transaction(write=True) as unit:
        new = unit.journal.append(events)
        if new:
            told = {"mended": new, "types": sorted({e.type for e in events})}
            unit.journal.append([base.event(world, "repair.mended", name, told)])
    return new


def _interrupted(world: World, name: str) -> list[Event]:
    """Runs that started and never ended: nobody can be working on them, we hold the lease."""
    with world.registry.transaction() as unit:
        newest = unit.journal.read(types=("run.started", "run.finished"), subject=name, limit=1, newest=True)
    if not newest or newest[0].type == "run.finished":
        return []
    run = newest[0].data["run"]
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


def _put_back(world: World, goal: Target) -> None:
    """A full refresh that emptied the base of a keyed table and died before its first rows came never happened."""
    table = world.store.snapshot(goal.table)
    if not goal.keyed or table.version < 1:
        return
    newest = world.store.history(goal.table, limit=1)[0]
    last = world.store.sequence(world.store.snapshot(goal.log), goal.app)
    if newest["operation"] == "REFRESH" and (last is None or last[1] != newest["run"]):
        restored = world.store.restore(table, table.version - 1, newest["run"])
        data = {"part": "table", "to": table.version - 1, "version": restored.version, "rows": restored.rows}
        base.tell(world, base.event(world, "table.restored", goal.placed.name.key, data))


def _untold(world: World, goal: Target) -> list[Event]:
    """Commits that no event tells of."""
    told: list[Event] = []
    snapshot = world.store.snapshot(goal.landing)
    if snapshot.version < 0:
        return told
    # A crash leaves at most the newest commit untold; a few more are looked at for older damage.
    for commit in world.store.history(goal.landing, limit=10):
        known = commit.get("metadata", {})
        if "weft.sequence" not in known or "weft.app" not in known:
            continue
        app, sequence, run = known["weft.app"], int(known["weft.sequence"]), commit.get("run", "")
        rows, bad = int(known.get("weft.rows", 0)), int(known.get("weft.quarantined", 0))
        key = f"{app}:{sequence}:{run}"
        data = {"app": app, "sequence": sequence, "run": run, "rows": rows, "quarantined": bad}
        data["superseded"] = int(known.get("weft.superseded", 0))
        name = goal.placed.name.key
        told.append(base.event(world, "batch.committed", name, dict(data), key=key))
        if bad:
            data = {"run": run, "sequence": sequence, "rows": bad}
            told.append(base.event(world, "quarantine.added", name, data, key=key))
    return told
