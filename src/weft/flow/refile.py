"""A file that was read before has changed: its rows give way to what it holds now, in the same commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft.flow.places import FILE, Target, relation
from weft.flow.text import literal, quoted
from weft.model import Relation

if TYPE_CHECKING:
    from weft.model import Commit, DataFile, Snapshot
    from weft.seams import World


class Changed(Struct, frozen=True):
    """The files of a batch that replaces rows."""

    keys: tuple[str, ...]
    """Keys of the source's files."""
    snapshot: Snapshot
    """What the commit stands on."""
    at: str
    """UTC time of the batch."""

    @property
    def names(self) -> str:
        """As a list of SQL literals."""
        return ", ".join(literal(key) for key in self.keys)


def replacing(world: World, goal: Target, commit: Commit, changed: Changed) -> Commit:
    """The commit that also takes away the rows which these files gave before; the same commit when there are none."""
    log = changed.snapshot if goal.keyed else None
    table = world.store.snapshot(goal.table) if goal.keyed else changed.snapshot
    old = relation(goal, table, log, hidden=True)
    found = f'SELECT 1 AS hit FROM old WHERE "_weft_file" IN ({changed.names}) LIMIT 1'
    if not old.rows or not world.engine.query(found, {"old": old}).num_rows:
        return commit
    if goal.keyed:
        return commit.model_copy(update={"add": (*commit.add, *_gone(world, goal, commit, changed, old))})
    hit = tuple(f for f in table.files if _holds(f, changed.keys))
    staging = world.store.staging(goal.landing)
    held = {"old": old.model_copy(update={"files": tuple(f"{table.root}/{f.path}" for f in hit)})}
    kept = f'SELECT * FROM old WHERE "_weft_file" IS NULL OR "_weft_file" NOT IN ({changed.names})'
    rest = tuple(f for f in world.engine.write(kept, held, staging, quiet=goal.quiet) if f.rows)
    return commit.model_copy(update={"add": (*commit.add, *rest), "remove": hit, "operation": "REPLACE FILES"})


def _holds(file: DataFile, keys: tuple[str, ...]) -> bool:
    """Whether a data file may hold rows of these source files, by its statistics."""
    low, high = file.minimum.get(FILE.name), file.maximum.get(FILE.name)
    return low is None or high is None or any(str(low) <= key <= str(high) for key in keys)


def _gone(world: World, goal: Target, commit: Commit, changed: Changed, old: Relation) -> tuple[DataFile, ...]:
    """Log rows that make the keys forgotten which a changed file no longer holds, or holds with an older cursor.

    Of the key's rows only those of this batch and later ones count then.
    """
    transaction = commit.transaction
    keep = {*goal.placed.table.primary_key, goal.placed.table.cursor, FILE.name}
    columns = ", ".join(
        f"old.{quoted(c.name)}" if c.name in keep else f"NULL::{c.type} AS {quoted(c.name)}" for c in goal.own
    )
    stamps = (
        f"{literal(commit.run)} AS _weft_run, {transaction.sequence if transaction else 0}::BIGINT AS _weft_seq, "
        f"'r' AS _weft_op, {literal(changed.at)}::TIMESTAMPTZ AS _weft_at"
    )
    match = " AND ".join(f"new.{quoted(k)} = old.{quoted(k)}" for k in goal.placed.table.primary_key)
    if cursor := goal.placed.table.cursor:
        match += f" AND (old.{quoted(cursor)} IS NULL OR new.{quoted(cursor)} >= old.{quoted(cursor)})"
    absent = f"NOT EXISTS (SELECT 1 FROM new WHERE {match})" if commit.add else "TRUE"
    sql = f'SELECT {columns}, {stamps} FROM old WHERE "_weft_file" IN ({changed.names}) AND {absent}'
    relations = {"old": old}
    if commit.add:
        relations["new"] = Relation(files=tuple(f.path for f in commit.add), columns=goal.log_columns)
    written = world.engine.write(sql, relations, world.store.staging(goal.landing), quiet=goal.quiet)
    return tuple(f for f in written if f.rows)
