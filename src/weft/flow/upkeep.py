"""Compaction and vacuum that no reader suffers from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow import base, facts, undo
from weft.flow.fold import fold
from weft.flow.places import candidate, ensure, relation, target
from weft.model import Commit
from weft.seams import failpoint

if TYPE_CHECKING:
    from weft.flow.places import Target
    from weft.model import Declared, Placed, Publication
    from weft.seams import Unit, World

SMALL = 32_000_000
"""Bytes below which a data file counts as small."""
MANY = 8
"""Small files that make compaction worth while."""
GRACE = 3600.0
"""Seconds that files which no kept version lists stay, for readers that began before."""


def compact(world: World, known: Declared, placed: Placed) -> bool:
    """Fold, then rewrite many small files as one; publishes the same rows. Returns whether anything changed."""
    goal = target(world, known, placed)
    with base.Held(world, f"product:{placed.product}"):
        run = base.new_id(world)
        with world.registry.transaction() as unit:
            published, held = _seen(unit, placed)
        if published is None or held or _mark(published) != _mark(candidate(world, goal, run)):
            return False
        ensure(world, goal)
        changed = goal.keyed and fold(world, goal, run)
        changed = _rewrite(world, goal, run) or changed
        failpoint("upkeep.compacted")
        if changed:
            again = _as_it_is_now(published, candidate(world, goal, run))
            with world.registry.transaction(write=True) as unit:
                if _seen(unit, placed) == (published, None):  # else a run came between: what it published stands
                    unit.publications.put(again)
        return changed


def _seen(unit: Unit, placed: Placed) -> tuple[Publication | None, Publication | None]:
    return unit.publications.get(placed.name.key), unit.publications.held(placed.name.key)


def _as_it_is_now(published: Publication, again: Publication) -> Publication:
    """The same rows under the same contract, in newer versions and other files."""
    seen = again.relation.model_copy(update={"columns": published.relation.columns})
    newer = {name: getattr(again, name) for name in ("version", "log_version", "quarantine_version")}
    return published.model_copy(update={**newer, "relation": seen})


def _mark(p: Publication) -> tuple[int, int | None]:
    return p.version, p.log_version


def _rewrite(world: World, goal: Target, run: str) -> bool:
    table = world.store.snapshot(goal.table)
    small = tuple(f for f in table.files if f.bytes < SMALL)
    if len(small) < MANY:
        return False
    old = relation(goal, table, None, hidden=True)
    rows = {"rows": old.model_copy(update={"files": tuple(f"{table.root}/{f.path}" for f in small)})}
    files = world.engine.write("SELECT * FROM rows", rows, world.store.staging(goal.table), quiet=goal.quiet)
    added = tuple(f for f in files if f.rows)
    told = {"weft.compacted": str(len(table.files) - len(small) + len(added))}
    commit = Commit(place=goal.table, run=run, add=added, remove=small, operation="COMPACT", metadata=told)
    after = world.store.commit(table, commit)
    failpoint("upkeep.rewritten")
    base.tell(world, *facts.of(world, goal.table, {"version": after.version, "run": run, "metadata": told}))
    return True


def vacuum(world: World, known: Declared, placed: Placed, *, grace: float | None = None) -> int:
    """Delete files that neither the published nor the held version needs, masked copies too; returns how many.

    What a discard would go back to stays: the published version, or the empty table where nothing is published.
    """
    goal = target(world, known, placed)
    with world.registry.transaction() as unit:
        published, held = _seen(unit, placed)
    removed = 0
    for place, field in undo.parts(goal):
        kept = {(getattr(p, field) if p else 0) or 0 for p in (published, *((held,) if held else ()))}
        newest = world.store.snapshot(place).version
        versions = {v for v in kept if v <= newest}
        removed += world.store.vacuum(place, versions, older_than=GRACE if grace is None else grace)
    removed += world.store.vacuum(goal.failing, (), older_than=GRACE if grace is None else grace)
    current = (published.governed,) if published else ()
    removed += world.engine.forget(placed.name.key, current, older_than=GRACE if grace is None else grace)
    if removed:
        base.tell(world, base.event(world, "table.vacuumed", placed.name.key, {"files": removed}))
    return removed
