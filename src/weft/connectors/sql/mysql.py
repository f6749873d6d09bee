"""MySQL and MariaDB through PyMySQL: streamed, every value as the exact text that the server sent.

Why this driver, and why its packets are split here: `docs/decisions/0004-databases.md`.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from weft.connectors.sql import mysql_types
from weft.connectors.sql.database import Selected, Shape, filled, place, quoted
from weft.connectors.sql.mysql_errors import translated
from weft.connectors.sql.mysql_rows import batches
from weft.connectors.sql.postgres_catalog import stream_infos
from weft.connectors.sql.typed_cursors import TypedCursors
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from weft.connectors.sql.target import Target
    from weft.model import StreamInfo

_PORT = 3306
_SESSION = (
    "SET SESSION time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES'), net_write_timeout = 3600",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
_TLS = ("disable", "prefer", "require", "verify-ca", "verify-full")
_TABLES = f"""
SELECT t.table_name, CASE WHEN t.table_type LIKE '%VIEW' THEN 'v' ELSE 'r' END,
       CASE WHEN t.table_type LIKE '%VIEW' THEN '' ELSE t.table_comment END, coalesce(t.table_rows, 0),
       t.data_length + t.index_length, c.column_name, c.column_type, c.is_nullable = 'NO', c.column_comment,
       coalesce(k.ordinal_position, -1)
FROM information_schema.tables t
JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
LEFT JOIN information_schema.key_column_usage k ON k.table_schema = t.table_schema AND k.table_name = t.table_name
  AND k.column_name = c.column_name AND k.constraint_name = 'PRIMARY'
WHERE t.table_schema = coalesce(nullif({place(1)}, ''), database())
ORDER BY t.table_name, c.ordinal_position
"""


class Mysql:
    """One connection in one read-only transaction over a snapshot.

    Args:
        target: the database.
        user: instead of the one in the URL.
        password: is not kept here.
    """

    def __init__(self, target: Target, user: str, password: str) -> None:
        try:
            import pymysql
        except ImportError:
            raise Unavailable(
                "the driver for MySQL and MariaDB is not installed", hint="Install it: pip install 'weft[mysql]'."
            ) from None
        self._shown = target.shown
        self._stream: Iterator[Any] = iter(())
        self.cursors = TypedCursors(self.rows, mysql_types.comparison, "{} - INTERVAL {back} MICROSECOND")
        host, port = target.address(_PORT)
        with translated(self._shown):
            self._connection = pymysql.connect(
                host=host,
                port=port,
                user=user or target.user,
                password=password.encode(),
                database=target.database,
                charset="utf8mb4",
                program_name="weft",
                **_options(dict(target.options)),
            )
        try:
            for statement in _SESSION:
                self.rows(statement)
        except BaseException:
            self.close()
            raise

    def tables(self, schema: str) -> tuple[StreamInfo, ...]:
        """Tables and views of one database."""
        return stream_infos(self.rows(_TABLES, (schema,)))

    def relation(self, schema: str, table: str) -> str:
        """`"database"."table"`."""
        return f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)

    def shape(self, relation: str) -> Shape:
        """Columns by what the server says of the statement's answer, without an answer."""
        with translated(self._shown), self._asked(f"SELECT * FROM {relation} AS _weft_rows LIMIT 0") as cursor:
            fields = cursor._result.fields  # noqa: SLF001 - the public description has no character sets
        return Shape(relation, tuple(mysql_types.selected(field) for field in fields))

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """A small answer."""
        with translated(self._shown), self._asked(sql, values) as cursor:
            return list(cursor.fetchall())

    def stream(
        self, shape: Shape, clause: str, values: Sequence[Any] = ()
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Rows as Arrow, at most 32,768 or about 16 MB at a time."""
        sql = f"SELECT {shape.select} FROM {shape.relation} AS _weft_rows {clause}"
        self._pass_over()
        with translated(self._shown):
            self._connection.query(filled(sql, values, _literal), unbuffered=True)
        self._connection._result.unbuffered_active = False  # noqa: SLF001 - its packets are read here, not by the driver
        schema = mysql_types.schema(shape.columns)
        self._stream = self._batches(shape.columns, schema)
        return schema, self._stream

    def _batches(self, columns: tuple[Selected, ...], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with translated(self._shown):
            yield from batches(self._connection, columns, schema)

    def _asked(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """A cursor that has carried out a statement."""
        self._pass_over()
        cursor = self._connection.cursor()
        cursor.execute(filled(sql, values, _literal))
        return cursor

    def _pass_over(self) -> None:
        """What is left of the stream before: a connection has one."""
        for _ in self._stream:
            pass

    def close(self) -> None:
        """Disconnect, without waiting for rows that nobody wants."""
        with suppress(Exception):
            self._connection._force_close()  # noqa: SLF001 - `close` is for connections that are not in a stream


def _literal(text: str) -> str:
    """As its bytes: whatever the server takes for an escape, a text cannot leave it."""
    return f"_utf8mb4 X'{text.encode().hex()}'"


def _options(given: dict[str, str]) -> dict[str, Any]:
    """What the URL sets, in the driver's words."""
    mode = given.get("sslmode", "prefer")
    if mode not in _TLS:
        raise Invalid(f"the URL sets 'sslmode' to '{mode}', allowed are {', '.join(_TLS)}")
    found: dict[str, Any] = {"connect_timeout": int(given.get("connect_timeout", "15"))}
    if mode == "disable":
        found["ssl_disabled"] = True
    elif mode != "prefer":
        found["ssl"] = _tls(mode, given.get("sslrootcert"))
    if "socket" in given:
        found["unix_socket"] = given["socket"]
    return found


def _tls(mode: str, authorities: str | None) -> ssl.SSLContext:
    """Made here, since the driver checks no host names where no authorities are named."""
    context = ssl.create_default_context(cafile=authorities)
    context.check_hostname = mode == "verify-full"
    context.verify_mode = ssl.CERT_REQUIRED if mode.startswith("verify") else ssl.CERT_NONE
    return context
