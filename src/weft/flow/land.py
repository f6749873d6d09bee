"""Land one batch: shape, cast, check, split in one pass; bad rows first, then the good ones, one commit each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from weft import quality
from weft.errors import Conflict, Invalid, Unavailable
from weft.flow import base, deleted, facts, refile, replayed, superseded
from weft.flow.places import Target, candidate, target
from weft.model import ArrowScan, Commit, FileScan, RowCheck, Stamp, TableResult, Transaction
from weft.seams import failpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.model import Declared, Relation, Scan, Snapshot, Split, Written
    from weft.seams import World


class Load(Struct, frozen=True):
    """One batch on its way into a table, whoever brings it."""

    scan: Scan
    cursor: dict[str, Any]
    """Holds once the batch is committed; final when its rows are read."""
    run: str
    mode: Literal["append", "files", "replace", "delete", "keys", "replay"] = "append"
    """As that of a batch; replay: rows that waited in quarantine, what they come to is appended."""
    files: tuple[str, ...] = ()
    """Keys of the files whose rows are replaced (mode files)."""
    gone: tuple[str, ...] = ()
    """Keys of files that vanished, to be told with the batch."""
    columns: dict[str, str] = field(default_factory=dict)
    """Columns of the source as they came, by name: what the next batch is compared with."""
    partial: bool = False
    """True when more batches of a full refresh are to come: until then nothing of the table is published."""


class Taken(Struct, frozen=True):
    """What a batch takes the place of in quarantine."""

    files: tuple[str, ...] = ()
    """Files of the source that it read anew and of which rows wait."""
    rows: int = 0
    left: int = 0
    """Rows that wait besides."""
    older: int = 0
    """Of a replay those that gave way to newer rows."""


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


def position(world: World, goal: Target) -> tuple[int, dict[str, Any], Snapshot]:
    """Last committed sequence number of a table, what holds with it (cursor, columns), and the snapshot that says so.

    Raises:
        Unavailable: the registry does not know the cursor of a commit (an older registry was put back).
    """
    sequence, record, snapshot = standing(world, goal)
    if record is None:
        raise Unavailable(
            f"the registry does not know the cursor of commit {sequence} of {goal.placed.name}",
            hint="It is older than the table. Put back the newer registry, or read all again: "
            f"`weft run {goal.placed.product} --full-refresh`.",
        )
    return sequence, record, snapshot


def standing(world: World, goal: Target) -> tuple[int, dict[str, Any] | None, Snapshot]:
    """As `position`, without the cursor when the registry does not know it."""
    snapshot = world.store.snapshot(goal.landing)
    last = None if snapshot.version < 0 else world.store.sequence(snapshot, goal.app)
    if last is None:
        return 0, {}, snapshot
    with world.registry.transaction() as unit:
        return last[0], unit.cursors.find(goal.app, *last), snapshot


def land(world: World, goal: Target, load: Load, split: Split) -> TableResult:
    """Write, commit and tell one batch. Telling it twice, or dying anywhere, neither loses nor doubles a row.

    The order is that of its failpoints. The commit is what counts: all before it is done again by the next run, and
    what follows from it (`finish`) is made up for by `repair`.

    Raises:
        Unavailable: somebody else landed the same sequence number first.
    """
    base.renew()
    sequence, before, snapshot = standing(world, goal)
    sequence += 1
    stamp = Stamp(
        run=load.run,
        sequence=sequence,
        at=base.now(world),
        operation=(deleted.RESET if load.mode in deleted.MODES else "u") if goal.keyed else "",
        files=goal.files or _again(goal, load),
    )
    written, taken = _written(world, goal, load, split, (stamp, before or {}))
    failpoint("land.written")
    record = {"cursor": load.cursor, "columns": load.columns, "partial": load.partial, **_read(load.scan)}
    with world.registry.transaction(write=True) as unit:
        unit.cursors.intend(goal.app, sequence, load.run, record)
    failpoint("land.intended")
    told = _told(goal, load, written, stamp, taken)
    try:
        _commits(world, goal, load, written, (snapshot, stamp, told))
    except Conflict as error:
        raise Unavailable(
            f"another run committed to {goal.placed.name} first",
            hint="Nothing was written twice. Run again: it goes on from what is committed.",
        ) from error
    failpoint("land.finished")
    base.tell(world, *facts.batch(world, goal.placed.name.key, {**told, "weft.run": load.run}))
    gone = load.mode in deleted.MODES
    return TableResult(
        table=goal.placed.name,
        rows=0 if gone else written.rows_good,
        deleted=written.rows_good if gone else 0,
        quarantined=written.rows_bad,
        batches=1,
        by_reason=written.by_reason,
        older=taken.older,
        withdrawn=taken.rows if gone else 0,
    )


def _written(
    world: World, goal: Target, load: Load, split: Split, of: tuple[Stamp, dict[str, Any]]
) -> tuple[Written, Taken]:
    """The one pass, and what it takes the place of; `of` is its stamp and what holds with the batch before."""
    staging = world.store.staging(goal.landing), world.store.staging(goal.quarantine)
    written = world.engine.split(load.scan, split, of[0], good=staging[0], bad=staging[1])
    if split.fatal and written.rows_bad:
        raise Invalid(
            f"{written.rows_bad} rows of {goal.placed.name} break the contract, and it freezes on drift: "
            f"{_why(written)}",
            hint="Nothing was written. Mend the source, or let the contract quarantine such rows.",
        )
    if load.mode in deleted.MODES:
        written, rows = deleted.settle(world, goal, load.mode, written, of)
        return written, Taken(rows=rows)
    written, older = replayed.settle(world, goal, written) if _again(goal, load) else (written, 0)
    return written, _taken(world, goal, load, older)


def _again(goal: Target, load: Load) -> bool:
    """Whether newer rows of the same keys may be there."""
    return goal.keyed and load.mode == "replay"


def _why(written: Written) -> str:
    return ", ".join(f"{rule} ({rows})" for rule, rows in sorted(written.by_reason.items()))


def _read(scan: Scan) -> dict[str, Any]:
    """How the rows are read, for those that come back from quarantine."""
    plain = scan.format == "csv" if isinstance(scan, FileScan) else isinstance(scan, ArrowScan) and scan.plain
    return {"dialect": scan.dialect.model_dump(mode="json"), "plain": plain}


def _taken(world: World, goal: Target, load: Load, older: int) -> Taken:
    condition = superseded.replaced(load.mode, load.files)
    files, rows = superseded.place(world, goal, condition)
    if load.mode != "replay":
        return Taken(tuple(files), rows)
    bad = superseded.waiting(world, goal)
    return Taken((), rows, bad.count(world) - rows if bad else 0, older)


def _told(goal: Target, load: Load, written: Written, stamp: Stamp, taken: Taken) -> dict[str, str]:
    """What the commit says of itself, so that what follows from it, and its events, can be made up for."""
    told = {
        "weft.app": goal.app,
        "weft.sequence": str(stamp.sequence),
        "weft.mode": load.mode,
        ("weft.deleted" if load.mode in deleted.MODES else "weft.rows"): str(written.rows_good),
        "weft.quarantined": str(written.rows_bad),
        "weft.superseded": str(taken.rows),
    }
    if load.mode == "replay":
        told |= {"weft.left": str(taken.left + written.rows_bad), "weft.older": str(taken.older)}
    lists = {"reasons": written.by_reason, "gone": load.gone, "files": taken.files}
    return told | {f"weft.{name}": json.dumps(value) for name, value in lists.items() if value}


def _commits(
    world: World, goal: Target, load: Load, written: Written, held: tuple[Snapshot, Stamp, dict[str, str]]
) -> None:
    _quarantine(world, goal, load, written, held[2])
    failpoint("land.quarantined")
    _commit(world, goal, load, written, held)
    failpoint("land.committed")
    finish(world, goal, {**held[2], "weft.run": load.run})


def _quarantine(world: World, goal: Target, load: Load, written: Written, told: dict[str, str]) -> None:
    """Put the bad rows aside.

    The commit carries no app transaction: its rows count only once their batch is committed, and a batch that was not
    is read again under the same sequence number.
    """
    if not written.bad:
        return
    metadata = {name: told[name] for name in ("weft.app", "weft.sequence")}
    commit = Commit(place=goal.quarantine, run=load.run, add=written.bad, operation="QUARANTINE", metadata=metadata)
    world.store.commit(world.store.snapshot(goal.quarantine), commit)


def _commit(
    world: World, goal: Target, load: Load, written: Written, held: tuple[Snapshot, Stamp, dict[str, str]]
) -> None:
    snapshot, stamp, told = held
    commit = Commit(
        place=goal.landing,
        run=load.run,
        add=written.good,
        mode="overwrite" if load.mode == "replace" else "append",
        transaction=Transaction(app=goal.app, sequence=stamp.sequence),
        metadata=told,
    )
    if load.mode == "files":
        commit = refile.replacing(world, goal, commit, refile.Changed(load.files, snapshot, stamp.at))
    world.store.commit(snapshot, commit)


def finish(world: World, goal: Target, told: Mapping[str, str]) -> None:
    """What follows from a committed batch: nothing happens where it was done already.

    A full refresh of a keyed table is committed to the log, and then the base is emptied. What waited in quarantine and
    was read anew, or whose key was deleted, goes.

    Args:
        world: the open mesh.
        goal: the table.
        told: what the commit says of itself, and `weft.run`.
    """
    if goal.keyed and told.get("weft.mode") == "replace":
        _empty(world, goal, told)
    if int(told.get("weft.superseded", 0)):
        superseded.take(world, goal, told, _which(world, goal, told))


def _which(world: World, goal: Target, told: Mapping[str, str]) -> superseded.Which:
    """Which waiting rows a committed batch takes the place of."""
    if told["weft.mode"] in deleted.MODES:
        return deleted.withdrawn(world, goal, int(told["weft.sequence"]), standing(world, goal)[1] or {})
    return superseded.Which(superseded.replaced(told["weft.mode"], json.loads(told.get("weft.files", "[]"))))


def complete(world: World, goal: Target) -> None:
    """All batches of a read are landed: what a full refresh brought may be published."""
    _, record, snapshot = standing(world, goal)
    last = world.store.sequence(snapshot, goal.app)
    if last and record and record.get("partial"):
        with world.registry.transaction(write=True) as unit:
            unit.cursors.intend(goal.app, *last, {**record, "partial": False})
        failpoint("land.complete")


def _empty(world: World, goal: Target, told: Mapping[str, str]) -> None:
    """Consumers go on seeing what is published; the app transaction says which refresh the base was emptied for."""
    table = world.store.snapshot(goal.table)
    done = Transaction(app=f"{goal.app}:refreshed", sequence=int(told["weft.sequence"]))
    last = world.store.sequence(table, done.app)
    if last and last[0] >= done.sequence:
        return
    commit = Commit(place=goal.table, run=told["weft.run"], mode="overwrite", transaction=done, operation="REFRESH")
    world.store.commit(table, commit)
    failpoint("land.emptied")
