"""How PostgreSQL compares cursor values: in the column's own type, with values that travel through the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.sql.database import Selected, quoted
from weft.connectors.sql.look_back import seconds
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = {"date", "timestamp", "timestamptz"}
_NUMBERS = {"int2", "int4", "int8", "float4", "float8", "numeric"}
_TEXTS = {"text", "varchar"}


class PostgresCursors:
    """SQL over cursor columns.

    Args:
        rows: asks the database a small question with values.
    """

    def __init__(self, rows: Callable[..., list[tuple[Any, ...]]]) -> None:
        self._rows = rows

    def value(self, column: Selected, number: int) -> str:
        """The value of that number in the column's type."""
        if column.type not in TIMES | _NUMBERS | _TEXTS:
            raise Invalid(
                f"the column '{column.name}' of type {column.type or 'unknown'} cannot be a cursor",
                hint="A cursor is a number, a date, a time stamp or a text that only grows.",
            )
        return f"current_setting('weft.value{number}')::{column.type}"

    def told(self, column: Selected, expression: str) -> str:
        """The cursor's value as text; floats and times are exact under the session's settings."""
        self.value(column, 1)
        return f"({expression})::text"

    def proper(self, column: Selected) -> str:
        """Finite and not null."""
        name = quoted(column.name)
        if column.type in TIMES:
            return f"isfinite({name})"
        return f"{name} < 'Infinity'" if column.type in {"float4", "float8", "numeric"} else f"{name} IS NOT NULL"

    def minus(self, column: Selected, value: Any, back: str) -> Any:
        """Computed by the server in the column's own type."""
        span = seconds(back)
        fits = column.type in TIMES if span is not None else column.type in _NUMBERS
        if not fits:
            raise Invalid(
                f"the look-back '{back}' does not fit the cursor '{column.name}' of type {column.type}",
                hint="Times take a duration such as 10 minutes, numbers a number.",
            )
        unit = f"interval '{span} seconds'" if span is not None else f"{float(back):g}"
        return self._rows(f"SELECT (({self.value(column, 1)} - {unit})::{column.type})::text", (value,))[0][0]
