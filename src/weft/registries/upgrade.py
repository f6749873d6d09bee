"""What an upgrade of the registry would do, tried without leaving anything changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import func, inspect, make_url, select, table

from weft.errors import Broken
from weft.registries import sqlite
from weft.registries.failures import told
from weft.registries.journal import SqlJournal
from weft.registries.migrate import Chain, pending, rehearse
from weft.registries.open import connect
from weft.registries.session import Session

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from weft.registries.move import Place

_WAIT = 30.0


class Upgrade(Struct, frozen=True):
    """What it would do, or did."""

    stored: str
    """Version of the schema before; empty = there was no registry."""
    steps: tuple[str, ...]
    """Version and what it does, oldest first; none = it is the newest."""
    events: int = 0
    """Of the journal, verified after the steps."""
    copied: bool = False
    """An older SQLite file is copied beside itself first."""


def tried(place: Place, chain: Chain | None = None) -> Upgrade:
    """Carry the steps out in a transaction that is taken back; the registry is locked for writing meanwhile.

    Raises:
        Invalid: the registry is of a newer version.
        Broken: a step fails, loses rows, or the journal does not hold afterwards.
    """
    chain = chain or Chain()
    engine = connect(place.url, wait=_WAIT, password=place.password)
    try:
        with told(_WAIT):
            stored, steps = pending(engine, chain)
            if stored is None:
                return Upgrade("", steps)
            with engine.connect() as connection:
                before = _rows(connection)
            seen = _Seen(before)
            rehearse(engine, chain, seen.check)
            return Upgrade(stored, steps, seen.events, copied=bool(steps) and engine.dialect.name == "sqlite")
    finally:
        engine.dispose()


def there(place: Place) -> bool:
    """Whether there is anything at all: asking must not make an empty file."""
    url = make_url(place.url)
    return url.get_backend_name() != "sqlite" or sqlite.file_of(url).is_file()


class _Seen:
    """Looks at what a rehearsal came to."""

    def __init__(self, before: dict[str, int]) -> None:
        self._before = before
        self.events = 0

    def check(self, connection: Connection) -> None:
        """Nothing may be lost."""
        after = _rows(connection)
        if lost := [name for name, rows in self._before.items() if after.get(name, 0) < rows]:
            raise Broken(f"the upgrade would lose rows of {lost[0]}", hint="Do not upgrade; please report it.")
        self.events = SqlJournal(Session(connection, write=True)).verify()


def _rows(connection: Connection) -> dict[str, int]:
    names = [name for name in inspect(connection).get_table_names() if name.startswith("weft_")]
    return {name: connection.execute(select(func.count()).select_from(table(name))).scalar() or 0 for name in names}
