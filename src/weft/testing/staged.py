"""Data files for tests of stores, written as an engine writes them."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from weft.model import Commit, DataFile, Place, TableName, Transaction

if TYPE_CHECKING:
    from weft.model import Snapshot
    from weft.seams import TableStore


def place(name: str = "sales.pipeline.deals", part: Any = "table") -> Place:
    """Where a table of that name lies."""
    return Place(name=TableName.parse(name), part=part)


def stage(store: TableStore, at: Place, sql: str) -> DataFile:
    """Write what the SELECT gives to one staged file, with the statistics that DuckDB tells."""
    path = Path(store.staging(at), f"{uuid.uuid4().hex}.parquet")
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        into = str(path).replace("'", "''")
        engine.execute(f"COPY ({sql}) TO '{into}' (FORMAT parquet, COMPRESSION zstd, RETURN_STATS)")
        ((_, rows, size, _, told, *_),) = engine.fetchall()
    found = {name[1:-1].replace('""', '"'): part for name, part in told.items() if '"."' not in name}
    return DataFile(
        path=str(path),
        bytes=size,
        rows=rows,
        minimum={name: part["min"] for name, part in found.items() if "min" in part},
        maximum={name: part["max"] for name, part in found.items() if "max" in part},
        nulls={name: int(part["null_count"]) for name, part in found.items()},
    )


def put(store: TableStore, base: Snapshot, sql: str, *, sequence: int = 0, **settings: Any) -> Snapshot:
    """Stage one file and commit it; `sequence` is that of the app `weft:<table>`, with the run `r<sequence>`."""
    told = {"run": f"r{sequence}", **settings}
    if sequence:
        told["transaction"] = Transaction(app=f"weft:{base.place.name.key}", sequence=sequence)
    return store.commit(base, Commit(place=base.place, add=(stage(store, base.place, sql),), **told))


def read(snapshot: Snapshot, sql: str = "SELECT * FROM t ORDER BY ALL") -> list[tuple[Any, ...]]:
    """Rows of a snapshot's files (as `t`) by DuckDB; those of a bucket are fetched."""
    if not snapshot.paths:
        return []
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        files = ", ".join("'" + path.replace("'", "''") + "'" for path in _local(snapshot, Path(scratch)))
        engine.execute(f"CREATE VIEW t AS SELECT * FROM read_parquet([{files}], union_by_name = true)")
        return list(engine.execute(sql).fetchall())


def _local(snapshot: Snapshot, scratch: Path) -> list[str]:
    if "://" not in snapshot.root:
        return list(snapshot.paths)
    for file in snapshot.files:
        snapshot.handle.folder.fetch(file.path, scratch / file.path)
    return [str(scratch / file.path) for file in snapshot.files]
