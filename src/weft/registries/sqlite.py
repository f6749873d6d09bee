"""How weft opens a SQLite registry."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event

from weft.errors import Invalid

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

_THREADS = 40
"""Connections that may be open at once."""
_MAKING = threading.Lock()


def file_of(url: URL) -> Path:
    """The database's file.

    Raises:
        Invalid: no file is named (SQLite in memory), or the URL holds settings.
    """
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise Invalid(
            "the registry's URL names no file",
            hint="Write sqlite:///PATH; a path that starts with / makes four slashes.",
        )
    if url.query:
        raise Invalid(
            f"the registry's URL has settings that SQLite registries do not take: {', '.join(sorted(url.query))}",
            hint="Write sqlite:///PATH only.",
        )
    return Path(url.database)


def connect(url: URL, wait: float) -> Engine:
    """An engine over that file, made with mode 0600 if it is missing."""
    path = file_of(url)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path)
    except OSError as error:
        raise Invalid(
            f"the registry's file cannot be opened: {error.strerror}",
            hint=f"Check the path and permissions of {url.database}.",
        ) from error
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": wait},
        hide_parameters=True,
        max_overflow=_THREADS,
        pool_timeout=wait,
    )
    event.listen(engine, "connect", lambda connection, _record: _settle(connection, wait))
    event.listen(engine, "begin", _begin)
    return engine


def _make(path: Path) -> None:
    """An empty file, unless there is one.

    A file that is there is never opened here: closing any descriptor of it takes away the locks that this process's
    connections hold (POSIX), and then another process takes itself for the last one and deletes the log under them.
    """
    with _MAKING, suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def copy(source: Path, target: Path) -> None:
    """Copy a live database, with mode 0600; the target is there whole or not at all."""
    half = target.with_name(target.name + ".tmp")
    half.unlink(missing_ok=True)
    os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    reader, writer = sqlite3.connect(source), sqlite3.connect(half)
    try:
        reader.backup(writer)
    finally:
        writer.close()
        reader.close()
    half.replace(target)


def settle(path: Path) -> None:
    """Have a database that nobody uses be one file."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()


def _settle(connection: Any, wait: float) -> None:
    """Settings of one connection. Transactions are begun by `_begin`, not by Python's driver."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # FULL: an intent that a power cut takes away while its commit stays would lose the cursor
    connection.execute("PRAGMA synchronous = FULL")
    until = time.monotonic() + wait
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:  # changing the mode does not wait for others by itself
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(0.01)
    if mode != "wal":
        raise Invalid(
            f"the registry's folder does not carry SQLite's write-ahead log (it stays in mode '{mode}')",
            hint="Put the registry on a local disk, or use PostgreSQL.",
        )


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("weft_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
