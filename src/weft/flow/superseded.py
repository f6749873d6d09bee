"""Quarantined rows that wait no longer: what they came from was read anew, or they were replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow.places import QUARANTINE
from weft.flow.text import literal
from weft.model import Commit, Relation

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from weft.flow.places import Target
    from weft.model import Snapshot
    from weft.seams import World


def replaced(mode: str, files: Sequence[str]) -> str:
    """SQL condition over the quarantine: the rows whose place a batch of that mode takes; empty = none."""
    if mode == "replace":
        return "TRUE"
    if mode == "files" and files:
        return f'"_weft_file" IN ({", ".join(literal(key) for key in files)})'
    return ""


def without(world: World, goal: Target, commit: Commit, held: tuple[Snapshot, str]) -> tuple[Commit, int]:
    """The commit to that snapshot of the quarantine that also takes away the rows of a condition, and how many."""
    snapshot, condition = held
    if not condition or not snapshot.rows:
        return commit, 0
    rows = {"bad": Relation(files=snapshot.paths, columns=QUARANTINE, rows=snapshot.rows)}
    found = world.engine.query(f"SELECT count(*) AS n FROM bad WHERE {condition}", rows).to_pylist()[0]["n"]
    if not found:
        return commit, 0
    rest = f"SELECT * FROM bad WHERE ({condition}) IS NOT TRUE"
    staging = world.store.staging(goal.quarantine)
    kept = world.engine.write(rest, rows, staging, quiet=("_weft_raw",)) if found < snapshot.rows else ()
    added = (*commit.add, *(f for f in kept if f.rows))
    return commit.model_copy(update={"add": added, "remove": snapshot.files}), found


def finish(world: World, goal: Target, waited: Collection[str], run: str) -> None:
    """After a replay was committed: the files whose rows waited before it leave the quarantine, in one commit."""
    if not waited:
        return
    snapshot = world.store.snapshot(goal.quarantine)
    old = tuple(f for f in snapshot.files if f.path in waited)
    if old:
        world.store.commit(snapshot, Commit(place=goal.quarantine, run=run, remove=old, operation="REPLAYED"))
