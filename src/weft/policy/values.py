"""Constants of row filters: checked against the column's type, then written as SQL."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.model import Comparison


def constant(value: Any, logical_type: str, column: str) -> Any:
    """The value as a column of that type is compared with it.

    Returns:
        str, int, float, Decimal or bool; dates and times as ISO text, timestamps in UTC.

    Raises:
        Invalid: it does not fit; the message names the column and the types, never the value.
    """
    check = _CHECKS.get(logical_type)
    if check is None:
        raise Invalid(f"rows cannot be filtered by '{column}', which is a {logical_type}")
    try:
        return check(value)
    except (TypeError, ValueError):
        raise Invalid(
            f"'{column}' is a {logical_type}, it cannot be compared with what the filter gives ({type(value).__name__})"
        ) from None


def condition(comparison: Comparison, type_: str) -> str:
    """One comparison as SQL that is TRUE for the rows that are seen.

    Args:
        comparison: what `constant` made stands on its right side.
        type_: DuckDB type of the column.
    """
    column = quoted(comparison.column)
    if comparison.operator not in ("in", "not in"):
        return f"{column} {_OPERATORS[comparison.operator]} {literal(comparison.value, type_)}"
    values = ", ".join(literal(value, type_) for value in comparison.value)
    if comparison.operator == "in":
        return f"{column} IN ({values})" if values else "FALSE"
    return f"{column} NOT IN ({values})" if values else f"{column} IS NOT NULL"


def literal(value: Any, type_: str) -> str:
    """A constant as SQL text, typed like the column where its own type is not plain from the text."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return f"({value})"
    text = "'" + str(value).replace("'", "''") + "'"
    return f"CAST({text} AS {type_})" if type_ in ("DATE", "TIMESTAMP WITH TIME ZONE") else text


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


_OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _number(value: Any) -> int | float | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        raise TypeError
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _date(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return date.fromisoformat(_text(value)).isoformat()


def _timestamp(value: Any) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(sep=" ")


def _time(value: Any) -> str:
    moment = value if isinstance(value, time) else time.fromisoformat(_text(value))
    if moment.tzinfo is not None:
        raise ValueError
    return moment.isoformat()


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "string": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "time": _time,
}
