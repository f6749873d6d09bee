"""The door: a registry by its URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from weft.errors import Invalid
from weft.registries import postgres, sqlite
from weft.registries.failures import told
from weft.registries.migrate import Chain, prepare
from weft.registries.sql import SqlRegistry

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL, Engine

    from weft.seams import Registry

_DRIVERS: dict[str, Callable[[URL, float], Engine]] = {"sqlite": sqlite.connect, "postgresql": postgres.connect}


def open_registry(url: str, *, wait: float = 30.0, chain: Chain | None = None, password: str = "") -> Registry:
    """Open a registry; make or migrate it first where that is needed.

    Args:
        url: `sqlite:///PATH` (absolute: four slashes) or `postgresql://user@host/database`.
        wait: seconds that a writer waits for other writers, and everybody for a database that is starting again.
        chain: the migrations; another one is for tests.
        password: of the user that the URL names, for PostgreSQL.

    Raises:
        Invalid: not such a URL, or a registry of a newer version.
        Unavailable: the database does not answer or is locked.
        Broken: the database is damaged.
    """
    return SqlRegistry(open_engine(url, wait=wait, chain=chain, password=password), wait)


def open_engine(url: str, *, wait: float = 30.0, chain: Chain | None = None, password: str = "") -> Engine:
    """The database of a registry, made or migrated; see `open_registry`."""
    engine = connect(url, wait=wait, password=password)
    try:
        with told(wait):
            prepare(engine, chain or Chain())
    except BaseException:
        engine.dispose()
        raise
    return engine


def connect(url: str, *, wait: float = 30.0, password: str = "") -> Engine:
    """The database of a registry as it is."""
    parsed = _parse(url)
    if password and parsed.get_backend_name() == "sqlite":
        raise Invalid("a registry in SQLite has no password", hint="Take `registryPassword` out of mesh.yaml.")
    return _DRIVERS[parsed.get_backend_name()](parsed.set(password=password) if password else parsed, wait)


def _parse(url: str) -> URL:
    hint = "Write sqlite:///PATH or postgresql://user@host/database."
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise Invalid("the registry's URL cannot be read", hint=hint) from None
    if parsed.get_backend_name() not in _DRIVERS:
        raise Invalid(
            f"the registry's URL names '{parsed.get_backend_name()}'; allowed are {', '.join(_DRIVERS)}", hint=hint
        )
    if parsed.password:
        raise Invalid(
            "the registry's URL holds a password",
            hint="Take it out, change it, and name the new one by reference: registryPassword: secret://env/NAME.",
        )
    return parsed
