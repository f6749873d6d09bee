"""Leads a stored registry to the schema that this weft knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from weft.errors import Broken, Invalid
from weft.registries import sqlite
from weft.registries.failures import code

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config
    from sqlalchemy import Connection, Engine

HEAD = "0002"
"""Newest version of the schema; written here too, so that opening a current registry imports no Alembic."""
VERSION_TABLE = "weft_version"
_STORED = text(f"SELECT version_num FROM {VERSION_TABLE}")
_NO_TABLE = ("SQLITE_ERROR", "42P01")


class Chain(Struct, frozen=True):
    """A chain of migrations: four-digit versions, each led to by one file."""

    head: str = HEAD
    folder: Path = Path(__file__).parent / "migrations"


def prepare(engine: Engine, chain: Chain) -> None:
    """Make or migrate the registry, in one transaction; an older SQLite file is copied first.

    Raises:
        Invalid: the registry is of a newer version.
        Broken: its version is none of ours.
    """
    if _stored(engine) == chain.head:
        return
    with engine.connect().execution_options(weft_write=True) as connection, connection.begin():
        stored = _read(connection) if connection.dialect.has_table(connection, VERSION_TABLE) else None
        if stored == chain.head:  # another process was faster
            return
        _judge(stored, chain.head)
        if stored and engine.dialect.name == "sqlite":
            path = sqlite.file_of(engine.url)
            sqlite.copy(path, path.with_name(f"{path.name}.backup-{stored}"))
        _upgrade(connection, chain)


def pending(engine: Engine, chain: Chain) -> tuple[str | None, tuple[str, ...]]:
    """The stored version, none when there is no registry yet, and the steps from it to the newest, in words.

    Raises:
        Invalid: the registry is of a newer version.
        Broken: its version is none of ours.
    """
    from alembic.script import ScriptDirectory

    stored = _stored(engine)
    if stored == chain.head:
        return stored, ()
    _judge(stored, chain.head)
    scripts = ScriptDirectory.from_config(_config(chain)).iterate_revisions(chain.head, stored or "base")
    return stored, tuple(f"{s.revision}: {(s.doc or '').splitlines()[0]}" for s in reversed(list(scripts)))


def rehearse(engine: Engine, chain: Chain, check: Callable[[Connection], None]) -> None:
    """Migrate in a transaction, look at the outcome, and take all of it back.

    Raises:
        Broken: a step fails on what is stored.
    """
    with engine.connect().execution_options(weft_write=True) as connection, connection.begin() as all_of_it:
        try:
            _upgrade(connection, chain)
            check(connection)
        finally:
            all_of_it.rollback()


def _stored(engine: Engine) -> str | None:
    try:
        with engine.connect() as connection:
            return _read(connection)
    except DBAPIError as error:
        if code(error) in _NO_TABLE:
            return None
        raise


def _read(connection: Connection) -> str | None:
    return connection.execute(_STORED).scalar()


def _judge(stored: str | None, head: str) -> None:
    if stored is None or stored < head:
        return
    if not stored.isdigit():
        raise Broken(f"the registry says it is of version '{stored}', which no weft wrote", hint="Put back a backup.")
    raise Invalid(
        f"the registry is of version {stored}, written by a newer weft; this one knows versions up to {head}",
        hint=f"Install the newer weft again, or put back the copy that was made beside it (*.backup-{head}).",
    )


def _upgrade(connection: Connection, chain: Chain) -> None:
    from alembic.command import upgrade

    config = _config(chain)
    config.attributes["connection"] = connection
    upgrade(config, chain.head)


def _config(chain: Chain) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(chain.folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
