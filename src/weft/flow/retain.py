"""Rows that are kept no longer: `slaProperties` retention, by the column that its element names; bad rows by theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft.flow import base, facts, failing, superseded
from weft.flow.fold import fold
from weft.flow.places import FAILING, QUARANTINE, relation, target
from weft.flow.text import literal, quoted
from weft.model import Commit, Relation
from weft.seams import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.places import Target
    from weft.model import Column, DataFile, Declared, Place, Placed, Snapshot
    from weft.seams import World

_UNITS = {"h": "HOUR", "d": "DAY", "w": "WEEK", "m": "MONTH", "y": "YEAR"}
_AGED = ("DATE", "TIMESTAMP WITH TIME ZONE")


class Limit(Struct, frozen=True):
    """How long rows are kept."""

    column: str
    condition: str
    """SQL, true for a row that is kept no longer; a row without a date is kept."""


def _edge(world: World, number: int, unit: str) -> str:
    return f"TIMESTAMPTZ {literal(base.now(world))} - INTERVAL {number} {unit}"


def _said(goal: Target) -> Iterator[tuple[str, int, str]]:
    """What the contract says of the table: column, number, unit."""
    for sla in goal.placed.contract.sla:
        table, _, column = sla.element.rpartition(".")
        if sla.property.lower() != "retention" or (table and table != goal.placed.table.name):
            continue
        unit = _UNITS.get((sla.unit or "d").lower()[:1])
        if unit and str(sla.value).isdigit():
            yield column or goal.placed.table.cursor, int(str(sla.value)), unit


def limit(world: World, goal: Target) -> Limit | None:
    """What the contract says of that table; none = nothing that can be carried out.

    The column is the one that the element names, else the table's cursor; it must be a date or a moment.
    """
    types = {c.name: c.type for c in goal.columns}
    for column, number, unit in _said(goal):
        if types.get(column) in _AGED:
            return Limit(column, f"{quoted(column)} < CAST({_edge(world, number, unit)} AS {types[column]})")
    return None


def expire_bad(world: World, known: Declared, placed: Placed, run: str) -> None:
    """Take away rows of the quarantine, and rows kept of findings, that have lain there for the contract's retention.

    Without one for the mesh's `bad_rows` days. Their age is the time since they were put there. Call it while holding
    the lease.
    """
    goal = target(world, known, placed)
    number, unit = next(((n, u) for _, n, u in _said(goal)), (world.mesh.bad_rows, "DAY"))
    if not number:
        return
    old = f'"_weft_at" < {_edge(world, number, unit)}'
    bad = superseded.waiting(world, goal)
    gone = bad.where(old).count(world) if bad else 0
    if gone:
        _rest(world, goal.quarantine, QUARANTINE, (old, gone), run)
    kept = failing.kept(world, goal)
    if kept.files:
        found = world.engine.query(f"SELECT count(*) AS n FROM kept WHERE {old}", {"kept": kept})
        if gone := int(found["n"][0].as_py()):
            _rest(world, goal.failing, FAILING, (old, gone), run)


def _rest(world: World, place: Place, columns: tuple[Column, ...], old: tuple[str, int], run: str) -> None:
    """Only what is not that old stays; what would be discarded to keeps no longer what has gone."""
    before = world.store.snapshot(place)
    rows = Relation(files=before.paths, columns=columns, rows=before.rows)
    sql = f"SELECT * FROM bad WHERE NOT ({old[0]})"
    files = world.engine.write(sql, {"bad": rows}, world.store.staging(place), quiet=("_weft_raw", "_weft_row"))
    told = {"weft.expired": str(old[1]), "weft.column": "_weft_at"}
    added = tuple(f for f in files if f.rows)
    commit = Commit(place=place, run=run, add=added, mode="overwrite", operation="EXPIRE", metadata=told)
    after = world.store.commit(before, commit)
    failpoint("retain.bad")
    key = place.name.key
    with world.registry.transaction(write=True) as unit:
        unit.journal.append(facts.of(world, place, {"version": after.version, "run": run, "metadata": told}))
        published, held = unit.publications.get(key), unit.publications.held(key)
        if place.part == "quarantine" and published and not held and published.quarantine_version == before.version:
            unit.publications.put(published.model_copy(update={"quarantine_version": after.version}))


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
    base.tell(world, *facts.of(world, goal.table, {"version": after.version, "run": run, "metadata": told}))
    return gone
