"""The connector kind `sql`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from weft.connectors.sql.duck import Duck
from weft.connectors.sql.look_back import seconds
from weft.connectors.sql.mysql import Mysql
from weft.connectors.sql.postgres import Postgres
from weft.connectors.sql.reading import Reading, Wanted
from weft.connectors.sql.rows import Rows
from weft.connectors.sql.sqlite import Sqlite
from weft.connectors.sql.sqlserver import SqlServer
from weft.connectors.sql.target import Target, target
from weft.errors import Invalid
from weft.kinds import REFERENCES, Kind
from weft.model import Dialect, DiscoveredColumn, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weft.connectors.sql.database import Database, Shape
    from weft.model import Batch
    from weft.seams import Reach, Window

_REFERENCE = "secret://"
_SERVERS: dict[str, Callable[[Target, str, str], Database]] = {
    "postgresql": lambda place, user, password: Postgres(place.uri(user, password), place.shown),
    "mysql": Mysql,
    "sqlserver": SqlServer,
}


class SqlStream(Kind):
    """One stream of a database: a table, a view, or the rows of a query."""

    table: str = ""
    """Table or view; empty = the stream's name."""
    schema_name: str | None = Field(None, alias="schema")
    """Schema of the table; as the source says when not set."""
    query: str = ""
    """One SELECT in the database's own SQL, instead of a table."""
    cursor: str = ""
    """Column that only grows: only rows at or above its newest value are read again. Rows without a value in it are
    read by the first load alone. Empty = everything is read each time."""
    look_back: str = ""
    """How far below the newest value rows are looked for again, since they may arrive late: `10 minutes`, or a
    number."""
    key: tuple[str, ...] = ()
    """Columns that tell rows apart, as the contract's primary key does: then reading a row twice is harmless."""
    refresh: Literal["auto", "full", "incremental"] = "auto"
    """full = everything each time; auto = incremental where there is a cursor."""

    @field_validator("look_back", mode="before")
    @classmethod
    def _span(cls, value: Any) -> str:
        text = "" if value is None else str(value)
        if text:
            seconds(text)
        return text

    @model_validator(mode="after")
    def _fits(self) -> SqlStream:
        if self.table and self.query:
            raise ValueError("'table' and 'query' exclude each other")
        if self.refresh == "incremental" and not self.cursor:
            raise ValueError("'refresh: incremental' needs a 'cursor'")
        if self.look_back and (not self.cursor or self.refresh == "full"):
            raise ValueError("'lookBack' needs a 'cursor' and an incremental refresh")
        return self


class Sql(Kind):
    """Tables, views and queries of SQLite, DuckDB, PostgreSQL, MySQL, MariaDB and SQL Server.

    Nothing is lost on the way: what has no counterpart in Arrow (numeric, interval, uuid, json, network addresses,
    SQLite columns of mixed type, times of MySQL and SQL Server) comes as exact text. One read sees one moment of the
    database.
    """

    model_config = ConfigDict(title="Databases (SQL)")

    url: str
    """`sqlite:///file.db` or `duckdb:///file.duckdb` (relative to the mesh's folder), or `postgresql://`, `mysql://`,
    `mariadb://` or `sqlserver://` and `host:port/database`."""
    user: str = ""
    """User, or a secret:// reference to it."""
    password: str = Field("", json_schema_extra={"format": "password"})
    """A secret:// reference."""
    schema_name: str = Field("", alias="schema")
    """Schema that tables lie in; PostgreSQL: public, DuckDB: main, MySQL: the database, SQL Server: the
    user's own."""
    timezone: str = "UTC"
    """Zone of time stamps that name none."""

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        target(value)
        return value

    @field_validator("password")
    @classmethod
    def _referenced(cls, value: str) -> str:
        if value and not value.startswith(_REFERENCE):
            raise ValueError(f"a password is given by reference only: {REFERENCES}")
        return value

    def stream_schema(self) -> type[SqlStream]:
        """Settings of one stream."""
        return SqlStream

    def test(self, reach: Reach) -> None:
        """Connect and ask for nothing.

        Raises:
            Invalid: no such database, or it does not accept the user.
            Unavailable: it cannot be reached.
        """
        with self._open(reach) as database:
            database.rows("SELECT 1")

    def discover(self, reach: Reach, streams: Mapping[str, Any]) -> tuple[StreamInfo, ...]:
        """Declared streams by their names, then the tables and views of the schema that none of them reads."""
        with self._open(reach) as database:
            found = {info.name: info for info in database.tables(self.schema_name)}
            declared = tuple(self._declared(database, name, streams[name], found) for name in sorted(streams))
        read = {settings.table or name for name, settings in streams.items() if not settings.query}
        return declared + tuple(found[name] for name in sorted(set(found) - read))

    def read(
        self, reach: Reach, stream: str, settings: Any, cursor: Mapping[str, Any], window: Window | None = None
    ) -> Iterator[Batch]:
        """Batches of at most 500,000 rows (more where more share a cursor value), each to be read before the next.

        Raises:
            Invalid: no such table or column, a cursor or look-back that does not fit.
            Unavailable: the database cannot be reached or stops answering.
        """
        wanted = Wanted(
            cursor="" if settings.refresh == "full" else settings.cursor,
            look_back=settings.look_back,
            keyed=bool(settings.key),
        )
        if window is not None:
            wanted = Wanted(cursor=settings.cursor)
        # A database says what is text and what is empty; nothing is trimmed or taken for a null token.
        dialect = Dialect(trim=False, nulls=(), timezone=self.timezone)
        with self._open(reach) as database:
            shape = self._shape(database, stream, settings)
            yield from Reading(Rows(database, shape), wanted, dialect).batches(cursor, window)

    def _shape(self, database: Database, stream: str, settings: SqlStream) -> Shape:
        if settings.query:
            return database.shape(f"({settings.query.strip().rstrip(';')}\n)")
        schema = self.schema_name if settings.schema_name is None else settings.schema_name
        return database.shape(database.relation(schema, settings.table or stream))

    def _declared(
        self, database: Database, name: str, settings: SqlStream, found: Mapping[str, StreamInfo]
    ) -> StreamInfo:
        known = found.get(settings.table or name)
        if known is not None and not settings.query and settings.schema_name in (None, self.schema_name):
            return known.model_copy(update={"name": name})
        try:
            shape = self._shape(database, name, settings)
        except Invalid as error:
            return StreamInfo(name=name, comment=error.message)
        columns = tuple(DiscoveredColumn(name=c.name, type=c.type) for c in shape.columns)
        return StreamInfo(name=name, columns=columns, kind="view" if settings.query else "table")

    @contextmanager
    def _open(self, reach: Reach) -> Iterator[Database]:
        place: Target = target(self.url)
        database: Database
        if place.system == "sqlite":
            database = Sqlite(place.file(reach.folder), place.shown)
        elif place.system == "duckdb":
            database = Duck(place.file(reach.folder), place.shown)
        else:
            user = reach.vault.get(self.user) if self.user.startswith(_REFERENCE) else self.user
            password = reach.vault.get(self.password) if self.password else ""
            database = _SERVERS[place.system](place, user, password)
        try:
            yield database
        finally:
            database.close()
