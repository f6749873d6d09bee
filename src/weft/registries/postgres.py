"""How weft opens a PostgreSQL registry."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event

from weft.errors import Invalid

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

_LOCK = 0x77656674
"""Number of the advisory lock of all writers: 'weft'."""
_THREADS = 40
_SETTINGS = ("host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name")
"""Settings that a URL may hold; libpq knows others that reach files and programs."""
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""A server that vanished without a word is noticed: in seconds, the last one in milliseconds."""


def connect(url: URL, wait: float) -> Engine:
    """An engine over that database.

    Raises:
        Invalid: no driver is installed, or the URL holds a setting that is not allowed.
    """
    unknown = sorted(set(url.query) - set(_SETTINGS))
    if unknown:
        raise Invalid(
            f"the registry's URL has the setting '{unknown[0]}'; allowed are {', '.join(_SETTINGS)}",
            hint="Take it out of `registry` in mesh.yaml.",
        )
    if importlib.util.find_spec("psycopg") is None:
        raise Invalid(
            "the registry is in PostgreSQL, but its driver psycopg is not installed",
            hint="Install it with: pip install 'weft[postgres]'",
        )
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={name: value for name, value in _PATIENCE.items() if name not in url.query},
        hide_parameters=True,
        max_overflow=_THREADS,
        pool_timeout=wait,
        pool_pre_ping=True,
    )
    event.listen(engine, "begin", lambda connection: _begin(connection, wait))
    return engine


def _begin(connection: Connection, wait: float) -> None:
    """Writers come one after the other, so that the order of events is that of commits; readers see one state."""
    if connection.get_execution_options().get("weft_write", False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(wait * 1000)}")
        # read committed (the default): the first statement after the lock sees all that was committed before it
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
