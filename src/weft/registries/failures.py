"""What databases raise, told as our errors: never a statement, a parameter or a password."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from weft.errors import Broken, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.errors import WeftError

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "40001", "40P01")
_FULL = ("SQLITE_FULL", "53100")
_AWAY = ("08", "28", "3D", "57P", "53300")
"""PostgreSQL's classes for connections, users, databases and shutdowns; a refused connection has no code at all."""
_SOON = ("08", "57P", "53300")
"""Those of them that pass by themselves, and too many connections."""
_FIXED: tuple[tuple[tuple[str, ...], type[WeftError], str, str], ...] = (
    (
        _FULL,
        Unavailable,
        "the disk that holds the registry is full; nothing was written",
        "Free space there and try again.",
    ),
    (
        ("SQLITE_READONLY", "25006"),
        Unavailable,
        "the registry cannot be written: its file or folder is read-only",
        "Check the permissions of the registry's folder; SQLite writes files beside the database.",
    ),
    (
        ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002"),
        Broken,
        "the registry's file is damaged, or is no SQLite database",
        "Put a backup in its place; `weft doctor` then tells again what the tables hold.",
    ),
    (
        ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM"),
        Unavailable,
        "the registry's file cannot be opened or read",
        "Check that its folder is there and that you may read and write it.",
    ),
)


@contextmanager
def told(wait: float) -> Iterator[None]:
    """Raise what the database raises inside as Unavailable or Broken.

    Args:
        wait: seconds that were waited for a lock, for the message.
    """
    try:
        yield
    except NoConnectionLeft as error:
        raise Unavailable(
            f"no connection to the registry came free within {wait:g} seconds", hint="Try again."
        ) from error
    except DBAPIError as error:
        raise _tell(error, wait) from error.orig


def away(error: DBAPIError) -> bool:
    """Whether the database cannot be reached now but may be soon: it restarts, or the connection was cut."""
    found = code(error)
    return not found or found.startswith(_SOON)


def code(error: DBAPIError) -> str:
    """SQLite's error name or PostgreSQL's SQLSTATE; empty when the driver gives none."""
    origin = error.orig
    return str(getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None) or "")


def _tell(error: DBAPIError, wait: float) -> WeftError:
    found = code(error)
    if found.startswith(_BUSY):
        return Unavailable(
            f"the registry is being written by somebody else for more than {wait:g} seconds",
            hint="Try again; a run that was stopped in the debugger may hold it.",
        )
    for codes, kind, message, hint in _FIXED:
        if found.startswith(codes):
            return kind(message, hint=hint)
    if error.connection_invalidated or not found or found.startswith(_AWAY):
        return Unavailable(
            "the registry's database cannot be reached: it does not answer, or it refuses the user or the database",
            hint="Check that it runs, and `registry` in mesh.yaml with the credentials that it refers to.",
        )
    return Broken(f"the registry's database refused a statement of weft ({found})", hint="`weft doctor` tells more.")
