"""What MySQL and MariaDB say, in our words: no secrets, no values of rows.

Numbers: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from weft.errors import Invalid, Unavailable, WeftError

if TYPE_CHECKING:
    from collections.abc import Iterator

_USER = {1045, 1698, 1251, 2059}
_NAMES = {1044, 1051, 1052, 1054, 1055, 1142, 1143, 1146, 1149, 1221, 1267, 1305, 1356, 1370, 4078}
"""Their text speaks of names and grammar only."""
_SYNTAX = 1064
_TWICE = 1060
_NO_DATABASE = 1049
_WRITES = {1290, 1792}
_DATA = {1292, 1365, 1366, 1411, 1416, 1525, 1690, 3141, 3146, 4038}
_UNREACHED = {2002: "", 2003: "", 2005: "", 1040: ": too many connections", 1129: ": this host is blocked"}
_QUESTION = "Look at 'table', 'query' and 'cursor' of the stream."


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Turn what the driver raises into Invalid or Unavailable.

    Args:
        shown: the database for messages.
    """
    import pymysql.err

    try:
        yield
    except (pymysql.err.Error, OSError, RuntimeError) as error:
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        raise translate(number, str(error.args[-1] if error.args else ""), shown) from None


def translate(number: int, text: str, shown: str) -> WeftError:
    """One error; its text is only passed on where it can hold names alone."""
    if number in _NAMES or number == _SYNTAX:
        said = text.partition(";")[0] if number == _SYNTAX else text
        return Invalid(f"{shown} refused the question: {said}", hint=_QUESTION)
    if number == _TWICE:
        return Invalid("the stream has two columns of one name", hint="Name the columns of its 'query' apart.")
    if number in _WRITES:
        return Invalid(f"{shown} refused the question: it would write", hint="Streams only read.")
    if number in _DATA:
        return Invalid(
            f"{shown} failed on the data that the question saw (error {number})",
            hint="Look for casts and divisions in 'query' of the stream; the value itself is not shown.",
        )
    return _unconnected(number, text, shown)


def _unconnected(number: int, text: str, shown: str) -> WeftError:
    if number in _USER:
        return Invalid(
            f"{shown} does not accept the user or the password", hint="Look at 'user' and 'password' of the source."
        )
    if number == _NO_DATABASE:
        return Invalid(
            f"{shown} cannot be opened: there is no such database", hint="Look at 'url' and 'user' of the source."
        )
    if "SSL" in text or "certificate" in text.lower():
        return Invalid(
            f"{shown} does not let this connection in", hint="Look at 'sslmode' in the URL and at the server's rules."
        )
    if "cryptography" in text:
        return Unavailable(
            f"{shown} wants the password encrypted, and that library is not installed",
            hint="Install it: pip install 'weft[mysql]', or give 'sslmode=require' in the URL.",
        )
    if number in _UNREACHED:
        words = ("Connection refused", "timed out", "Name or service not known")
        reason = next((f": {word.lower()}" for word in words if word in text), _UNREACHED[number])
        return Unavailable(f"{shown} cannot be reached{reason}", hint="Look whether it is up, then run again.")
    reason = f" (error {number})" if number else ""
    return Unavailable(f"{shown} stopped answering{reason}", hint="Look whether it is up, then run again.")
