"""A registry moved to another database: every row of it but leases, in one transaction there, the journal verified.

The source is locked for writing meanwhile, so that nothing is told to it that the copy does not hold. What stands in
the target is overwritten only when its journal is the beginning of the source's: then it is an older copy.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import delete, func, insert, select

from weft.errors import Broken, Invalid, Unavailable
from weft.registries.clock import Seconds
from weft.registries.failures import told
from weft.registries.journal import SqlJournal
from weft.registries.open import open_engine
from weft.registries.schema import METADATA, events, leases
from weft.registries.session import Session
from weft.seams.failpoint import failpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine, Table

_WAIT = 30.0
_CHUNK = 2000
"""Rows written at a time."""
TABLES: tuple[Table, ...] = tuple(t for t in METADATA.sorted_tables if t is not leases)
"""What is moved, in the order of foreign keys. A lease belongs to a process that works with the old registry."""


@dataclass(frozen=True)
class Place:
    """A registry's database."""

    url: str
    password: str = field(default="", repr=False)

    def open(self) -> Engine:
        """The database, made or migrated."""
        return open_engine(self.url, wait=_WAIT, password=self.password)


class Moved(Struct, frozen=True):
    """What was moved."""

    rows: dict[str, int]
    """By table, without its prefix `weft_`."""
    events: int
    """Of the journal; all were verified in the new place."""
    changed: bool
    """False when all of it was there already."""


def move(source: Place, target: Place, *, alive: Callable[[str], bool]) -> Moved:
    """Copy a registry, or bring an older copy of it up to date; doing it twice comes to the same.

    Args:
        source: stays as it is.
        target: made where it is missing.
        alive: whether the holder of a lease may still run.

    Raises:
        Invalid: both are one database, or the target holds something else.
        Unavailable: somebody works on the source, or a database does not answer.
        Broken: the source's journal is not as it was written.
    """
    old = source.open()
    try:
        new = target.open()
        try:
            with told(_WAIT), _alone(old) as reading, _alone(new, other=old) as writing:
                moved = _move(reading, writing, alive)
                failpoint("registry.moved")
                writing.commit()
                return moved
        finally:
            new.dispose()
    finally:
        old.dispose()


def _alone(engine: Engine, other: Engine | None = None) -> Connection:
    """A connection with a transaction that locks other writers out."""
    if other is not None and _name(engine) == _name(other):
        raise Invalid("the registry is there already", hint="Name another database with --to.")
    connection = engine.connect().execution_options(weft_write=True)
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


def _name(engine: Engine) -> tuple[Any, ...]:
    url = engine.url
    return engine.dialect.name, url.host, url.port, url.database, url.query.get("host")


def _move(reading: Connection, writing: Connection, alive: Callable[[str], bool]) -> Moved:
    _idle(reading, alive)
    SqlJournal(Session(reading, write=False)).verify()
    counts = {table.name.removeprefix("weft_"): _count(reading, table) for table in TABLES}
    same = _judge(reading, writing)
    if same and all(_digest(reading, table) == _digest(writing, table) for table in TABLES):
        return Moved(counts, counts["events"], changed=False)
    for table in reversed(TABLES):
        writing.execute(delete(table))
    for table in TABLES:
        copy_rows(reading, writing, table)
    for table in TABLES:
        if _digest(reading, table) != _digest(writing, table):
            raise Broken(f"table {table.name} did not arrive as it was", hint="Nothing was changed. Please report it.")
    return Moved(counts, SqlJournal(Session(writing, write=True)).verify(), changed=True)


def _idle(reading: Connection, alive: Callable[[str], bool]) -> None:
    """Nobody may work on the mesh: who began with the old registry would end with it."""
    held = reading.execute(select(leases.c.name, leases.c.owner).where(leases.c.until > Seconds())).all()
    busy = sorted(name for name, owner in held if alive(owner))
    if busy:
        raise Unavailable(
            f"{busy[0].replace(':', ' ')} is being worked on", hint="Wait until all runs are done, then try again."
        )


def _judge(reading: Connection, writing: Connection) -> bool:
    """Whether the target's journal ends where the source's does; refuse what is no older copy of the source."""
    number, digest = Session(writing, write=True).head("journal")
    if not number:
        if filled := [table.name for table in TABLES if _count(writing, table)]:
            raise Invalid(f"the target holds something else: {filled[0]} is not empty", hint=_OTHER)
        return False
    wanted = select(events.c.hash).where(events.c.sequence == number)
    if reading.execute(wanted).scalar() != digest or writing.execute(wanted).scalar() != digest:
        raise Invalid("the target holds something else: its journal is not the beginning of this one's", hint=_OTHER)
    return number == _count(reading, events)


_OTHER = "Name an empty database, or one that an earlier move of this registry filled and nobody has used since."


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar() or 0


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """All rows by primary key, in pieces."""
    wanted = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_CHUNK)
    for part in connection.execute(wanted).mappings().partitions():
        yield [dict(row) for row in part]


def copy_rows(reading: Connection, writing: Connection, table: Table) -> None:
    """Add all rows of a table to the same one elsewhere."""
    for rows in _rows(reading, table):
        writing.execute(insert(table), rows)


def _digest(connection: Connection, table: Table) -> str:
    """SHA-256 over all rows in the order of their keys: the same in every database."""
    found = hashlib.sha256()
    for rows in _rows(connection, table):
        for row in rows:
            found.update(repr([_plain(value) for value in row.values()]).encode())
    return found.hexdigest()


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, (memoryview, bytearray)) else value
