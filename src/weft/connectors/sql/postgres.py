"""PostgreSQL through ADBC: COPY in binary, streamed; what ADBC would lose is asked for as text.

Sources: https://www.postgresql.org/docs/current/datatype.html; ADBC's driver returns the first dimension of nested
arrays flattened and wraps infinite times around, hence the expressions and the repair below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.sql.database import Selected, Shape, quoted
from weft.connectors.sql.errors import translated
from weft.connectors.sql.postgres_catalog import TABLES, stream_infos
from weft.connectors.sql.postgres_cursors import TIMES, PostgresCursors
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from weft.model import StreamInfo

_AS_IT_IS = {"int2", "int4", "int8", "float4", "float8", "bool", "text", "varchar", "date", "timestamp", "timestamptz"}
_LISTS_AS_THEY_ARE = {"_int2", "_int4", "_int8", "_float4", "_float8", "_bool", "_text", "_varchar"}
_SESSION = {
    "TimeZone": "UTC",
    "IntervalStyle": "iso_8601",
    "DateStyle": "ISO, YMD",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
_EPOCH = {"timestamp": 946_684_800_000_000, "date": 10_957}
"""2000-01-01, PostgreSQL's zero, in our units."""


class Postgres:
    """One connection in one read-only, repeatable-read transaction.

    Args:
        uri: what libpq connects to; holds the secret and is not kept.
        shown: the database for messages.
    """

    def __init__(self, uri: str, shown: str) -> None:
        try:
            from adbc_driver_postgresql import dbapi
        except ImportError:
            raise Unavailable(
                "the driver for PostgreSQL is not installed", hint="Install it: pip install 'weft[postgres]'."
            ) from None
        self._shown = shown
        with translated(shown):
            self._connection = dbapi.connect(uri)
            self._cursor = self._connection.cursor()
        self.cursors = PostgresCursors(self.rows)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        with translated(self._shown):
            self._connection.rollback()
            self._cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _SESSION.items())
        self.rows(f"SELECT {settings}")

    def tables(self, schema: str) -> tuple[StreamInfo, ...]:
        """Tables, views, materialised views and foreign tables of one schema."""
        return stream_infos(self.rows(TABLES, (schema or "public",)))

    def relation(self, schema: str, table: str) -> str:
        """`"schema"."table"`."""
        return f"{quoted(schema or 'public')}.{quoted(table)}"

    def shape(self, relation: str) -> Shape:
        """Columns by what the server says of the statement, without running it."""
        try:
            with translated(self._shown):
                schema = self._cursor.adbc_execute_schema(f"SELECT * FROM {relation} AS _weft_rows")
        except Invalid:
            self._begin()  # an error ends the transaction, and discovery goes on with the next stream
            raise
        types = {f.name: (f.metadata or {}).get(b"POSTGRESQL:type", b"").decode() for f in schema}
        if len(types) < len(schema.names):
            raise Invalid("the stream has two columns of one name", hint="Name the columns of its 'query' apart.")
        nested = self._nested(relation, [n for n, t in types.items() if t in _LISTS_AS_THEY_ARE])
        return Shape(relation, tuple(Selected(n, _expression(n, t, nested), t) for n, t in types.items()))

    def _nested(self, relation: str, lists: list[str]) -> set[str]:
        """Which of these arrays have more than one dimension somewhere; the declared type does not tell."""
        if not lists:
            return set()
        asked = ", ".join(f"coalesce(bool_or(array_ndims({quoted(n)}) > 1), false)" for n in lists)
        answer = self.rows(f"SELECT {asked} FROM {relation} AS _weft_rows")[0]
        return {name for name, deep in zip(lists, answer, strict=True) if deep}

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """A small answer; values go through the session (see `PostgresCursors.value`)."""
        self._set(sql, values)
        with translated(self._shown):
            self._cursor.execute(sql)
            return list(self._cursor.fetchall())

    def stream(
        self, shape: Shape, clause: str, values: Sequence[Any] = ()
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Rows as Arrow, about 16 MB at a time, with plain types and DuckDB's notion of infinity."""
        import pyarrow as pa

        sql = f"SELECT {shape.select} FROM {shape.relation} AS _weft_rows {clause}"
        self._set(sql, values)
        with translated(self._shown):
            self._cursor.execute(sql)
            reader = self._cursor.fetch_record_batch()
        schema = pa.schema([pa.field(f.name, f.type) for f in reader.schema])
        times = [n for n, c in enumerate(shape.columns) if c.type in TIMES]
        return schema, self._batches(reader, schema, times)

    def _batches(self, reader: Any, schema: pa.Schema, times: list[int]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        with translated(self._shown):
            for batch in reader:
                arrays = list(batch.columns)
                for n in times:
                    arrays[n] = _finite(arrays[n])
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _set(self, sql: str, values: Sequence[Any]) -> None:
        """Values travel as parameters of a statement of their own: COPY takes none, and it is what streams."""
        for number, value in enumerate(values, 1):
            if f"weft.value{number}'" in sql:
                with translated(self._shown):
                    self._cursor.execute(f"SELECT set_config('weft.value{number}', $1, true)", (str(value),))
                    self._cursor.fetchall()

    def close(self) -> None:
        """Roll back and disconnect; a connection that broke is just left."""
        from contextlib import suppress

        with suppress(Exception):
            self._cursor.close()
        with suppress(Exception):
            self._connection.close()


def _expression(name: str, kind: str, nested: set[str]) -> str:
    """How a column is asked for.

    As text: numeric (NaN, any scale), uuid, json, interval (ISO 8601), times of day, money, bytea (hexadecimal), enums,
    ranges, network and geometric types, and whatever comes after these.
    """
    column = quoted(name)
    if name in nested:
        return f"to_json({column})::text"
    if kind in _AS_IT_IS or kind in _LISTS_AS_THEY_ARE:
        return column
    if kind == "money":
        return f"{column}::numeric::text"
    if kind.startswith("_"):
        return f"{column}::text[]" if kind not in {"_json", "_jsonb"} else f"to_json({column})::text"
    return f"{column}::text"


def _finite(array: pa.Array) -> pa.Array:
    """Repair infinite times: the driver adds its epoch to PostgreSQL's extreme values, which wraps around."""
    import pyarrow as pa
    import pyarrow.compute as pc

    date = pa.types.is_date(array.type)
    bits, epoch = (32, _EPOCH["date"]) if date else (64, _EPOCH["timestamp"])
    numbers = array.cast(pa.int32() if date else pa.int64())
    highest = pc.min(numbers).as_py()
    low = -(2 ** (bits - 1)) + epoch  # where -infinity comes out; infinity is one less
    if highest is None or highest > low:
        return array
    top = pa.scalar(2 ** (bits - 1) - 1, numbers.type)
    bottom = pa.scalar(-(2 ** (bits - 1)) + 1, numbers.type)
    numbers = pc.if_else(pc.equal(numbers, pa.scalar(low - 1, numbers.type)), top, numbers)
    numbers = pc.if_else(pc.equal(numbers, pa.scalar(low, numbers.type)), bottom, numbers)
    return numbers.cast(array.type)
