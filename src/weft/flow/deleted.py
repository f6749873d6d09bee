"""Rows that the source deleted: their keys are reset in the landing log, so that nothing read of them before counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft import contracts
from weft.flow.places import candidate
from weft.flow.text import literal, quoted
from weft.model import Relation

if TYPE_CHECKING:
    from weft.flow.places import Target
    from weft.model import DataFile, Scan, Split, Stamp, Written
    from weft.seams import World

MODES = ("delete", "keys")
RESET = "r"
"""Operation in the log: what was read of the key before this batch is forgotten."""


def split(world: World, goal: Target, scan: Scan) -> Split:
    """The contract for rows that hold keys only."""
    return contracts.keys_split(goal.placed, world.engine.describe(scan), scan)


def settle(world: World, goal: Target, mode: str, written: Written, stamp: Stamp) -> Written:
    """Of the keys of a batch, or all but these, the ones that the table holds, as rows of the log."""
    old = candidate(world, goal, stamp.run).relation
    key = goal.placed.table.primary_key
    same = " AND ".join(f"new.{quoted(k)} = old.{quoted(k)}" for k in key)
    shown = ", ".join(
        f"old.{quoted(c.name)}" if c.name in key else f"CAST(NULL AS {c.type}) AS {quoted(c.name)}" for c in goal.own
    )
    stamps = (
        f"{literal(stamp.run)} AS _weft_run, {stamp.sequence}::BIGINT AS _weft_seq, "
        f"{literal(RESET)} AS _weft_op, {literal(stamp.at)}::TIMESTAMPTZ AS _weft_at"
    )
    relations, told = {"old": old}, "false"
    if written.good:
        relations["new"] = Relation(files=tuple(f.path for f in written.good), columns=goal.log_columns)
        told = f"EXISTS (SELECT 1 FROM new WHERE {same})"
    gone: tuple[DataFile, ...] = ()
    if old.rows:
        sql = f"SELECT {shown}, {stamps} FROM old WHERE {'NOT ' if mode == 'keys' else ''}{told}"
        gone = world.engine.write(sql, relations, world.store.staging(goal.log), quiet=goal.quiet)
    gone = tuple(f for f in gone if f.rows)
    return written.model_copy(update={"good": gone, "rows_good": sum(f.rows for f in gone)})
