"""What a simulator ever changed and served, append-only in SQLite; the truth that a copy is held against."""

from __future__ import annotations

import json
import sqlite3
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

Row = dict[str, Any]
"""A record: JSON values by field."""

_TABLES = """
CREATE TABLE IF NOT EXISTS change (
  seq INTEGER PRIMARY KEY, object TEXT, id TEXT, version INTEGER, at TEXT,
  op TEXT CHECK (op IN ('put', 'delete')), row TEXT);
CREATE TABLE IF NOT EXISTS request (number INTEGER PRIMARY KEY, at TEXT, method TEXT, path TEXT, status INTEGER);
CREATE TABLE IF NOT EXISTS served (request INTEGER, object TEXT, id TEXT, version INTEGER);
"""


class Ledger:
    """Append-only: changes, requests, and which version of which record each request was answered with.

    The newest rows are kept in memory besides, in the order of their first change; they must not be altered in place.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.lock = RLock()
        """Held while a request is answered, so that a change from another thread is before or after it."""
        self._rows: dict[str, dict[str, Row]] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _TABLES)
        for object_, id_, version, op, row in self._db.execute(
            "SELECT object, id, version, op, row FROM change ORDER BY seq"
        ):
            self._keep(object_, id_, json.loads(row) if op == "put" else None)
            self._versions[object_, id_] = version
        self._number: int = self._db.execute("SELECT coalesce(max(number), 0) FROM request").fetchone()[0]

    def put(self, object_: str, rows: Mapping[str, Row], at: datetime) -> None:
        """Inserts or updates records by id, in one transaction."""
        self._write(object_, rows.items(), at)

    def delete(self, object_: str, ids: Iterable[str], at: datetime) -> None:
        """Removes records for good; a record that can be restored is one with a mark of the vendor's own."""
        self._write(object_, ((i, None) for i in ids), at)

    def rows(self, object_: str) -> dict[str, Row]:
        """The records there are now, by id. Not a copy."""
        return self._rows.setdefault(object_, {})

    def truth(self, object_: str) -> dict[str, Row]:
        """The records there are now, by id."""
        with self.lock:
            return {i: dict(row) for i, row in self.rows(object_).items()}

    def request(self, at: datetime, method: str, path: str) -> int:
        """Notes a request; its number."""
        with self.lock:
            self._number += 1
            self._db.execute(
                "INSERT INTO request VALUES (?, ?, ?, ?, NULL)", (self._number, at.isoformat(), method, path)
            )
            return self._number

    def answered(self, request: int, status: int) -> None:
        """Notes how a request ended."""
        with self.lock:
            self._db.execute("UPDATE request SET status = ? WHERE number = ?", (status, request))

    def served(self, request: int, object_: str, ids: Iterable[str]) -> None:
        """Notes which records a request was answered with, in their version of now."""
        with self.lock:
            rows = [(request, object_, i, self._versions.get((object_, i))) for i in ids]
            _many(self._db, "INSERT INTO served VALUES (?, ?, ?, ?)", rows)

    def ask(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Any question to the tables `change`, `request` and `served`."""
        with self.lock:
            return self._db.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Closes the file."""
        with self.lock:
            self._db.close()

    def _write(self, object_: str, rows: Iterable[tuple[str, Row | None]], at: datetime) -> None:
        with self.lock:
            time, changes = at.isoformat(), []
            for id_, row in rows:
                version = self._versions.get((object_, id_), 0) + 1
                self._versions[object_, id_] = version
                self._keep(object_, id_, row)
                text = None if row is None else json.dumps(row, ensure_ascii=False)
                changes.append((object_, id_, version, time, "delete" if row is None else "put", text))
            _many(self._db, "INSERT INTO change (object, id, version, at, op, row) VALUES (?, ?, ?, ?, ?, ?)", changes)

    def _keep(self, object_: str, id_: str, row: Row | None) -> None:
        kept = self.rows(object_)
        if row is None:
            kept.pop(id_, None)
        else:
            kept[id_] = row


def _many(db: sqlite3.Connection, sql: str, rows: list[tuple[Any, ...]]) -> None:
    """All of it in one transaction."""
    db.execute("BEGIN")
    try:
        db.executemany(sql, rows)
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
