"""Bring what is new of a stream into a table."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft import contracts
from weft.errors import Invalid
from weft.flow import base, deleted, seed
from weft.flow.ahead import Ahead, Start
from weft.flow.joined import Joined
from weft.flow.land import Load, complete, land, position, row_checks, standing
from weft.flow.places import ensure, target
from weft.flow.tally import Tally
from weft.flow.text import quoted
from weft.model import HIDDEN, FileScan, Split, TableResult
from weft.seams import Reach, failpoint

if TYPE_CHECKING:
    from collections.abc import Generator

    from weft.flow.places import Target
    from weft.model import Batch, Column, Declared, Placed, Source
    from weft.seams import Window, World


class Options(Struct, frozen=True):
    """How to run."""

    full_refresh: bool = False
    """Forget the cursor and read everything again."""
    window: Window | None = None
    """Backfill: only rows whose cursor lies in it."""
    ahead: Ahead | None = None
    """The run's tables, whose streams are begun while others land; none: each when it is its turn."""


def ingest(world: World, known: Declared, placed: Placed, run: str, options: Options) -> TableResult:
    """Read the table's stream from its cursor and land every batch; what is committed stays when a later one fails."""
    if options.full_refresh and options.window:
        raise Invalid("a backfill is not a full refresh", hint="Leave out one of them.")
    goal = target(world, known, placed)
    ensure(world, goal)
    result = TableResult(table=placed.name)
    record, first = _record(world, goal, options), options.full_refresh
    start = _start(world, known, placed, record, options)
    for batch in Joined(options.ahead.batches(placed, start) if options.ahead else start.batches()):
        split, seen, news = (_gone if batch.mode in deleted.MODES else _drift)(world, known, goal, batch, (run, record))
        mode = "replace" if first else batch.mode
        load = Load(
            scan=batch.scan,
            cursor=record.get("cursor", {}) if options.window else batch.cursor,  # a backfill leaves it where it stands
            run=run,
            mode=mode,
            files=tuple(f.key for f in batch.scan.files) if isinstance(batch.scan, FileScan) else (),
            gone=batch.gone,
            columns=seen,
            partial=mode == "replace" or bool(record.get("partial")),
        )
        one = land(world, goal, load, split)
        result = _add(result, one, batch, news)
        world.progress.step(str(placed.name), one.rows, f"{result.rows:,} rows")
        record, first = position(world, goal)[1], False
        failpoint("ingest.batch")
    complete(world, goal)
    return result


def begin(world: World, known: Declared, placed: Placed, options: Options) -> Start:
    """How the table's stream is read from where it stands."""
    goal = target(world, known, placed)
    ensure(world, goal)
    return _start(world, known, placed, _record(world, goal, options), options)


def _start(world: World, known: Declared, placed: Placed, record: dict[str, Any], options: Options) -> Start:
    where = ({} if options.full_refresh else record.get("cursor", {}), options.window)
    width = 1
    if placed.shape.kind != "seed":
        width = getattr(connect(world, known, known.sources[placed.source])[0], "streams_at_once", 1)
    return Start(where, lambda: _batches(world, known, placed, where), width)


def _batches(
    world: World, known: Declared, placed: Placed, where: tuple[dict[str, Any], Window | None]
) -> Generator[Batch, None, None]:
    with tempfile.TemporaryDirectory(dir=world.scratch, prefix="read-") as scratch:
        if placed.shape.kind == "seed":
            yield from seed.batches(world, placed, Path(scratch), *where)
            return
        connector, settings = connect(world, known, known.sources[placed.source], placed.stream)
        reach = Reach(world.vault, world.folder, Path(scratch), world.clock, world.progress, Tally(world))
        yield from connector.read(reach, placed.stream, settings, *where)


def connect(world: World, known: Declared, source: Source, stream: str = "") -> tuple[Any, Any]:
    """The connector of a source, and the settings of one of its streams (its defaults when none are listed)."""
    connectors = base.declared_connectors(world.connectors, known)
    connector = connectors.build(source.connector, source.config)
    settings = source.streams.get(stream, {})
    return connector, connector.stream_schema().model_validate(settings)


def _record(world: World, goal: Target, options: Options) -> dict[str, Any]:
    """What was noted down with the last committed batch: cursor, the source's columns. Reading all again needs none."""
    return (standing(world, goal)[1] or {}) if options.full_refresh else position(world, goal)[1]


def _drift(
    world: World, known: Declared, goal: Target, batch: Batch, last: tuple[str, dict[str, Any]]
) -> tuple[Split, dict[str, str], tuple[str, ...]]:
    """Compile the contract for the columns that this batch has, and tell what changed since the last one."""
    seen = world.engine.describe(batch.scan)
    run, before = last[0], last[1].get("columns", {})
    if not seen:  # nothing but vanished or emptied files: no columns are no drift, and no SQL of the owner can run
        return _no_rows(goal), before, ()
    drift = contracts.drift(goal.placed, seen, before)
    news = (*drift.news, *batch.notes)
    if news:
        data = {"run": run, "found": list(news), "verdict": drift.verdict}
        base.tell(world, base.event(world, "drift.found", goal.placed.name.key, data))
    if drift.verdict == "refuse":
        raise Invalid(
            f"the columns of {goal.placed.source}.{goal.placed.stream} do not fit {goal.placed.name}: "
            + "; ".join(drift.news),
            hint=f"Nothing of this batch was written. {_advice(goal, batch, seen)}",
        )
    checks = (*row_checks(world, known, goal), *drift.checks)
    split = contracts.compile(goal.placed, seen, batch.scan, checks)
    return split, dict(drift.columns), news


def _gone(
    world: World, _known: Declared, goal: Target, batch: Batch, last: tuple[str, dict[str, Any]]
) -> tuple[Split, dict[str, str], tuple[str, ...]]:
    """For keys of deleted rows; columns of the source are the ones that they were."""
    return deleted.split(world, goal, batch.scan), last[1].get("columns", {}), ()


def _advice(goal: Target, batch: Batch, seen: tuple[Column, ...]) -> str:
    """What to do about columns that do not fit; a single one is most often a wrong delimiter."""
    scan, there = batch.scan, [c for c in seen if not c.name.startswith(HIDDEN)]
    if isinstance(scan, FileScan) and scan.format == "csv" and len(there) == 1 < len(goal.placed.table.properties):
        return f"The files have a single column: is {scan.dialect.delimiter!r} the right delimiter of the source?"
    return "Mend the source, or change the contract."


def _no_rows(goal: Target) -> Split:
    values = "".join(f"CAST(NULL AS {c.type}) AS {quoted(c.name)}, " for c in goal.columns)
    hidden = "CAST(NULL AS VARCHAR) AS _weft_file, 0::BIGINT AS _weft_why, CAST(NULL AS VARCHAR) AS _weft_raw"
    return Split(sql=f"SELECT {values}{hidden} FROM _weft_source WHERE false", columns=goal.columns)


def _add(result: TableResult, one: TableResult, batch: Batch, news: tuple[str, ...]) -> TableResult:
    reasons = dict(result.by_reason)
    for rule, rows in one.by_reason.items():
        reasons[rule] = reasons.get(rule, 0) + rows
    return result.model_copy(
        update={
            "rows": result.rows + one.rows,
            "deleted": result.deleted + one.deleted,
            "withdrawn": result.withdrawn + one.withdrawn,
            "quarantined": result.quarantined + one.quarantined,
            "batches": result.batches + 1,
            "by_reason": reasons,
            "drift": (*result.drift, *news),
            "vanished": (*result.vanished, *batch.gone),
        }
    )
