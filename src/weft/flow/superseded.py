"""Which quarantined rows wait: not those of a batch that was never committed, nor those whose place another batch took.

A batch takes the place of rows that wait when it reads their file or their source anew, deletes their key, or is a
replay. It says so in its commit; the rows leave the quarantine after it, in a commit of its own that can be made up for
(`take`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from weft.flow import base
from weft.flow.places import QUARANTINE
from weft.flow.text import literal
from weft.model import Commit, Relation, Transaction
from weft.seams import failpoint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.flow.places import Target
    from weft.model import Snapshot
    from weft.seams import World

UNREADABLE = "\"_weft_reasons\" = ['readable']"
"""Lines that were not told apart into cells: only their text is there, so they cannot be replayed."""
ROW = 'concat("_weft_run", \':\', "_weft_seq", \':\', "_weft_row")'
"""SQL of what tells a row from all others."""


class Which(Struct, frozen=True):
    """Rows of a quarantine whose place a batch takes: SQL condition, empty = none, and the relations that it reads."""

    condition: str
    relations: Mapping[str, Relation] = field(default_factory=dict)


class Bad(Struct, frozen=True):
    """Rows of a quarantine: `sql` over the relation `bad`."""

    relation: Relation
    sql: str

    @property
    def relations(self) -> dict[str, Relation]:
        """What the SQL reads."""
        return {"bad": self.relation}

    def where(self, condition: str) -> Bad:
        """Only those of a condition."""
        return Bad(self.relation, f"SELECT * FROM ({self.sql}) WHERE {condition}")

    def count(self, world: World) -> int:
        """How many rows."""
        found = world.engine.query(f"SELECT count(*) AS n FROM ({self.sql})", self.relations)
        return int(found.to_pylist()[0]["n"])


def waiting(world: World, goal: Target) -> Bad | None:
    """The rows that wait; none when the quarantine is empty. An uncommitted batch was, or will be, read again."""
    snapshot = world.store.snapshot(goal.quarantine)
    if not snapshot.files:
        return None
    with world.registry.transaction() as unit:
        told = [e.data for e in base.every_event(unit, ("quarantine.added",), goal.placed.name.key)]
    pairs = sorted({(str(d["run"]), int(d["sequence"])) for d in told})
    if not pairs:
        return None
    return Bad(_all(snapshot), f"SELECT * FROM bad WHERE {_among(pairs)}")


def _all(snapshot: Snapshot) -> Relation:
    return Relation(files=snapshot.paths, columns=QUARANTINE, rows=snapshot.rows)


def _among(pairs: Sequence[tuple[str, int]]) -> str:
    listed = ", ".join(f"({literal(run)}, {sequence})" for run, sequence in pairs)
    return f'("_weft_run", "_weft_seq") IN ({listed})'


def replaced(mode: str, files: Sequence[str]) -> str:
    """SQL condition over the quarantine: the rows whose place a batch of that mode takes; empty = none."""
    if mode == "replay":
        return f"NOT ({UNREADABLE})"
    if mode == "replace":
        return "TRUE"
    if mode == "files" and files:
        return f'"_weft_file" IN ({", ".join(literal(key) for key in files)})'
    return ""


def place(world: World, goal: Target, condition: str) -> tuple[list[str], int]:
    """Files of the waiting rows that such a batch would take the place of, and how many rows these are."""
    bad = waiting(world, goal) if condition else None
    if bad is None:
        return [], 0
    counted = world.engine.query(
        f'SELECT "_weft_file" AS file, count(*) AS n FROM ({bad.sql}) WHERE {condition} GROUP BY 1', bad.relations
    ).to_pylist()
    return sorted(c["file"] for c in counted if c["file"] is not None), sum(c["n"] for c in counted)


def take(world: World, goal: Target, batch: Mapping[str, str], which: Which) -> None:
    """Take away the rows whose place a committed batch took; nothing happens when that was done already.

    Args:
        world: the open mesh.
        goal: the table.
        batch: what the batch's commit says of itself, and `weft.run`.
        which: these rows.
    """
    done = Transaction(app=f"{goal.app}:superseded", sequence=int(batch["weft.sequence"]))
    snapshot = world.store.snapshot(goal.quarantine)
    last = world.store.sequence(snapshot, done.app)
    if not which.condition or not snapshot.rows or (last and last[0] >= done.sequence):
        return
    own = _among([(batch["weft.run"], done.sequence)])
    sql = f"SELECT * FROM bad WHERE {own} OR ({which.condition}) IS NOT TRUE"
    staging = world.store.staging(goal.quarantine)
    kept = world.engine.write(sql, {"bad": _all(snapshot), **which.relations}, staging, quiet=("_weft_raw",))
    failpoint("superseded.written")
    commit = Commit(
        place=goal.quarantine,
        run=batch["weft.run"],
        add=tuple(f for f in kept if f.rows),
        mode="overwrite",
        transaction=done,
        operation="SUPERSEDED",
    )
    world.store.commit(snapshot, commit)
    failpoint("superseded.committed")
