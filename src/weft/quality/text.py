"""Text of SQL: quoting."""

from __future__ import annotations

from typing import Any


def ident(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted(value: Any) -> str:
    """A value as an SQL text literal; booleans in lower case, as SQL prints them."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "'" + text.replace("'", "''") + "'"
