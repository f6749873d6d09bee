"""What SQL Server and the drivers say, in our words: no secrets, no values of rows.

Numbers: https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weft.errors import Invalid, Unavailable, WeftError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAID = re.compile(r"State: (\w+), Native error: (-?\d+), Message: ((?:\[[^\]]*\])*)([^\n]*)")
_USER = {18456, 18452, 18470, 18486, 18487, 18488}
_NAMES = {102, 105, 156, 170, 195, 207, 208, 209, 229, 230, 319, 1033, 4104, 4121, 8120, 8155}
"""Their text speaks of names and grammar only."""
_TWICE = 8156
_NO_DATABASE = 4060
_NO_DRIVER = ("Can't open lib", "Data source name not found", "file not found")


class Driverless(Unavailable):
    """The ODBC driver of that name is not installed."""


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Turn what the reader raises into Invalid or Unavailable.

    Args:
        shown: the database for messages.
    """
    import arrow_odbc

    try:
        yield
    except arrow_odbc.Error as error:
        raise translate(str(error), shown) from None


def translate(text: str, shown: str) -> WeftError:
    """One error; its text is only passed on where it can hold names alone."""
    found = _SAID.search(text)
    state, number, said = (found[1], int(found[2]), found[4]) if found else ("", 0, "")
    if number in _NAMES:
        return Invalid(
            f"{shown} refused the question: {said}", hint="Look at 'table', 'query' and 'cursor' of the stream."
        )
    if number == _TWICE:
        return Invalid("the stream has two columns of one name", hint="Name the columns of its 'query' apart.")
    if state.startswith("22"):
        return Invalid(
            f"{shown} failed on the data that the question saw (error {number})",
            hint="Look for casts and divisions in 'query' of the stream; the value itself is not shown.",
        )
    return longer(shown) if "too large to be written" in text else _unconnected(number, text, state, shown)


def _unconnected(number: int, text: str, state: str, shown: str) -> WeftError:
    if any(words in text for words in _NO_DRIVER):
        return Driverless(f"the ODBC driver for {shown} is not installed", hint="Install it.")
    if number in _USER:
        return Invalid(
            f"{shown} does not accept the user or the password", hint="Look at 'user' and 'password' of the source."
        )
    if number == _NO_DATABASE:
        return Invalid(
            f"{shown} cannot be opened: there is no such database, or the user may not see it",
            hint="Look at 'url' and 'user' of the source.",
        )
    if "SSL" in text or "certificate" in text:
        return Invalid(
            f"{shown} does not let this connection in", hint="Look at 'sslmode' in the URL and at the server's rules."
        )
    if "SQLDriverConnect" in text:
        return Unavailable(f"{shown} cannot be reached", hint="Look whether it is up, then run again.")
    reason = f" (SQLSTATE {state}, error {number})" if state else ""
    return Unavailable(f"{shown} stopped answering{reason}", hint="Look whether it is up, then run again.")


def longer(shown: str) -> Unavailable:
    """A text did not fit into the buffer that was made for the longest one."""
    return Unavailable(f"{shown} sent a text longer than it said", hint="Run again.")
