"""Rows that the source deleted: their keys are reset in the landing log, so that nothing read of them before counts.

What of them waits in quarantine goes as well: no replay brings back a row that was deleted after it was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import contracts
from weft.flow import raw, superseded
from weft.flow.places import FILE, STAMPS, candidate
from weft.flow.text import literal, quoted
from weft.model import Relation, Stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.flow.places import Target
    from weft.model import DataFile, Scan, Split, Written
    from weft.seams import World

MODES = ("delete", "keys")
RESET = "r"
"""Operation in the log: what was read of the key before this batch is forgotten."""


def split(world: World, goal: Target, scan: Scan) -> Split:
    """The contract for rows that hold keys only."""
    return contracts.keys_split(goal.placed, world.engine.describe(scan), scan)


def settle(
    world: World, goal: Target, mode: str, written: Written, of: tuple[Stamp, Mapping[str, Any]]
) -> tuple[Written, int]:
    """Of the keys of a batch, or all but these, the ones that the table holds, as rows of the log.

    Args:
        world: the open mesh.
        goal: a keyed table.
        mode: one of `MODES`.
        written: the keys that the batch told.
        of: its stamp, and what was noted down with the batch before.

    Returns:
        What is written, which also resets the keys of rows that wait in quarantine, and how many such rows there are.
    """
    told = Relation(files=tuple(f.path for f in written.good), columns=goal.log_columns)
    gone = _reset(world, goal, {"old": candidate(world, goal, of[0].run).relation, "told": told}, mode, of[0])
    waits = _waiting(world, goal, of[1])
    also = _reset(world, goal, {"old": waits, "told": told}, mode, of[0]) if waits else ()
    rows = sum(f.rows for f in gone)
    return written.model_copy(update={"good": (*gone, *also), "rows_good": rows}), sum(f.rows for f in also)


def _reset(world: World, goal: Target, rows: dict[str, Relation], mode: str, stamp: Stamp) -> tuple[DataFile, ...]:
    """Rows of the log for those keys of the relation `old` that were told, or were not."""
    key = goal.placed.table.primary_key
    same = " AND ".join(f"told.{quoted(k)} = old.{quoted(k)}" for k in key)
    found = f"EXISTS (SELECT 1 FROM told WHERE {same})" if rows["told"].files else "false"
    shown = ", ".join(
        f"old.{quoted(c.name)}" if c.name in key else f"CAST(NULL AS {c.type}) AS {quoted(c.name)}" for c in goal.own
    )
    stamps = (
        f"{literal(stamp.run)} AS _weft_run, {stamp.sequence}::BIGINT AS _weft_seq, "
        f"{literal(RESET)} AS _weft_op, {literal(stamp.at)}::TIMESTAMPTZ AS _weft_at"
    )
    if not rows["old"].rows:
        return ()
    sql = f"SELECT {shown}, {stamps} FROM old WHERE {'NOT ' if mode == 'keys' else ''}{found}"
    files = world.engine.write(sql, rows, world.store.staging(goal.log), quiet=goal.quiet)
    return tuple(f for f in files if f.rows)


def withdrawn(world: World, goal: Target, sequence: int, record: Mapping[str, Any]) -> superseded.Which:
    """The waiting rows whose key that committed batch reset.

    Args:
        world: the open mesh.
        goal: a keyed table.
        sequence: of the batch.
        record: what was noted down with it.
    """
    waits, log = _waiting(world, goal, record), world.store.snapshot(goal.log)
    if not waits:
        return superseded.Which("")
    same = " AND ".join(f"l.{quoted(k)} = w.{quoted(k)}" for k in goal.placed.table.primary_key)
    reset = f"l._weft_seq = {int(sequence)} AND l._weft_op = {literal(RESET)} AND {same}"
    gone = f'SELECT w."_weft_file" FROM waits w SEMI JOIN log l ON {reset}'
    relations = {"waits": waits, "log": Relation(files=log.paths, columns=goal.log_columns, rows=log.rows)}
    return superseded.Which(f"{superseded.ROW} IN ({gone})", relations)


def _waiting(world: World, goal: Target, record: Mapping[str, Any]) -> Relation | None:
    """Keys of the rows that wait, as the contract takes them; the file of each is the row's own mark."""
    bad = superseded.waiting(world, goal)
    bad = bad and bad.where(superseded.replaced("replay", ()))
    if not bad or not bad.count(world):
        return None
    staging = world.store.staging(goal.log)
    scan = raw.scan(world, bad, record, staging, superseded.ROW)
    seen = (*world.engine.describe(scan), FILE)
    stamp = Stamp(run="", sequence=0, at="1970-01-01", operation=RESET, files=True)
    keys = world.engine.split(scan, contracts.keys_split(goal.placed, seen, scan), stamp, good=staging, bad=staging)
    files = tuple(f.path for f in keys.good)
    return Relation(files=files, columns=(*goal.columns, FILE, *STAMPS), rows=keys.rows_good) if files else None
