"""The account's rows as they are now, in SQLite: SuiteQL runs on them."""

from __future__ import annotations

import random
import sqlite3
import threading
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weft_vendors.netsuite.tables import Table

_ORACLE = (
    ("YYYY", "%Y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("HH24", "%H"),
    ("MI", "%M"),
    ("SS", "%S"),
)
_AFFINITY = {"int": "INTEGER", "ref": "INTEGER", "num": "NUMERIC"}


def python_format(oracle: str) -> str:
    """An Oracle date format as one of `strftime`; formats that already are one stay."""
    for theirs, ours in _ORACLE:
        oracle = oracle.replace(theirs, ours)
    return oracle


def moment(text: str) -> datetime:
    """The stored text of a date or date-time as a value."""
    return datetime.fromisoformat(text)


def _to_char(value: Any, form: str | None = None) -> str | None:
    if value is None or form is None:
        return None if value is None else str(value)
    return moment(str(value)).strftime(python_format(form))


def _to_date(text: str | None, form: str) -> str | None:
    if text is None:
        return None
    stamp = datetime.strptime(text, python_format(form))  # noqa: DTZ007  (the account's local time)
    return stamp.date().isoformat() if "%H" not in python_format(form) else stamp.isoformat(" ")


def _trunc(value: str | None) -> str | None:
    return None if value is None else value[:10]


def _short_date(value: str | None, form: str) -> str | None:
    """A bare date or date-time in a SELECT: the account's date format, the time is lost."""
    if value is None:
        return None
    day = date.fromisoformat(value[:10])
    return (
        form.replace("YYYY", f"{day.year:04}")
        .replace("MM", f"{day.month:02}")
        .replace("DD", f"{day.day:02}")
        .replace("M", str(day.month))
        .replace("D", str(day.day))
    )


class Store:
    """Tables in memory; one lock, since SQLite's connection is shared by the server's threads."""

    def __init__(self, tables: Mapping[str, Table], seed: int) -> None:
        self.tables = dict(tables)
        self.lock = threading.RLock()
        self._random = random.Random(seed)  # noqa: S311  (order, not secrets)
        self._sql = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._sql.row_factory = sqlite3.Row
        self._sql.execute("PRAGMA case_sensitive_like = ON")
        for name, arity, function in (
            ("ns_to_char", -1, _to_char),
            ("ns_to_date", 2, _to_date),
            ("ns_trunc", 1, _trunc),
            ("ns_short", 2, _short_date),
        ):
            self._sql.create_function(name, arity, function, deterministic=True)
        self._sql.create_function("ns_shuffle", 0, self._random.random)
        self._sql.create_function("ns_df", 2, self._display)
        for table in self.tables.values():
            self._create(table)

    def _create(self, table: Table) -> None:
        columns = [f'"{c.name}" {_AFFINITY.get(c.type, "TEXT")}' for c in table.columns.values()]
        if len(table.key) == 1:
            columns = [c + " PRIMARY KEY" if c.startswith(f'"{table.key[0]}"') else c for c in columns]
        elif table.key:
            columns.append("PRIMARY KEY (" + ", ".join(f'"{k}"' for k in table.key) + ")")
        self._sql.execute(f'CREATE TABLE "{table.name}" ({", ".join(columns)})')
        if table.modified:
            self._sql.execute(f'CREATE INDEX "{table.name}_modified" ON "{table.name}" ("{table.modified}")')
        if "transaction" in table.columns:
            self._sql.execute(f'CREATE INDEX "{table.name}_of" ON "{table.name}" ("transaction")')

    def _display(self, table: str, key: Any) -> str | None:
        names = [
            n
            for n in ("fullname", "companyname", "name", "entityid", "tranid", "periodname")
            if n in self.tables[table].columns
        ]
        found = self._sql.execute(f'SELECT {", ".join(names)} FROM "{table}" WHERE id = ?', [key]).fetchone()
        return next((str(v) for v in found if v is not None), None) if found else None

    def put(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows, new or in place of those of the same key."""
        columns = list(self.tables[table].columns)
        marks = ", ".join("?" for _ in columns)
        names = ", ".join(f'"{c}"' for c in columns)
        with self.lock:
            self._sql.executemany(
                f'INSERT OR REPLACE INTO "{table}" ({names}) VALUES ({marks})',
                ([row.get(c) for c in columns] for row in rows),
            )

    def delete(self, table: str, where: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Takes away the rows that have these values; gives them."""
        clause = " AND ".join(f'"{c}" = ?' for c in where)
        with self.lock:
            gone = self.rows(f'SELECT * FROM "{table}" WHERE {clause}', list(where.values()))
            self._sql.execute(f'DELETE FROM "{table}" WHERE {clause}', list(where.values()))
        return gone

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """What a statement of SQLite gives."""
        with self.lock:
            return [dict(row) for row in self._sql.execute(sql, parameters)]

    def count(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """How many rows a SELECT gives."""
        with self.lock:
            return int(self._sql.execute(f"SELECT count(*) FROM ({sql})", parameters).fetchone()[0])
