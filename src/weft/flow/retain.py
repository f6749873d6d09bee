"""Rows that a contract keeps no longer: `slaProperties` retention, by the column that its element names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weft.flow import base, facts
from weft.flow.fold import fold
from weft.flow.places import relation, target
from weft.flow.text import literal, quoted
from weft.model import Commit
from weft.seams import failpoint

if TYPE_CHECKING:
    from weft.flow.places import Target
    from weft.model import DataFile, Declared, Placed, Snapshot
    from weft.seams import World

_UNITS = {"h": "HOUR", "d": "DAY", "w": "WEEK", "m": "MONTH", "y": "YEAR"}
_AGED = ("DATE", "TIMESTAMP WITH TIME ZONE")


@dataclass(frozen=True)
class Limit:
    """How long rows are kept."""

    column: str
    condition: str
    """SQL, true for a row that is kept no longer; a row without a date is kept."""


def limit(world: World, goal: Target) -> Limit | None:
    """What the contract says of that table; none = nothing that can be carried out.

    The column is the one that the element names, else the table's cursor; it must be a date or a moment.
    """
    types = {c.name: c.type for c in goal.columns}
    for sla in goal.placed.contract.sla:
        table, _, column = sla.element.rpartition(".")
        if sla.property.lower() != "retention" or (table and table != goal.placed.table.name):
            continue
        column = column or goal.placed.table.cursor
        unit = _UNITS.get((sla.unit or "d").lower()[:1])
        if types.get(column) in _AGED and unit and str(sla.value).isdigit():
            edge = f"TIMESTAMPTZ {literal(base.now(world))} - INTERVAL {int(sla.value)} {unit}"
            return Limit(column, f"{quoted(column)} < CAST({edge} AS {types[column]})")
    return None


def expire(world: World, known: Declared, placed: Placed, run: str) -> int:
    """Take the rows away whose time is over, in one commit; returns how many. Call it while holding the lease.

    What is published stays as it was until it is published again.
    """
    goal = target(world, known, placed)
    kept = limit(world, goal)
    table = world.store.snapshot(goal.table)
    if kept is None or table.version < 0:
        return 0
    log = world.store.snapshot(goal.log) if goal.keyed else None
    if not _count(world, goal, kept, (table, log)):
        return 0
    if goal.keyed and fold(world, goal, run):
        table = world.store.snapshot(goal.table)
    hit = tuple(f for f in table.files if _count(world, goal, kept, (table.model_copy(update={"files": (f,)}), None)))
    return _rewrite(world, goal, kept, (table, hit), run)


def _count(world: World, goal: Target, kept: Limit, seen: tuple[Snapshot, Snapshot | None]) -> int:
    rows = relation(goal, seen[0], seen[1] if seen[1] and seen[1].files else None)
    if not rows.files and not rows.log:
        return 0
    found = world.engine.query(f"SELECT count(*) AS n FROM rows WHERE {kept.condition}", {"rows": rows})
    return int(found["n"][0].as_py())


def _rewrite(world: World, goal: Target, kept: Limit, of: tuple[Snapshot, tuple[DataFile, ...]], run: str) -> int:
    table, hit = of
    rows = relation(goal, table, None, hidden=True)
    rows = rows.model_copy(update={"files": tuple(f"{table.root}/{f.path}" for f in hit)})
    sql = f"SELECT * FROM rows WHERE NOT coalesce({kept.condition}, false)"
    files = world.engine.write(sql, {"rows": rows}, world.store.staging(goal.table), quiet=goal.quiet)
    added = tuple(f for f in files if f.rows)
    gone = sum(f.rows for f in hit) - sum(f.rows for f in added)
    told = {"weft.expired": str(gone), "weft.column": kept.column}
    commit = Commit(place=goal.table, run=run, add=added, remove=hit, operation="EXPIRE", metadata=told)
    after = world.store.commit(table, commit)
    failpoint("retain.committed")
    base.tell(world, *facts.of(world, goal.placed.name.key, {"version": after.version, "run": run, "metadata": told}))
    return gone
