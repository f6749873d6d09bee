"""One Delta table: what delta-rs is asked to do, and its answers as nouns and errors of weft."""

from __future__ import annotations

import json
import re
import tempfile
import time
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction, Transaction
from pyarrow._parquet import ParquetReader as _Footer  # pyarrow.parquet loads file systems with it: 15 ms

from weft.errors import Broken, Conflict, Invalid, Unavailable, WeftError
from weft.model import HIDDEN, Column, DataFile, Snapshot
from weft.seams.failpoint import failpoint
from weft.stores import files, log, statistics, types

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from weft.model import Place
    from weft.stores.ground import Folder

LOG_DAYS = 30
"""Commits older than this are cleared away by vacuum, when no kept version needs them."""
_STATISTICS = "delta.dataSkippingStatsColumns"
_SPELLING = "weft.type"
"""In a field's metadata: the type as it was declared, so that it comes back letter by letter."""
_OURS = ("timestamp", "operation", "operationParameters", "engineInfo", "clientVersion", "readVersion", log.RUNS)
_LISTED = re.compile(r"`((?:[^`]|``)*)`|([^,`]+)")
_REPAIR = "Bring it back from a backup, or drop the table and load it anew."


@dataclass(frozen=True)
class Handle:
    """What a snapshot holds of the driver."""

    table: DeltaTable
    """Commits through it are fenced against others."""
    folder: Folder = field(compare=False)


class Unclear(Unavailable):
    """The store broke off before it said whether a commit was made: what was written for it stays."""


def create(folder: Folder, columns: Sequence[Column], quiet: Collection[str]) -> None:
    """Make an empty table, or leave the one that somebody else has just made."""
    schema = _schema(columns)
    settings = {
        _STATISTICS: _listed([c.name for c in columns if c.name not in quiet and statistics.counted(c.type)]),
        "delta.checkpointInterval": str(log.CHECKPOINT_EVERY),
        "delta.logRetentionDuration": f"interval {LOG_DAYS} days",
        "delta.enableExpiredLogCleanup": "false",  # it knows nothing of kept versions: vacuum does it
    }
    properties = CommitProperties(custom_metadata=information("", "CREATE", {}))
    try:
        folder.make()
        DeltaTable.create(
            folder.url,
            schema,
            mode="error",
            configuration=settings,
            commit_properties=properties,
            storage_options=folder.options,
        )
    except (DeltaError, OSError) as error:
        if not log.exists(folder):
            raise _refusal(folder, 0, error) from _cause(folder, error)


def opened(place: Place, folder: Folder, version: int | None) -> DeltaTable:
    """The table at that version, or at its newest."""
    try:
        handle = DeltaTable(folder.url, version=version, storage_options=folder.options)
    except (DeltaError, OSError, OverflowError) as error:
        raise _unreadable(place, folder, version) from _cause(folder, error)
    if torn := log.torn(folder, handle.version()):
        raise Broken(f"file _delta_log/{torn} of table {place.path} is empty", hint=_REPAIR)
    return handle


def load(place: Place, folder: Folder, version: int | None) -> Snapshot:
    """A snapshot whose files are known to be there."""
    handle = opened(place, folder, version)
    found, there = _files(handle, folder), folder.data()
    bad = [file.path for file in found if file.path not in there or there[file.path].bytes != file.bytes]
    if bad and version is None and log.has(folder, handle.version() + 1):
        return load(place, folder, None)  # a newer version came, and vacuum took the files of this one
    if bad:
        raise Broken(
            f"{len(bad)} of {len(found)} data files of table {place.path}, version {handle.version()}, are missing or "
            f"changed: {', '.join(bad[:3])}{', ...' if len(bad) > 3 else ''}",  # noqa: PLR2004 - three are enough to look
            hint="Bring them back from a backup, or take a version whose files are there; old ones may be vacuumed.",
        )
    fields = json.loads(handle.schema().to_json())["fields"]
    columns = tuple(Column(name=field["name"], type=_spelt(field)) for field in fields)
    own = Handle(handle, folder)
    return Snapshot(place=place, version=handle.version(), columns=columns, files=found, root=folder.url, handle=own)


def paths(handle: DeltaTable) -> list[str]:
    """Names of the files that a version lists."""
    return [str(name) for name in _actions(handle).column("path").to_pylist()]


def same(one: str, other: str) -> bool:
    """Whether two spellings name one type."""
    return one == other or types.duck_type(types.delta_type(one)) == types.duck_type(types.delta_type(other))


def add_columns(base: Snapshot, columns: Sequence[Column]) -> None:
    """One commit on top of exactly that snapshot."""
    fields, told = _schema(columns).fields, {"weft.columns": json.dumps([c.name for c in columns])}
    _alter(
        base,
        ("EVOLVE", told),
        lambda handle, properties: handle.alter.add_columns(fields, commit_properties=properties),
    )


def hush(base: Snapshot, columns: Sequence[Column], quiet: Collection[str]) -> bool:
    """Set which columns get statistics from now on, in one commit; returns whether anything changed."""
    old = _statistics_columns(base.handle.table)
    loud = {c.name for c in columns}.union(old).difference(quiet)
    wanted = [c.name for c in base.columns if c.name in loud and statistics.counted(c.type)]
    if set(wanted) == set(old):
        return False
    settings = {_STATISTICS: _listed(wanted)}
    _alter(
        base,
        ("SETTINGS", {}),
        lambda handle, properties: handle.alter.set_table_properties(settings, commit_properties=properties),
    )
    return True


def information(run: str, operation: str, apps: Mapping[str, tuple[int, str]]) -> dict[str, str]:
    """What every commit of weft says about itself."""
    return {"weft.run": run, "weft.operation": operation, log.RUNS: json.dumps(apps, sort_keys=True)}


def told(version: int, found: Mapping[str, Any]) -> dict[str, Any]:
    """A commit's information for people."""
    return {
        "version": version,
        "at": log.time_of(dict(found)),
        "operation": found.get("weft.operation") or found.get("operation", ""),
        "run": found.get("weft.run", ""),
        "metadata": {name: value for name, value in found.items() if name not in _OURS},
    }


def write(
    base: Snapshot,
    come: Sequence[DataFile],
    gone: Sequence[DataFile],
    apps: Mapping[str, int],
    found: Mapping[str, str],
) -> None:
    """One commit on top of exactly that snapshot: files that come, files that go, app transactions."""
    now, mark = int(time.time() * 1000), uuid.uuid4().hex
    listed = set(_statistics_columns(base.handle.table))
    loud = {c.name: c.type for c in base.columns if c.name in listed}
    adds = [
        AddAction(
            path=f.path,
            size=f.bytes,
            partition_values={},
            modification_time=now,
            data_change=True,
            stats=statistics.encode(f, loud),
        )
        for f in come
    ]
    removes = [
        RemoveAction(f.path, data_change=True, deletion_timestamp=now, size=f.bytes, partition_values={}) for f in gone
    ]
    properties = CommitProperties(
        custom_metadata={**found, "weft.commit": mark},
        max_commit_retries=0,  # a retry would rebase: an overwrite would keep rows that it never saw
        app_transactions=[Transaction(app, sequence) for app, sequence in apps.items()],
    )
    failpoint("store.before_commit")
    table, folder = base.handle.table, base.handle.folder
    try:
        table.create_write_transaction([*removes, *adds], "append", table.schema(), commit_properties=properties)
    except (DeltaError, OSError) as error:
        # What comes behind the commit (a checkpoint) may fail too, or the answer got lost: the commit is the truth.
        if not _holds(folder, base, mark):
            raise _refusal(folder, base.version + 1, error) from _cause(folder, error)


def _holds(folder: Folder, base: Snapshot, mark: str) -> bool:
    """Whether the next version is there and is ours.

    Raises:
        Unclear: it cannot be told.
    """
    try:
        return log.holds(folder, base.version + 1, mark)
    except (OSError, Unavailable) as error:
        raise Unclear(
            f"whether version {base.version + 1} of table {base.place.path} was committed is not known: its storage "
            "does not answer",
            hint="Run again when it does: what was committed counts, what was not is done again.",
        ) from _cause(folder, error)


def settle(base: Snapshot, moved: Mapping[str, str]) -> None:
    """Have the commit that was just made on top of that snapshot on the disk; `moved` are its new files."""
    try:
        base.handle.folder.settle(base.version + 1, moved)
    except OSError as error:
        raise Unavailable(
            f"version {base.version + 1} was committed, but it may not survive a power cut ({type(error).__name__})",
            hint="Look at the disk that the mesh keeps its tables on.",
        ) from error


def check_footer(base: Snapshot, file: DataFile) -> None:
    """Refuse a staged file that is not what it is said to be: delta-rs would take it as it is."""
    staged = Path(file.path).name
    try:
        with closing(_Footer()) as footer:
            footer.open(file.path, arrow_extensions_enabled=True)
            has = {field.name: types.arrow_name(field.type) for field in footer.schema_arrow}
            rows, size = footer.metadata.num_rows, Path(file.path).stat().st_size
    except FileNotFoundError as error:
        raise Unavailable(f"staged file {staged} of table {base.place.path} is gone", hint="Run it again.") from error
    except pa.ArrowInvalid as error:
        raise Invalid(f"staged file {staged} of table {base.place.path} is not a Parquet file") from error
    wants = {c.name: types.duck_type(types.delta_type(c.type)) for c in base.columns}
    wrong = [
        f"{name} is {kind}, not {wants.get(name, 'there')}" for name, kind in has.items() if kind != wants.get(name)
    ]
    wrong += [f"{name} is missing" for name in wants if name not in has and not name.startswith(HIDDEN)]
    if wrong:
        raise Invalid(f"staged file {staged} does not fit table {base.place.path}: {'; '.join(wrong)}")
    if (rows, size) != (file.rows, file.bytes):
        raise Invalid(f"staged file {staged} has {rows} rows in {size} bytes, told were {file.rows} in {file.bytes}")


def log_is_old(folder: Folder) -> bool:
    """Whether its first commit is older than `LOG_DAYS`."""
    edge = _log_edge()
    return bool(log.information(folder, log.oldest(folder)).get("timestamp", edge) < edge)


def _log_edge() -> float:
    return (time.time() - LOG_DAYS * 86400) * 1000


def clear_log(handle: DeltaTable, folder: Folder, keep_versions: Collection[int]) -> None:
    """Clear away commits older than `LOG_DAYS`, if there are any (`log_is_old`), unless a kept version is as old."""
    edge = _log_edge()
    kept = [log.information(folder, version).get("timestamp", 0) for version in keep_versions]
    if edge <= min(kept, default=edge):
        try:
            handle.create_checkpoint()
            handle.cleanup_metadata()
        except (DeltaError, OSError) as error:
            raise _refusal(folder, handle.version() + 1, error) from _cause(folder, error)


def _alter(base: Snapshot, what: tuple[str, Mapping[str, str]], change: Any) -> None:
    """Change a table's settings or columns: the operation, what its commit says besides, the change."""
    folder: Folder = base.handle.folder
    handle = opened(base.place, folder, base.version)  # altering moves the handle: that of a snapshot must not
    found = {**what[1], **information("", what[0], log.runs(folder, base.version))}
    try:
        change(handle, CommitProperties(custom_metadata=found, max_commit_retries=0))
    except (DeltaError, OSError) as error:
        raise _refusal(folder, base.version + 1, error) from _cause(folder, error)


def _refusal(folder: Folder, version: int, error: Exception) -> WeftError:
    """Why a commit did not happen."""
    if log.has(folder, version):
        run = log.information(folder, version).get("weft.run") or "somebody else"
        return Conflict(f"version {version} was committed by {run} meanwhile", hint="Load the table again, then retry.")
    if folder.options is not None:
        return away()
    if isinstance(error, OSError):
        return files.refused(error)
    return Broken(f"version {version} was not committed ({type(error).__name__})", hint="Look at its _delta_log.")


def _unreadable(place: Place, folder: Folder, version: int | None) -> WeftError:
    """Why a version cannot be opened."""
    if fault := log.fault(folder):
        return Broken(f"file _delta_log/{fault} of table {place.path} is missing or damaged", hint=_REPAIR)
    newest = log.newest(folder)
    if version is not None and not (0 <= version <= newest and log.has(folder, version)):
        return Invalid(f"table {place.path} has no version {version}; the newest is {newest}")
    return Broken(f"the log of table {place.path} cannot be read", hint=_REPAIR)


def away() -> Unavailable:
    """The object store did not do what it was asked."""
    return Unavailable(
        "the object store of the tables does not answer, or refuses the credentials",
        hint="Look at `storage` and `storageOptions` in mesh.yaml (or the domain's), then run again.",
    )


def _cause(folder: Folder, error: Exception) -> Exception | None:
    """What an error is chained to: nothing of an object store, whose errors tell URLs and what is in them."""
    return None if folder.options is not None else error


def _actions(handle: DeltaTable, *, flatten: bool = False) -> pa.Table:
    """Add actions; bounds in time without their zone, UTC: to tell a zone in Python takes pandas (0.25 s)."""
    found = pa.RecordBatchReader.from_stream(handle.get_add_actions(flatten=flatten)).read_all()
    for place, bound in enumerate(found.schema):
        if pa.types.is_timestamp(bound.type):  # seen as another type, since a cast brings all of pyarrow.compute
            plain = pa.timestamp(bound.type.unit)
            chunks = [chunk.view(plain) for chunk in found.column(place).chunks]
            found = found.set_column(place, bound.with_type(plain), pa.chunked_array(chunks, plain))
    return found


def _files(handle: DeltaTable, folder: Folder) -> tuple[DataFile, ...]:
    rows = _actions(handle, flatten=True).to_pylist()
    found = [
        DataFile(
            path=row["path"],
            bytes=row["size_bytes"],
            rows=_rows(row, folder),
            minimum=statistics.decode(row, "min."),
            maximum=statistics.decode(row, "max."),
            nulls=statistics.decode(row, "null_count."),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda file: file.path))


def _rows(row: Mapping[str, Any], folder: Folder) -> int:
    if row["num_records"] is not None:
        return int(row["num_records"])
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as scratch:  # written by others, without statistics
        copy = Path(scratch, "rows.parquet")
        try:
            folder.fetch(row["path"], copy)
        except FileNotFoundError:
            return 0
        return int(pq.read_metadata(copy).num_rows)


def _schema(columns: Sequence[Column]) -> Schema:
    """Delta schema of columns. All are nullable: that values are there is for the contract's checks."""
    lower = [column.name.lower() for column in columns]
    if twice := sorted({name for name in lower if lower.count(name) > 1}):
        raise Invalid(f"column {twice[0]} is there twice", hint="Names that differ only in case are one name.")
    fields = [
        {"name": c.name, "type": types.delta_type(c.type), "nullable": True, "metadata": {_SPELLING: c.type}}
        for c in columns
    ]
    return Schema.from_json(json.dumps({"type": "struct", "fields": fields}))


def _spelt(field: Mapping[str, Any]) -> str:
    return str(field["metadata"].get(_SPELLING) or types.duck_type(field["type"]))


def _statistics_columns(handle: DeltaTable) -> list[str]:
    text = handle.metadata().configuration.get(_STATISTICS) or ""
    return [found[2] or found[1].replace("``", "`") for found in _LISTED.finditer(text)]


def _listed(names: Sequence[str]) -> str:
    """Names as Delta wants them in a list: quoted where they are not plain."""
    return ",".join(name if name.isidentifier() else "`" + name.replace("`", "``") + "`" for name in names)
