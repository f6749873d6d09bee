"""DuckDB files, through DuckDB itself: read only, locked, in one transaction.

Types: https://duckdb.org/docs/stable/sql/data_types/overview. What Arrow has no exact counterpart for comes as text.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from weft.connectors.sql.database import Selected, Shape, quoted
from weft.connectors.sql.look_back import earlier
from weft.errors import Invalid, Unavailable
from weft.model import DiscoveredColumn, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

_BATCH_ROWS = 32_768
_TEXT = re.compile(r"\b(HUGEINT|UHUGEINT|BIGNUM|VARINT|INTERVAL|UUID|BIT|ENUM|UNION|TIME WITH TIME ZONE|UBIGINT)\b")
"""Types that Arrow would round, cut or not know."""
_NESTED = re.compile(r"(STRUCT|MAP|UNION)\(|\[\d*\]\Z")
_BLOB = re.compile(r"BLOB\b")
_FLOATS = ("FLOAT", "DOUBLE", "REAL")
_CURSORS = re.compile(r"(TINY|SMALL|BIG|U|HUGE)*INT(EGER)?|DECIMAL|FLOAT|DOUBLE|DATE|TIMESTAMP|VARCHAR")


class Duck:
    """One connection to a file.

    Args:
        path: the file.
        shown: the database for messages.

    Raises:
        Invalid: there is no such file, or it is none of DuckDB or of a newer one.
        Unavailable: somebody else has it open to write.
    """

    def __init__(self, path: Path, shown: str) -> None:
        import duckdb

        if not path.is_file():
            raise Invalid(
                f"there is no file for {shown}", hint="'url' of the source is duckdb:///path, from the mesh's folder."
            )
        self._shown = shown
        self.cursors = DuckCursors()
        self._reader: pa.RecordBatchReader | None = None
        config: dict[str, Any] = {
            "threads": "1",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
        }
        with _translated(shown):
            self._connection = duckdb.connect(str(path), read_only=True, config=config)
        try:
            self.rows("SET TimeZone = 'UTC'")
            self.rows("SET enable_external_access = false")
            self.rows("SET lock_configuration = true")
            self.rows("BEGIN TRANSACTION")
        except BaseException:
            self.close()
            raise

    def tables(self, schema: str) -> tuple[StreamInfo, ...]:
        """Tables and views of the schema (main when none is named)."""
        place = (schema or "main",)
        columns: dict[str, list[DiscoveredColumn]] = {}
        for table, name, kind, nullable, comment in self.rows(
            "SELECT table_name, column_name, data_type, is_nullable, coalesce(comment, '') FROM duckdb_columns()"
            " WHERE database_name = current_database() AND schema_name = ? AND NOT internal"
            " ORDER BY table_name, column_index",
            place,
        ):
            columns.setdefault(table, []).append(
                DiscoveredColumn(name=name, type=kind, nullable=nullable, comment=comment)
            )
        keys = dict(
            self.rows(
                "SELECT table_name, constraint_column_names FROM duckdb_constraints()"
                " WHERE database_name = current_database() AND schema_name = ? AND constraint_type = 'PRIMARY KEY'",
                place,
            )
        )
        there = self.rows(
            "SELECT table_name, 'table', coalesce(comment, ''), estimated_size FROM duckdb_tables()"
            " WHERE database_name = current_database() AND schema_name = ?1 AND NOT internal UNION ALL"
            " SELECT view_name, 'view', coalesce(comment, ''), NULL FROM duckdb_views()"
            " WHERE database_name = current_database() AND schema_name = ?1 AND NOT internal ORDER BY 1",
            place,
        )
        return tuple(
            StreamInfo(
                name=name,
                columns=tuple(columns.get(name, ())),
                key=tuple(keys.get(name, ())),
                comment=comment,
                rows=rows,
                kind=kind,
            )
            for name, kind, comment, rows in there
        )

    def relation(self, schema: str, table: str) -> str:
        """`"schema"."table"`."""
        return f"{quoted(schema or 'main')}.{quoted(table)}"

    def shape(self, relation: str) -> Shape:
        """Columns with the types that DuckDB finds for them."""
        found = self.rows(f"DESCRIBE SELECT * FROM {relation} AS _weft_rows")
        return Shape(relation, tuple(Selected(name, _expression(name, kind), kind) for name, kind, *_ in found))

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """A small answer."""
        with _translated(self._shown):
            return self._connection.execute(sql, list(values)).fetchall()

    def stream(
        self, shape: Shape, clause: str, values: Sequence[Any] = ()
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Rows as Arrow, 32,768 at a time."""
        sql = f"SELECT {shape.select} FROM {shape.relation} AS _weft_rows {clause}"
        with _translated(self._shown):
            self._end()
            reader = self._reader = self._connection.sql(sql, params=list(values) or None).to_arrow_reader(_BATCH_ROWS)
        return reader.schema, self._batches(reader)

    def _batches(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        with _translated(self._shown):
            yield from reader

    def close(self) -> None:
        """Disconnect."""
        self._end()
        self._connection.close()

    def _end(self) -> None:
        """End the stream: one that is left keeps the file open, and opening it again would wait for ever."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


class DuckCursors:
    """Values go to DuckDB as text, and it compares them in the column's own type."""

    def value(self, column: Selected, number: int) -> str:
        """The number-th value, cast."""
        _may(column)
        return f"CAST(CAST(${number} AS VARCHAR) AS {column.type})"

    def told(self, column: Selected, expression: str) -> str:
        """Exact text; whole numbers as they are."""
        _may(column)
        return expression if re.match(r"(TINY|SMALL|BIG)?INT", column.type) else f"CAST({expression} AS VARCHAR)"

    def proper(self, column: Selected) -> str:
        """Not null, not infinite, not NaN."""
        name = quoted(column.name)
        bounded = column.type.startswith(("TIMESTAMP", "DATE", *_FLOATS))
        return f"{name} IS NOT NULL" + (f" AND isfinite({name})" if bounded else "")

    def minus(self, column: Selected, value: Any, back: str) -> Any:
        """Numbers and ISO times; a decimal by the exact number."""
        if column.type.startswith("DECIMAL") and back.replace(".", "", 1).isdigit():
            from decimal import Decimal

            return str(Decimal(str(value)) - Decimal(back))
        return earlier(column.name, value, back)


def _may(column: Selected) -> None:
    if not _CURSORS.match(column.type) or _NESTED.search(column.type):
        raise Invalid(
            f"the column '{column.name}' is {column.type}, it cannot be a cursor",
            hint="Take a number, a date, a time stamp or a text that only grows.",
        )


def _expression(name: str, kind: str) -> str:
    c = quoted(name)
    if _NESTED.search(kind):
        return f"CAST(to_json({c}) AS VARCHAR)" if _TEXT.search(kind) or _BLOB.search(kind) else c
    if _BLOB.match(kind):
        return f"'\\x' || lower(hex({c}))"
    return f"CAST({c} AS VARCHAR)" if _TEXT.match(kind) or kind == "JSON" else c


@contextmanager
def _translated(shown: str) -> Iterator[None]:
    """Turn what DuckDB raises into Invalid or Unavailable; no values of rows."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        raise _told(type(error).__name__, str(error), shown) from None


def _told(kind: str, text: str, shown: str) -> Invalid | Unavailable:
    if "lock" in text and "Conflicting" in text:
        return Unavailable(
            f"{shown} is open to somebody who writes to it", hint="Run again, or read from a copy of the file."
        )
    if "not a valid DuckDB database file" in text or "Corrupt" in text:
        return Invalid(f"{shown} is not a complete DuckDB database", hint="Fetch it again, or name another file.")
    if "newer version" in text or "storage version" in text or "version number" in text:
        return Invalid(f"{shown} was written by another version of DuckDB", hint="Export it with that version.")
    if kind in {"CatalogException", "BinderException", "ParserException", "PermissionException"}:
        said = " ".join(text.split("\n\nLINE ", 1)[0].partition(" Error: ")[2].split("\n")[0].split())
        return Invalid(
            f"{shown} refused the question: {said}", hint="Look at 'table', 'query' and 'cursor' of the stream."
        )
    if kind in {"ConversionException", "OutOfRangeException"} or "Conversion Error" in text:
        return Invalid(
            f"{shown} failed on the data that the question saw",
            hint="Look for casts and divisions in 'query' of the stream; the value itself is not shown.",
        )
    return Unavailable(f"{shown} stopped answering ({kind})", hint="Look at the file, then run again.")
