"""SQLite through ADBC. A column's values may be of any type there, so what is not clean comes as exact text.

The driver guesses a column's type from the first rows and fails on a later one that differs; a first row of ours, made
of constants of the wanted types, decides it and is dropped again. Affinities: https://www.sqlite.org/datatype3.html.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from weft.connectors.sql.database import Selected, Shape, quoted
from weft.connectors.sql.errors import translated
from weft.connectors.sql.look_back import earlier
from weft.errors import Invalid
from weft.model import DiscoveredColumn, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

_BATCH_ROWS = "32768"
_WAIT = 5_000
"""Milliseconds until a lock of somebody else is told."""
_FIRST = {"integer": "0", "real": "0.5", "text": "''"}
_TABLE = re.compile(r'"(?:[^"]|"")*"')
_EXACT_FLOATS = 2**53


class Sqlite:
    """One connection to a file, read only, in one transaction.

    Args:
        path: the file.
        shown: the database for messages.

    Raises:
        Invalid: there is no such file.
    """

    def __init__(self, path: Path, shown: str) -> None:
        if not path.is_file():
            raise Invalid(
                f"there is no file for {shown}", hint="'url' of the source is sqlite:///path, from the mesh's folder."
            )
        from adbc_driver_sqlite import dbapi

        self._shown = shown
        self.cursors = SqliteCursors()
        with translated(shown):
            self._connection = dbapi.connect(f"file:{quote(str(path.absolute()))}?mode=ro")
            self._cursor = self._connection.cursor()
        try:
            self._cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": _BATCH_ROWS})
            self.rows(f"PRAGMA busy_timeout = {_WAIT}")
            self.rows("SELECT count(*) FROM sqlite_master")  # opens the file and the transaction
        except BaseException:
            self.close()
            raise

    def tables(self, schema: str) -> tuple[StreamInfo, ...]:  # noqa: ARG002 - SQLite has one
        """Tables and views."""
        names = self.rows(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'"
            " ORDER BY name"
        )
        return tuple(self._info(name, kind) for name, kind in names)

    def _info(self, name: str, kind: str) -> StreamInfo:
        rows = self.rows('SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1', (name,))
        return StreamInfo(
            name=name,
            columns=tuple(DiscoveredColumn(name=n, type=t, nullable=not (need or pk)) for n, t, need, pk in rows),
            key=tuple(n for _, n in sorted((pk, n) for n, _, _, pk in rows if pk)),
            kind=kind,
        )

    def relation(self, schema: str, table: str) -> str:  # noqa: ARG002 - SQLite has one
        """`"table"`."""
        return quoted(table)

    def shape(self, relation: str) -> Shape:
        """Columns by their declared types; a query declares none, all it gives is text."""
        names = self._names(relation)
        declared = self._declared(relation)
        affinity = {n: _affinity(declared.get(n, "")) for n in names}
        clean = self._clean(relation, {n: a for n, a in affinity.items() if a in ("integer", "real")})
        return Shape(
            relation, tuple(Selected(n, _expression(n, affinity[n], clean), _type(n, affinity, clean)) for n in names)
        )

    def _names(self, relation: str) -> list[str]:
        with translated(self._shown):
            self._cursor.execute(f"SELECT * FROM {relation} AS _weft_rows LIMIT 0")
            names = [str(column[0]) for column in self._cursor.description or ()]
            self._cursor.fetchall()
        if len(set(names)) < len(names):
            raise Invalid("the stream has two columns of one name", hint="Name the columns of its 'query' apart.")
        return names

    def _declared(self, relation: str) -> dict[str, str]:
        if not _TABLE.fullmatch(relation):
            return {}
        name = relation[1:-1].replace('""', '"')
        return dict(self.rows("SELECT name, upper(type) FROM pragma_table_xinfo(?1)", (name,)))

    def _clean(self, relation: str, columns: dict[str, str]) -> set[str]:
        """Which numeric columns hold nothing but their type (one look at all rows)."""
        if not columns:
            return set()
        asked = []
        for name, affinity in columns.items():
            c = quoted(name)
            alien = f"typeof({c}) NOT IN ('null', 'integer')"
            if affinity == "real":
                alien = (
                    f"typeof({c}) NOT IN ('null', 'integer', 'real') OR "
                    f"(typeof({c}) = 'integer' AND {c} NOT BETWEEN -{_EXACT_FLOATS} AND {_EXACT_FLOATS})"
                )
            asked.append(f"coalesce(max({alien}), 0)")
        answer = self.rows(f"SELECT {', '.join(asked)} FROM {relation} AS _weft_rows")[0]
        return {name for name, alien in zip(columns, answer, strict=True) if not alien}

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """A small answer."""
        with translated(self._shown):
            self._cursor.execute(sql, tuple(values) or None)
            return list(self._cursor.fetchall())

    def stream(
        self, shape: Shape, clause: str, values: Sequence[Any] = ()
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Rows as Arrow, 32,768 at a time."""
        import pyarrow as pa

        arrow = {"integer": pa.int64(), "real": pa.float64(), "text": pa.string()}
        schema = pa.schema([pa.field(c.name, arrow[c.type]) for c in shape.columns])
        first = ", ".join(f"{_FIRST[c.type]} AS {quoted(c.name)}" for c in shape.columns)
        rest = f"SELECT {shape.select} FROM {shape.relation} AS _weft_rows {clause}"
        with translated(self._shown):
            self._cursor.execute(f"SELECT {first} UNION ALL SELECT * FROM ({rest})", tuple(values) or None)
            reader = self._cursor.fetch_record_batch()
        return schema, self._batches(reader, schema)

    def _batches(self, reader: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        start = 1
        with translated(self._shown):
            for batch in reader:
                good = pa.RecordBatch.from_arrays(batch.columns, schema=schema).slice(start)
                start = 0
                try:
                    good.validate(full=True)
                except pa.ArrowInvalid:
                    raise Invalid(
                        f"{self._shown} holds text that is not UTF-8",
                        hint="Give the stream a 'query' that casts it to BLOB.",
                    ) from None
                if good.num_rows:
                    yield good

    def close(self) -> None:
        """Disconnect."""
        self._cursor.close()
        self._connection.close()


class SqliteCursors:
    """Values keep their own types, so they are compared as they are."""

    def value(self, column: Selected, number: int) -> str:  # noqa: ARG002 - values have types of their own
        """`?1`, `?2`, ..."""
        return f"?{number}"

    def told(self, column: Selected, expression: str) -> str:  # noqa: ARG002 - values have types of their own
        """As it is."""
        return expression

    def proper(self, column: Selected) -> str:
        """Not null."""
        return f"{quoted(column.name)} IS NOT NULL"

    def minus(self, column: Selected, value: Any, back: str) -> Any:
        """Numbers, and ISO texts in their own style."""
        return earlier(column.name, value, back)


def _affinity(declared: str) -> str:
    """Integer and real where the declared type says so; numeric, text, blob and none come as text."""
    if "INT" in declared:
        return "integer"
    if any(word in declared for word in ("CHAR", "CLOB", "TEXT", "BLOB")):
        return "text"
    return "real" if any(word in declared for word in ("REAL", "FLOA", "DOUB")) else "text"


def _type(name: str, affinity: dict[str, str], clean: set[str]) -> str:
    return affinity[name] if name in clean else "text"


def _expression(name: str, affinity: str, clean: set[str]) -> str:
    c = quoted(name)
    if name in clean:
        return f"CAST({c} AS REAL)" if affinity == "real" else c
    real = f"CASE WHEN CAST(CAST({c} AS TEXT) AS REAL) = {c} THEN CAST({c} AS TEXT) ELSE printf('%!.17g', {c}) END"
    return (
        f"CASE typeof({c}) WHEN 'blob' THEN '\\x' || lower(hex({c})) WHEN 'real' THEN {real} ELSE CAST({c} AS TEXT) END"
    )
