"""Fold the landing log of a keyed table into its base: idempotent, apart from landing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow import base, facts
from weft.flow.places import relation
from weft.model import Commit
from weft.seams import failpoint

if TYPE_CHECKING:
    from weft.flow.places import Target
    from weft.seams import World

SHARE = 0.02
"""A publication folds first when the log holds more than this share of the table's rows."""


def due(world: World, goal: Target) -> bool:
    """Whether the log has grown beyond its share."""
    if not goal.keyed:
        return False
    table, log = world.store.snapshot(goal.table), world.store.snapshot(goal.log)
    return log.rows > SHARE * table.rows


def fold(world: World, goal: Target, run: str) -> bool:
    """Overwrite the base with the overlay, then empty the log; returns whether there was anything to fold.

    Dying between the two is harmless: laying the same log over the folded base gives the same rows.
    """
    table, log = world.store.snapshot(goal.table), world.store.snapshot(goal.log)
    if not log.files:
        return False
    overlay = relation(goal, table, log, hidden=True)
    staging = world.store.staging(goal.table)
    files = world.engine.write("SELECT * FROM rows", {"rows": overlay}, staging, quiet=goal.quiet)
    failpoint("fold.written")
    kept = tuple(f for f in files if f.rows)
    told = {"weft.folded": str(log.rows), "weft.rows": str(sum(f.rows for f in kept))}
    folded = Commit(place=goal.table, run=run, add=kept, mode="overwrite", operation="FOLD", metadata=told)
    after = world.store.commit(table, folded)
    failpoint("fold.committed")
    world.store.commit(log, Commit(place=goal.log, run=run, mode="overwrite", operation="FOLD"))
    failpoint("fold.emptied")
    base.tell(world, *facts.of(world, goal.table, {"version": after.version, "run": run, "metadata": told}))
    return True
