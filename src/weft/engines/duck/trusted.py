"""Connections of the trusted side: fresh for each piece of work, holding only what it names, locked before it runs.

Small reads whose SQL is our own share an instance; their views go with the connection of each.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from weft.engines.duck.faults import stream_broke, told
from weft.engines.duck.masked import governed_sql
from weft.engines.duck.relation import paths, render
from weft.engines.duck.text import listed, quoted
from weft.errors import WeftError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb
    import pyarrow as pa

    from weft.model import Governed, Relation

_THREE = 3
_SETTINGS = "SET TimeZone = 'UTC'; SET enable_progress_bar = false"
"""Of each connection."""


def _no_kept(governed: Governed) -> Path:
    raise ValueError(f"{governed.name} is masked, and nothing is kept here")


class Session(Struct, eq=False):
    """One DuckDB instance. Make its views, then `lock` it, then ask."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    """Private; gone with the session."""
    files: dict[str, str] = field(default_factory=dict)
    """Files that it may read, with the names to call them by."""
    memory: int = 0
    kept: Callable[[Governed], Path] = _no_kept
    """Makes the kept file of a masked relation."""
    found: dict[Any, Any] = field(default_factory=dict)
    """What was found out about files; shared by the sessions of a desk."""
    owned: dict[str, str] = field(default_factory=dict)
    """Views with SQL of an owner, by name; made once all is locked."""
    broke: list[Exception] = field(default_factory=list)
    """Why a stream that is read ended early."""
    passing: bool = False
    """Its views go with its connection, since others share the instance."""

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Execute one statement; all its rows."""
        with self.told():
            return self.con.execute(sql).fetchall()

    def table(self, sql: str) -> pa.Table:
        """All rows of a SELECT."""
        with self.told():
            return self.con.sql(sql).to_arrow_table()

    def reader(self, sql: str, rows: int = 16_384) -> pa.RecordBatchReader:
        """Rows of a SELECT as they come."""
        with self.told():
            return self.con.sql(sql).to_arrow_reader(rows)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Errors of DuckDB as ours; one of a stream that is read, as it was raised there."""
        try:
            with told(self.files, memory=self.memory):
                yield
        except WeftError as error:
            if not self.broke:
                raise
            first = self.broke[0]
            raise first if isinstance(first, WeftError) else stream_broke(first) from error

    def stream(self, name: str, reader: pa.RecordBatchReader) -> None:
        """Put an Arrow stream behind a name; it can be read once."""
        import pyarrow as pa

        with self.told():
            batches = self._watched(reader)
            self.con.register(name, pa.RecordBatchReader.from_batches(reader.schema, batches))

    def _watched(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except Exception as error:
            self.broke.append(error)
            raise

    def view(self, name: str, sql: str, files: Mapping[str, str]) -> None:
        """Put SQL over those files behind a name of one part, or of three (`domain.product.table`)."""
        self.files.update(files)
        if len(parts := name.split(".")) == _THREE:
            catalog, schema, _ = map(quoted, parts)
            if parts[0].lower() not in {
                row[0].lower() for row in self.run("SELECT database_name FROM duckdb_databases()")
            }:
                self.run(f"ATTACH ':memory:' AS {catalog}")
            self.run(f"CREATE SCHEMA IF NOT EXISTS {catalog}.{schema}")
            self.run(f"CREATE VIEW {'.'.join(map(quoted, parts))} AS {sql}")
        else:
            self.run(f"CREATE {'TEMP ' if self.passing else ''}VIEW {quoted(name)} AS {sql}")

    def relate(self, relations: Mapping[str, Relation]) -> None:
        """Views of relations, by name."""
        for name, relation in relations.items():
            self.view(name, render(relation), dict.fromkeys(paths(relation), name))

    def govern(self, governed: Sequence[Governed]) -> None:
        """Views of what one actor may see. What is masked lies in a kept file, so that no view tells how."""
        for each in governed:
            if each.whole:
                sql = render(each.relation, columns=[c.name for c in each.columns])
                self.view(each.name, sql, dict.fromkeys(paths(each.relation), each.name))
            else:
                path = str(self.kept(each))
                self.view(
                    each.name, f"FROM read_parquet({listed([path])}, hive_partitioning = false)", {path: each.name}
                )

    def lock(self, folders: Sequence[str] = ()) -> None:
        """From here on: those files may be read, those folders written, nothing else, and no setting changes."""
        self.run(f"SET allowed_paths = {listed((*self.files, *folders))}")
        self.run(f"SET allowed_directories = {listed(f'{folder}/' for folder in (*folders, str(self.folder)))}")
        self.run("SET enable_external_access = false; SET lock_configuration = true")
        for name, sql in self.owned.items():
            self.run(f"CREATE VIEW {quoted(name)} AS {sql}")


class Desk(Struct, frozen=True, eq=False):
    """Opens sessions with the limits of this machine."""

    scratch: Path
    memory: int
    """MB of DuckDB's buffers."""
    threads: int
    kept: Callable[[Governed], Path] = _no_kept
    """Makes the kept file of a masked relation."""
    found: dict[Any, Any] = field(default_factory=dict)
    """What was found out about files."""
    _shared: list[Session] = field(default_factory=list)
    """The session whose instance small reads share, once there is one."""
    _sharing: list[Session] = field(default_factory=list)
    """Small reads that are at it."""
    _making: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def share(self) -> Iterator[Session]:
        """A session of an instance that is kept: to make one costs more than a small read. It cannot be locked."""
        with self._making:
            if not self._shared:
                self._shared.append(self.start())
                self._shared[0].run("SET enable_external_file_cache = false")  # what was read is not to stay in memory
            kept = self._shared[0]
            session = replace(kept, con=kept.con.cursor(), files={}, broke=[], passing=True)
            self._sharing.append(session)
        try:
            session.con.execute(_SETTINGS)
            yield session
        finally:
            session.con.close()
            with self._making:
                self._sharing.remove(session)

    def close(self) -> None:
        """End the instance that is kept."""
        with self._making:
            while self._shared:
                finish(self._shared.pop())

    @contextmanager
    def open(self, *, ordered: bool = True, threads: int = 0, over: bool = False) -> Iterator[Session]:
        """A session; closed and its folder removed at the end.

        Args:
            ordered: rows keep the order in which they are read.
            threads: 0 = those of the desk.
            over: may take over the instance that small reads share, while there are none; a later one makes another.
        """
        taken = self._idle() if over else None
        session = taken or self.start(ordered=ordered, threads=threads)
        try:
            if taken is not None:
                session.run(
                    f"SET threads = {threads or self.threads}; SET preserve_insertion_order = {str(ordered).lower()}; "
                    "SET enable_external_file_cache = true"
                )
            yield session
        finally:
            finish(session)

    def _idle(self) -> Session | None:
        with self._making:
            return self._shared.pop() if self._shared and not self._sharing else None

    def start(self, *, ordered: bool = True, threads: int = 0) -> Session:
        """A session that the caller ends with `finish`."""
        import duckdb

        self.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(tempfile.mkdtemp(prefix="engine-", dir=self.scratch)).resolve()
        config: dict[str, Any] = {
            "memory_limit": f"{self.memory}MB",
            "threads": str(threads or self.threads),
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": "true" if ordered else "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
        }
        with told({}):
            con = duckdb.connect(":memory:", config=config)
            con.execute(_SETTINGS)
        return Session(con=con, folder=folder, memory=self.memory, kept=self.kept, found=self.found)


def finish(session: Session) -> None:
    """Close a session and remove what it left."""
    session.con.close()
    shutil.rmtree(session.folder, ignore_errors=True)


def query(desk: Desk, sql: str, relations: Mapping[str, Relation], *, locked: bool) -> pa.Table:
    """Rows of a small read over relations.

    Args:
        desk: opens the session.
        sql: one SELECT; an owner's when `locked`.
        relations: what it names.
        locked: nothing but those relations can be reached.
    """
    with desk.open() if locked or any("." in name for name in relations) else desk.share() as session:
        session.relate(relations)
        if locked:
            session.lock()
        return session.table(sql)


def rows(desk: Desk, governed: Governed) -> pa.RecordBatchReader:
    """Governed rows as a stream; the session ends with it."""
    import pyarrow as pa

    session = desk.start()
    try:
        session.files.update(dict.fromkeys(paths(governed.relation), governed.name))
        session.lock()
        reader = session.reader(governed_sql(governed))
    except BaseException:
        finish(session)
        raise
    return pa.RecordBatchReader.from_batches(reader.schema, _until_read(session, reader))


def _until_read(session: Session, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        with session.told():
            yield from reader
    finally:
        finish(session)
