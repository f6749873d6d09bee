"""Land one batch: shape, cast, check, split in one pass; bad rows first, then the good ones, one commit each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from weft import quality
from weft.errors import Conflict, Invalid, Unavailable
from weft.flow import base, refile, superseded
from weft.flow.places import Target, candidate, target
from weft.model import ArrowScan, Commit, FileScan, RowCheck, Stamp, TableResult, Transaction
from weft.seams import failpoint

if TYPE_CHECKING:
    from weft.model import Declared, Relation, Scan, Snapshot, Split, Written
    from weft.seams import World


@dataclass(frozen=True)
class Load:
    """One batch on its way into a table, whoever brings it."""

    scan: Scan
    cursor: dict[str, Any]
    """Holds once the batch is committed."""
    run: str
    mode: Literal["append", "files", "replace"] = "append"
    app: str = ""
    """App transaction id when it is not the table's own (replay)."""
    files: tuple[str, ...] = ()
    """Keys of the files whose rows are replaced (mode files)."""
    columns: dict[str, str] = field(default_factory=dict)
    """Columns of the source as they came, by name: what the next batch is compared with."""


@dataclass(frozen=True)
class Landed:
    """A batch that is committed, or about to be."""

    transaction: Transaction
    run: str
    written: Written
    superseded: int = 0
    """Rows that waited in quarantine and do so no longer, since this batch took their place."""

    @property
    def metadata(self) -> dict[str, str]:
        """What its commit says, so that a lost event can be told again."""
        return {
            "weft.app": self.transaction.app,
            "weft.sequence": str(self.transaction.sequence),
            "weft.rows": str(self.written.rows_good),
            "weft.quarantined": str(self.written.rows_bad),
            "weft.superseded": str(self.superseded),
        }


def references(world: World, known: Declared, goal: Target) -> dict[str, Relation]:
    """Rows of the tables that foreign keys of this one point to, by name; what does not exist is left out.

    Of another contract what is published; of the same contract what stands there now: they are published together.
    """
    found: dict[str, Relation] = {}
    for name in quality.references(goal.placed.table):
        there = known.tables.get(name)
        if there is None:
            continue
        if there.contract.id == goal.placed.contract.id:
            now = candidate(world, target(world, known, there), "")
            if now.version >= 0:
                found[name] = now.relation
            continue
        with world.registry.transaction() as unit:
            published = unit.publications.get(there.name.key)
        if published:
            found[name] = published.relation
    return found


def row_checks(world: World, known: Declared, goal: Target) -> tuple[RowCheck, ...]:
    """The rules of a table that are decidable on one row."""
    return quality.row_checks(goal.placed.table, references(world, known, goal))


def position(world: World, goal: Target, app: str = "") -> tuple[int, dict[str, Any], Snapshot]:
    """Last committed sequence number of a table, what holds with it (cursor, columns), and the snapshot that says so.

    Raises:
        Unavailable: the registry does not know the cursor of a commit (an older registry was put back).
    """
    base_snapshot = world.store.snapshot(goal.landing)
    app = app or goal.app
    last = world.store.sequence(base_snapshot, app)
    if last is None:
        return 0, {}, base_snapshot
    sequence, run = last
    with world.registry.transaction() as unit:
        cursor = unit.cursors.find(app, sequence, run)
    if cursor is None:
        raise Unavailable(
            f"the registry does not know the cursor of commit {sequence} of {goal.placed.name} (run {run})",
            hint="It is older than the table. Put back the newer registry, or read all again: "
            "`weft run --full-refresh`.",
        )
    return sequence, cursor, base_snapshot


def land(world: World, goal: Target, load: Load, split: Split) -> TableResult:
    """Write, commit and tell one batch. Telling it twice, or dying anywhere, neither loses nor doubles a row.

    Raises:
        Unavailable: somebody else landed the same sequence number first.
    """
    app = load.app or goal.app
    sequence, _, snapshot = position(world, goal, app)
    sequence += 1
    at = base.now(world)
    stamp = Stamp(run=load.run, sequence=sequence, at=at, operation="u" if goal.keyed else "", files=goal.files)
    staging = world.store.staging(goal.landing), world.store.staging(goal.quarantine)
    written = world.engine.split(load.scan, split, stamp, good=staging[0], bad=staging[1])
    if split.fatal and written.rows_bad:
        raise Invalid(
            f"{written.rows_bad} rows of {goal.placed.name} break the contract, and it freezes on drift: "
            f"{_why(written)}",
            hint="Nothing was written. Mend the source, or let the contract quarantine such rows.",
        )
    failpoint("land.written")
    with world.registry.transaction(write=True) as unit:
        unit.cursors.intend(
            app, sequence, load.run, {"cursor": load.cursor, "columns": load.columns, **_read(load.scan)}
        )
    failpoint("land.intended")
    transaction = Transaction(app=app, sequence=sequence)
    landed = Landed(transaction, load.run, written, _quarantine(world, goal, load, written, transaction))
    failpoint("land.quarantined")
    _commit(world, goal, load, landed, (snapshot, at))
    failpoint("land.committed")
    tell_batch(world, goal, landed)
    return TableResult(
        table=goal.placed.name,
        rows=written.rows_good,
        quarantined=written.rows_bad,
        batches=1,
        by_reason=written.by_reason,
    )


def _why(written: Written) -> str:
    return ", ".join(f"{rule} ({rows})" for rule, rows in sorted(written.by_reason.items()))


def _read(scan: Scan) -> dict[str, Any]:
    """How the rows are read, for those that come back from quarantine."""
    plain = scan.format == "csv" if isinstance(scan, FileScan) else isinstance(scan, ArrowScan) and scan.plain
    return {"dialect": scan.dialect.model_dump(mode="json"), "plain": plain}


def _quarantine(world: World, goal: Target, load: Load, written: Written, transaction: Transaction) -> int:
    """Put the bad rows aside; returns how many others wait no longer, since this batch takes their place.

    The commit carries no app transaction: its rows count only once their batch is committed, and a batch that was not
    is read again under the same sequence number.
    """
    condition = superseded.replaced(load.mode, load.files)
    if condition:
        finish_replay(world, goal, load.run)
    snapshot = world.store.snapshot(goal.quarantine)
    metadata = {"weft.app": transaction.app, "weft.sequence": str(transaction.sequence)}
    commit = Commit(place=goal.quarantine, run=load.run, add=written.bad, operation="QUARANTINE", metadata=metadata)
    commit, gone = superseded.without(world, goal, commit, (snapshot, condition))
    if commit.add or commit.remove:
        world.store.commit(snapshot, commit)
    return gone


def finish_replay(world: World, goal: Target, run: str) -> None:
    """Take away the waiting rows that a committed replay has landed, if it died before it did so itself."""
    record = position(world, goal, f"{goal.app}:replay")[1]
    superseded.finish(world, goal, frozenset(record.get("cursor", {}).get("files", ())), run)


def _commit(world: World, goal: Target, load: Load, landed: Landed, held: tuple[Snapshot, str]) -> None:
    snapshot, at = held
    commit = Commit(
        place=goal.landing,
        run=load.run,
        add=landed.written.good,
        mode="overwrite" if load.mode == "replace" else "append",
        transaction=landed.transaction,
        metadata=landed.metadata,
    )
    if load.mode == "replace" and goal.keyed:
        _empty(world, goal, load.run)
    if load.mode == "files":
        commit = refile.replacing(world, goal, commit, refile.Changed(load.files, snapshot, at))
    try:
        world.store.commit(snapshot, commit)
    except Conflict as error:
        raise Unavailable(
            f"another run committed to {goal.placed.name} first",
            hint="Nothing was written twice. Run again: it goes on from what is committed.",
        ) from error


def _empty(world: World, goal: Target, run: str) -> None:
    """Before a full refresh of a keyed table: its base is emptied; consumers go on seeing what is published."""
    table = world.store.snapshot(goal.table)
    if table.files:
        world.store.commit(table, Commit(place=goal.table, run=run, mode="overwrite", operation="REFRESH"))


def tell_batch(world: World, goal: Target, landed: Landed) -> None:
    """The event of a committed batch; its id is derived, so telling it again keeps it once."""
    name, transaction, run, written = goal.placed.name.key, landed.transaction, landed.run, landed.written
    key = f"{transaction.app}:{transaction.sequence}:{run}"
    data = {
        "app": transaction.app,
        "sequence": transaction.sequence,
        "run": run,
        "rows": written.rows_good,
        "quarantined": written.rows_bad,
        "superseded": landed.superseded,
        "reasons": written.by_reason,
    }
    told = [base.event(world, "batch.committed", name, data, key=key)]
    if written.rows_bad:
        bad = {"run": run, "sequence": transaction.sequence, "rows": written.rows_bad, "reasons": written.by_reason}
        told.append(base.event(world, "quarantine.added", name, bad, key=key))
    base.tell(world, *told)
