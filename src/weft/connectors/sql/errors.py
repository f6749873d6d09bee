"""What databases say, in our words: no secrets, no values of rows."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weft.errors import Invalid, Unavailable, WeftError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The first line of these speaks of names and grammar only (SQLSTATE class 42).
_STATE = re.compile(r"SQLSTATE: ?([0-9A-Z]{5})")
_SAID = re.compile(r"ERROR: +([^\n]*)")
_STREAMED = re.compile(r"Execution error \[PGRES_FATAL_ERROR\]: ERROR: +(?!cancel|terminat|could not|out of)")
_SQLITE_NAMES = re.compile(r"(no such (?:table|column|function)[^\n]*|near \"[^\n]*syntax error|incomplete input)")


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Turn what the driver raises into Invalid or Unavailable.

    Args:
        shown: the database for messages.
    """
    try:
        yield
    except WeftError:
        raise
    except Exception as error:
        from adbc_driver_manager import Error

        if not isinstance(error, Error | OSError):
            raise
        raise translate(error, shown) from None


def translate(error: Exception, shown: str) -> WeftError:
    """One error of the driver; its text is only passed on where it can hold names alone."""
    text = str(error)
    found = _STATE.search(text)
    state = str(getattr(error, "sqlstate", None) or (found[1] if found else ""))
    if "Failed to connect" in text or "failed to open" in text:
        return _unconnected(text, shown)
    said = _SAID.search(text) if state.startswith("42") else _SQLITE_NAMES.search(text)
    if said:
        return Invalid(
            f"{shown} refused the question: {said[1]}", hint="Look at 'table', 'query' and 'cursor' of the stream."
        )
    return _by_state(state, shown) or _by_text(text, state, shown)


def _by_state(state: str, shown: str) -> WeftError | None:
    if state == "25006":
        return Invalid(f"{shown} refused the question: it would write", hint="Streams only read.")
    if state.startswith("22"):
        return _on_data(shown, f" (SQLSTATE {state})")
    return None


def _on_data(shown: str, state: str) -> Invalid:
    return Invalid(
        f"{shown} failed on the data that the question saw{state}",
        hint="Look for casts and divisions in 'query' of the stream; the value itself is not shown.",
    )


def _by_text(text: str, state: str, shown: str) -> WeftError:
    if "readonly database" in text:
        return Invalid(f"{shown} refused the question: it would write", hint="Streams only read.")
    if "not a database" in text or "malformed" in text:
        return Invalid(f"{shown} is not a complete SQLite database", hint="Fetch it again, or name another file.")
    if "locked" in text or "busy" in text:
        return Unavailable(f"{shown} is locked by somebody who writes to it", hint="Run again.")
    if _STREAMED.search(text):  # while rows stream the driver gives no SQLSTATE
        return _on_data(shown, "")
    reason = f" (SQLSTATE {state})" if state else ""
    return Unavailable(f"{shown} stopped answering{reason}", hint="Look whether it is up, then run again.")


def _unconnected(text: str, shown: str) -> WeftError:
    if "authentication failed" in text or "no password supplied" in text:
        return Invalid(
            f"{shown} does not accept the user or the password", hint="Look at 'user' and 'password' of the source."
        )
    if "does not exist" in text:
        what = "role" if re.search(r'role "[^"]*" does not exist', text) else "database"
        return Invalid(
            f"{shown} cannot be opened: there is no such {what}", hint="Look at 'url' and 'user' of the source."
        )
    if "no pg_hba.conf entry" in text or "SSL" in text:
        return Invalid(
            f"{shown} does not let this connection in", hint="Look at 'sslmode' in the URL and at the server's rules."
        )
    reason = next(
        (word for word in ("Connection refused", "timeout expired", "could not translate host name") if word in text),
        "",
    )
    return Unavailable(
        f"{shown} cannot be reached" + (f": {reason.lower()}" if reason else ""),
        hint="Look whether it is up, then run again.",
    )
