"""Governed relations that are masked or filtered: streamed, or kept as files for the next question.

A kept file is named by table and digest of publication and obligations (`Governed.key`), so it is never wrong, only
unused; `shelf` takes the oldest use out first.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import threading
import uuid
from itertools import chain
from typing import TYPE_CHECKING, Any

from weft.engines.duck.answer import complain_of_feed
from weft.engines.duck.complaint import class_of
from weft.engines.duck.feed import Feed
from weft.engines.duck.masked import digests, governed_sql
from weft.engines.duck.shelf import Shelf
from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb
    import pyarrow as pa

    from weft.model import EngineSettings, Governed

MB = 1_000_000
_REPEATS = 8
"""A value that comes this often, on average, is worth a dictionary."""
ROW_GROUP = 122_880


class Kept:
    """Files of governed relations below one folder, and streams of them. Safe for threads and processes.

    Args:
        folder: where kept files lie; only the owner may read it.
        scratch: private folder for what the trusted side spills.
        settings: budget, memory and threads.
    """

    def __init__(self, folder: Path, scratch: Path, settings: EngineSettings) -> None:
        self.shelf = Shelf(folder, settings.kept * MB)
        self._spill = scratch / f"kept-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._settings = settings
        self._lock = threading.Lock()
        self._making: dict[Path, threading.Lock] = {}
        self._con: duckdb.DuckDBPyConnection | None = None
        self._later: queue.SimpleQueue[Governed | None] = queue.SimpleQueue()
        self._behind: threading.Thread | None = None
        self._writing: list[duckdb.DuckDBPyConnection] = []
        self._closed = False

    def feed(self, governed: Governed, columns: Sequence[str] | None) -> Feed:
        """A stream of the relation with only those columns (none = all)."""
        return Feed(self._connection().cursor(), governed, columns)

    def make(self, governed: Governed, seconds: float | None = None) -> Path:
        """Write the whole relation to its kept file, unless it is there.

        Raises:
            Unavailable: the time is over, or the disk is full.
            Broken: the relation's files cannot be read.
        """
        path = self.shelf.path(governed)
        with self._lock:
            making = self._making.setdefault(path, threading.Lock())
        if not making.acquire(timeout=-1 if seconds is None else seconds):
            raise Unavailable(_TOO_LONG, hint="Ask again later.")
        try:
            found = self.shelf.find(governed)
            if found is None:
                found = self._within(governed, path, seconds)
                self.shelf.trim(but=path)
            return found
        finally:
            making.release()

    def make_later(self, governed: Governed) -> None:
        """Write the file when there is time; a second wish for the same is none."""
        with self._lock:
            if self._closed:
                return
            if self._behind is None:
                self._behind = threading.Thread(target=self._work, name="weft-kept", daemon=True)
                self._behind.start()
        self._later.put(governed)

    def close(self) -> None:
        """Stop what is being written."""
        with self._lock:
            self._closed = True
        self._later.put(None)
        while self._behind is not None and self._behind.is_alive():
            with self._lock:
                writing = list(self._writing)
            for con in writing:
                with contextlib.suppress(Exception):
                    con.interrupt()
            self._behind.join(0.01)
        if self._con is not None:
            self._con.close()
            shutil.rmtree(self._spill, ignore_errors=True)

    def _within(self, governed: Governed, path: Path, seconds: float | None) -> Path:
        con = self._connection().cursor()
        with self._lock:
            self._writing.append(con)
        try:
            with _at_most(con, seconds):
                return _write(con, governed, path)
        finally:
            with self._lock:
                self._writing.remove(con)
            con.close()

    def _work(self) -> None:
        while (governed := self._later.get()) is not None and not self._closed:
            with contextlib.suppress(Exception):  # the next question tells
                self.make(governed)

    def _connection(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        with self._lock:
            if self._con is None:
                self._spill.mkdir(mode=0o700, parents=True, exist_ok=True)
                config: dict[str, Any] = {
                    "threads": str(self._settings.threads),
                    "memory_limit": f"{self._settings.landing_memory}MB",
                    "temp_directory": str(self._spill),
                    "python_enable_replacements": "false",
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                }
                self._con = duckdb.connect(":memory:", config=config)
                self._con.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
            return self._con


@contextlib.contextmanager
def _at_most(con: duckdb.DuckDBPyConnection, seconds: float | None) -> Iterator[None]:
    """Interrupt the connection when the time is over, again and again: DuckDB forgets an interrupt that comes early."""
    done = threading.Event()

    def watch() -> None:
        if not done.wait(seconds):
            while not done.wait(0.02):
                con.interrupt()

    watching = threading.Thread(target=watch, name="weft-kept-time", daemon=True)
    if seconds is not None:
        watching.start()
    try:
        yield
    finally:
        done.set()
        if seconds is not None:
            watching.join()


def _options(first: pa.RecordBatch | None) -> dict[str, Any]:
    """How Arrow writes what DuckDB reads fast (1.3 times): decimals as integers, dictionaries where values repeat."""
    named = [] if first is None else zip(first.schema.names, first.columns, strict=True)
    return {
        "compression": "zstd",
        "compression_level": 1,
        "store_decimal_as_integer": True,
        "use_dictionary": [name for name, column in named if _repeat(column)] or False,
    }


def _repeat(column: pa.Array) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return bool(pc.count_distinct(column).as_py() * _REPEATS <= len(column))
    except pa.ArrowNotImplementedError:  # nested ones
        return False


def _write(con: duckdb.DuckDBPyConnection, governed: Governed, path: Path) -> Path:
    """Write beside, then rename: a file is whole or not there, whoever else writes it.

    Arrow writes the file, at about the same cost: DuckDB 2.0 may hang for good when a `COPY ... TO` is interrupted.
    """
    import pyarrow.parquet as pq

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.parent.chmod(0o700)
    half = path.with_name(f".{path.stem}-{uuid.uuid4().hex}.tmp")
    half.touch(mode=0o600)
    try:
        reader = con.sql(governed_sql(governed, known=digests(con, governed))).to_arrow_reader(ROW_GROUP)
        first = next(iter(reader), None)
        with pq.ParquetWriter(half, reader.schema, **_options(first)) as writer:
            for batch in chain([] if first is None else [first], reader):
                writer.write_batch(batch, row_group_size=ROW_GROUP)
        half.replace(path)
    except Exception as error:  # noqa: BLE001 - DuckDB and Arrow and the disk, all told alike
        if class_of(type(error).__name__, str(error)) == "Interrupt":
            raise Unavailable(_TOO_LONG, hint="Ask again later.") from None
        raise complain_of_feed(error) from None
    finally:
        half.unlink(missing_ok=True)
    return path


_TOO_LONG = "Masking and filtering took longer than the question may."
