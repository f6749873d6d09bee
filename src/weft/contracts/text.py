"""Text of SQL: quoting."""

from __future__ import annotations


def ident(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def either(conditions: list[str]) -> str:
    """SQL that is TRUE when any of the conditions is; FALSE without one."""
    return " OR ".join(f"({c})" for c in conditions) if conditions else "FALSE"
