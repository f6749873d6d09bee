"""Rows that come back from quarantine count from when they were read, not from when they were mended.

So a row of the same key that was read later stands, whatever becomes of the older one. In the one pass of a landing
each row carries its origin in the place of its file's name; afterwards it is taken out again, and rows that are older
than what is there are left out. The log is folded before: then the base alone tells what is there, and since when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow.places import FILE, QUARANTINE, STAMPS, relation
from weft.flow.text import quoted
from weft.model import Relation

if TYPE_CHECKING:
    from weft.flow.places import Target
    from weft.model import DataFile, Written
    from weft.seams import World

FIRST = 'coalesce("_weft_first", "_weft_seq")'
"""SQL over the quarantine: the batch that read a row."""
ORIGIN = f"concat({FIRST}, ':', \"_weft_row\", ':', \"_weft_file\")"
"""SQL over the quarantine: what stands for a row's file while it is replayed."""
_SEQUENCE = "split_part(n._weft_file, ':', 1)::BIGINT"
_ROW = "split_part(n._weft_file, ':', 2)::BIGINT"
_FILE = r"nullif(regexp_replace(n._weft_file, '^\d+:\d+:', ''), '')"


def settle(world: World, goal: Target, written: Written) -> tuple[Written, int]:
    """Take the origin of replayed rows out of their file's name; returns how many gave way to newer ones too.

    Args:
        world: the open mesh.
        goal: a keyed table whose log is empty.
        written: what the pass wrote, with `_weft_file` as `ORIGIN` has it.
    """
    good, bad = _good(world, goal, written.good), _bad(world, goal, written.bad)
    rows = sum(f.rows for f in good)
    return written.model_copy(update={"good": good, "bad": bad, "rows_good": rows}), written.rows_good - rows


def _good(world: World, goal: Target, files: tuple[DataFile, ...]) -> tuple[DataFile, ...]:
    if not files:
        return ()
    made = {"_weft_file": _FILE, "_weft_seq": _SEQUENCE}
    shown = ", ".join(f"{made.get(c.name, 'n.' + quoted(c.name))} AS {quoted(c.name)}" for c in goal.log_columns)
    newer = [f"o.{quoted(k)} = n.{quoted(k)}" for k in goal.placed.table.primary_key]
    newer.append(f'coalesce(o."_weft_seq", 0) > {_SEQUENCE}')
    if cursor := goal.placed.table.cursor:  # of different ones the greater counts, whenever it was read
        newer.append(f"o.{quoted(cursor)} IS NOT DISTINCT FROM n.{quoted(cursor)}")
    sql = (
        f"SELECT {shown} FROM new n WHERE NOT EXISTS (SELECT 1 FROM old o WHERE {' AND '.join(newer)}) "
        f"ORDER BY {_SEQUENCE}, {_ROW}"
    )
    relations = {
        "new": Relation(files=tuple(f.path for f in files), columns=(*goal.columns, FILE, *STAMPS)),
        "old": relation(goal, world.store.snapshot(goal.table), None, hidden=True),
    }
    return world.engine.write(sql, relations, world.store.staging(goal.log), quiet=goal.quiet, ordered=True)


def _bad(world: World, goal: Target, files: tuple[DataFile, ...]) -> tuple[DataFile, ...]:
    if not files:
        return ()
    made = {"_weft_file": _FILE, "_weft_first": _SEQUENCE}
    shown = ", ".join(f"{made.get(c.name, quoted(c.name))} AS {quoted(c.name)}" for c in QUARANTINE)
    relations = {"bad": Relation(files=tuple(f.path for f in files), columns=QUARANTINE)}
    staging = world.store.staging(goal.quarantine)
    return world.engine.write(f"SELECT {shown} FROM bad n", relations, staging, quiet=("_weft_raw",))
