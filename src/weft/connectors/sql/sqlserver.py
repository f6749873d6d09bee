"""SQL Server over ODBC, with the Arrow reader arrow-odbc: Microsoft's driver, or FreeTDS.

A reader of ODBC has a buffer for every column, and what is longer may be cut without a word. So the longest text is
asked for first, in the same snapshot, and a text that fills its buffer is an error: `docs/decisions/0004-databases.md`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft.connectors.sql import sqlserver_types
from weft.connectors.sql.database import Selected, Shape, filled, place, quoted
from weft.connectors.sql.postgres_catalog import stream_infos
from weft.connectors.sql.sqlserver_errors import Driverless, longer, translated
from weft.connectors.sql.typed_cursors import TypedCursors
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from weft.connectors.sql.target import Target
    from weft.model import StreamInfo

_PORT = 1433
_ROWS = 32_768
_BYTES = 32 * 1024 * 1024
_SHORT = 8_192
"""Bytes of a text in a small answer."""
_UNIT = 3
"""Bytes of UTF-8 for each byte of UTF-16 at most."""
_DRIVERS = ("ODBC Driver 18 for SQL Server", "ODBC Driver 17 for SQL Server", "FreeTDS")
_TLS = {
    "disable": ("Encrypt=no", "Encryption=off"),
    "require": ("Encrypt=yes;TrustServerCertificate=yes", "Encryption=require"),
    "verify-full": ("Encrypt=yes;TrustServerCertificate=no", ""),
}
_SNAPSHOT = "SELECT snapshot_isolation_state, is_read_only FROM sys.databases WHERE name = DB_NAME()"
_BEGIN = "SET NOCOUNT ON; SET QUOTED_IDENTIFIER ON; SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION"
_NAMED = f"WHERE s.name = COALESCE(NULLIF({place(1)}, N''), SCHEMA_NAME()) AND o.type IN ('U', 'V')"
_COLUMNS = """
FROM sys.objects o
JOIN sys.schemas s ON s.schema_id = o.schema_id
JOIN sys.columns c ON c.object_id = o.object_id
LEFT JOIN sys.types b ON b.user_type_id = c.system_type_id
LEFT JOIN sys.types u ON u.user_type_id = c.user_type_id
"""
_KIND = "COALESCE(b.name, u.name), c.precision, c.scale"
_TABLES = f"""
SELECT o.name, CASE o.type WHEN 'V' THEN 'v' ELSE 'r' END, CAST(t.value AS nvarchar(4000)), 0, NULL, c.name,
       CASE c.is_nullable WHEN 1 THEN 0 ELSE 1 END, CAST(d.value AS nvarchar(4000)), COALESCE(k.key_ordinal, -1),
       {_KIND}
{_COLUMNS}
LEFT JOIN sys.indexes i ON i.object_id = o.object_id AND i.is_primary_key = 1
LEFT JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.column_id = c.column_id
LEFT JOIN sys.extended_properties t ON t.major_id = o.object_id AND t.minor_id = 0 AND t.name = 'MS_Description'
LEFT JOIN sys.extended_properties d
  ON d.major_id = o.object_id AND d.minor_id = c.column_id AND d.name = 'MS_Description'
{_NAMED}
ORDER BY o.name, c.column_id
"""
_TABLE = f"""
SELECT c.name, {_KIND}
{_COLUMNS}
{_NAMED} AND o.name = {place(2)}
ORDER BY c.column_id
"""
_QUERY = f"""
SELECT name, system_type_name, error_message FROM sys.dm_exec_describe_first_result_set({place(1)}, NULL, 0)
WHERE is_hidden = 0 OR is_hidden IS NULL ORDER BY column_ordinal
"""
_RELATION = re.compile(r'(?:"((?:[^"]|"")*)"\.)?"((?:[^"]|"")*)"')


class SqlServer:
    """One connection in one transaction over a snapshot; what a query would write is rolled back.

    Args:
        target: the database.
        user: instead of the one in the URL.
        password: is not kept.
    """

    def __init__(self, target: Target, user: str, password: str) -> None:
        self._shown = target.shown
        self.cursors = TypedCursors(
            self.rows, sqlserver_types.comparison, "DATEADD(second, -CEILING({back} / 1000000.0), {})"
        )
        self._connection = _connected(target, user or target.user, password)
        self._snapshot()

    def _snapshot(self) -> None:
        state, read_only = self.rows(_SNAPSHOT)[0]
        if not (state == 1 or read_only):
            raise Invalid(
                f"{self._shown} allows no snapshots, so one read could not see one moment",
                hint="Its owner allows them: ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON. "
                "Or read a read-only replica.",
            )
        self.rows(_BEGIN)

    def tables(self, schema: str) -> tuple[StreamInfo, ...]:
        """Tables and views of one schema, with their descriptions."""
        rows = self.rows(_TABLES, (schema,))
        return stream_infos([(*row[:6], _kind(*row[9:]), *row[6:9]) for row in rows])

    def relation(self, schema: str, table: str) -> str:
        """`"schema"."table"`."""
        return f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)

    def shape(self, relation: str) -> Shape:
        """Columns of a table by the catalogue, of a query by what the server says of it without running it."""
        table = _RELATION.fullmatch(relation)
        if table:
            names = [(part or "").replace('""', '"') for part in table.groups()]
            found = [(name, _kind(*kind)) for name, *kind in self.rows(_TABLE, names)]
        else:
            found = [(name, kind) for name, kind, _ in self._described(f"SELECT * FROM {relation} AS _weft_rows")]
        if not found:
            raise Invalid(f"{self._shown} has no table or view {relation}", hint="Look at 'table' of the stream.")
        return Shape(relation, tuple(sqlserver_types.selected(name, kind) for name, kind in found))

    def _described(self, sql: str) -> list[tuple[Any, ...]]:
        found = self.rows(_QUERY, (sql,))
        if found and found[0][0] is None and found[0][2]:
            raise Invalid(
                f"{self._shown} refused the question: {found[0][2]}", hint="Look at 'query' and 'cursor' of the stream."
            )
        return found

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """A small answer."""
        with translated(self._shown):
            reader = self._connection.read_arrow_batches(
                filled(sql, values, _literal), batch_size=1_000, max_text_size=_SHORT, fetch_concurrently=False
            )
            batches = list(reader)
        return [row for b in batches for row in zip(*(column.to_pylist() for column in b.columns), strict=True)]

    def stream(
        self, shape: Shape, clause: str, values: Sequence[Any] = ()
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Rows as Arrow, at most 32,768 or about 32 MB at a time."""
        import pyarrow as pa

        source = f"FROM {shape.relation} AS _weft_rows"
        limit = self._longest(shape.columns, f"{source} {clause.partition(' ORDER BY ')[0]}", values)
        with translated(self._shown):
            reader = self._connection.read_arrow_batches(
                filled(f"SELECT {shape.select} {source} {clause}", values, _literal),
                batch_size=_ROWS,
                max_bytes_per_batch=max(_BYTES, 2 * limit * len(shape.columns)),
                max_text_size=limit,
                fetch_concurrently=False,
            )
        schema = pa.schema(
            [pa.field(f.name, pa.int64() if pa.types.is_integer(f.type) else f.type) for f in reader.schema]
        )
        return schema, self._batches(reader, schema, limit)

    def _longest(self, columns: tuple[Selected, ...], source: str, values: Sequence[Any]) -> int:
        """Bytes that the longest text of these rows may need."""
        asked = [f"MAX(DATALENGTH({c.expression}))" for c in columns if sqlserver_types.unbounded(c)]
        found = self.rows(f"SELECT {', '.join(asked)} {source}", values)[0] if asked else ()
        return _UNIT * max(128, *(n or 0 for n in found), 0) + _UNIT

    def _batches(self, reader: Any, schema: pa.Schema, limit: int) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa
        import pyarrow.compute as pc

        with translated(self._shown):
            for batch in reader:
                for column in batch.columns:
                    if pa.types.is_string(column.type) and (pc.max(pc.binary_length(column)).as_py() or 0) >= limit:
                        raise longer(self._shown)
                yield batch.cast(schema)

    def close(self) -> None:
        """Disconnect; the server ends the transaction."""
        self._connection = None


def _kind(name: str, precision: int, scale: int) -> str:
    return f"{name}({precision},{scale})" if name in {"decimal", "numeric"} else name


def _literal(text: str) -> str:
    return "N'" + text.replace("'", "''") + "'"


def _connected(target: Target, user: str, password: str) -> Any:
    try:
        import arrow_odbc
    except (ImportError, OSError) as error:
        what = "unixODBC (apt-get install unixodbc)" if isinstance(error, OSError) else "pip install 'weft[sqlserver]'"
        raise Unavailable("the reader for SQL Server is not installed", hint=f"Install it: {what}.") from None
    options = dict(target.options)
    for driver in [options["driver"]] if "driver" in options else _DRIVERS:
        try:
            with translated(target.shown):
                return arrow_odbc.connect(
                    _described(target, driver, options),
                    user=user,
                    password=password,
                    login_timeout_sec=int(options.get("connect_timeout", "15")),
                )
        except Driverless:
            continue
    raise Unavailable(
        "no ODBC driver for SQL Server is installed",
        hint="Install Microsoft's 'ODBC Driver 18 for SQL Server', or FreeTDS: apt-get install tdsodbc unixodbc.",
    )


def _described(target: Target, driver: str, options: dict[str, str]) -> str:
    """What ODBC connects to, without the secret."""
    host, port = target.address(_PORT)
    free = "FreeTDS" in driver
    mode = options.get("sslmode", "require" if free else "verify-full")
    words = _TLS.get(mode, ("", ""))[free]
    if not words:
        allowed = [name for name, one in _TLS.items() if one[free]]
        raise Invalid(f"the URL sets 'sslmode' to '{mode}', allowed with {driver} are {', '.join(allowed)}")
    where = f"Server={host};Port={port};TDS_Version=7.4;ClientCharset=UTF-8" if free else f"Server={host},{port}"
    return f"Driver={{{driver}}};{where};Database={{{target.database}}};{words};"
