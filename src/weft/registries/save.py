"""A registry saved into a SQLite file while others work with it, and brought back from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from weft.registries import sqlite
from weft.registries.failures import told
from weft.registries.journal import SqlJournal
from weft.registries.move import TABLES, Place, copy_rows
from weft.registries.schema import cursors, leases
from weft.registries.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

_WAIT = 30.0
_KEY = ("app", "sequence", "run")


def save(source: Place, into: Path) -> int:
    """Write one state of the registry to a SQLite file, without leases; returns how many events it holds.

    Raises:
        Broken: the journal is not as it was written.
        Unavailable: the database does not answer.
    """
    into.unlink(missing_ok=True)
    reading = source.open()
    try:
        if reading.dialect.name == "sqlite":
            sqlite.copy(sqlite.file_of(reading.url), into)
            writing = Place(f"sqlite:///{into}").open()
        else:
            writing = Place(f"sqlite:///{into}").open()
            with told(_WAIT), reading.connect() as old, old.begin(), _written(writing) as new:
                for table in TABLES:
                    copy_rows(old, new, table)
                new.commit()
    finally:
        reading.dispose()
    try:
        with told(_WAIT), _written(writing) as new:
            new.execute(delete(leases))
            count = SqlJournal(Session(new, write=True)).verify()
            new.commit()
        return count
    finally:
        _close(writing, into)


def add_cursors(source: Place, into: Path) -> None:
    """Add the intents that were written since: tables that are copied later hold commits that need them."""
    reading, writing = source.open(), Place(f"sqlite:///{into}").open()
    try:
        with told(_WAIT), reading.connect() as old, old.begin(), _written(writing) as new:
            there = {tuple(row) for row in new.execute(select(cursors))}
            rows = old.execute(select(cursors)).all()
            fresh = [row._asdict() for row in rows if tuple(row) not in there]
            for row in fresh:
                new.execute(delete(cursors).where(*(cursors.c[name] == row[name] for name in _KEY)))
                new.execute(insert(cursors), row)
            new.commit()
    finally:
        reading.dispose()
        _close(writing, into)


def _written(engine: Engine) -> Connection:
    connection = engine.connect().execution_options(weft_write=True)
    connection.begin()
    return connection


def _close(engine: Engine, file: Path) -> None:
    """One file is left, without SQLite's files beside it."""
    engine.dispose()
    sqlite.settle(file)
