"""How cursor values are compared in the column's own type, for databases that take them as literals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from weft.connectors.sql.database import Selected, place, quoted
from weft.connectors.sql.look_back import seconds
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable


class Comparison(NamedTuple):
    """How values of a type are compared; `{}` stands for what is compared."""

    what: Literal["number", "time", "text"]
    value: str
    """SQL of a text in the column's type."""
    told: str
    """SQL of the exact text of a value."""
    proper: str = "{} IS NOT NULL"
    """Condition: others can be compared with it."""


class TypedCursors:
    """SQL over cursor columns.

    Args:
        rows: asks the database a small question with values.
        comparison: how a type is compared; none = it cannot be a cursor.
        earlier: SQL of the time `{}` less `{back}` microseconds.
    """

    def __init__(
        self,
        rows: Callable[..., list[tuple[Any, ...]]],
        comparison: Callable[[str], Comparison | None],
        earlier: str,
    ) -> None:
        self._rows = rows
        self._comparison = comparison
        self._earlier = earlier

    def value(self, column: Selected, number: int) -> str:
        """The value of that number in the column's type."""
        return self._of(column).value.replace("{}", place(number))

    def told(self, column: Selected, expression: str) -> str:
        """The cursor's value as text."""
        return self._of(column).told.replace("{}", expression)

    def proper(self, column: Selected) -> str:
        """Not null, and a moment that exists."""
        return self._of(column).proper.replace("{}", quoted(column.name))

    def minus(self, column: Selected, value: Any, back: str) -> Any:
        """Computed by the server in the column's own type."""
        span = seconds(back)
        if self._of(column).what != ("number" if span is None else "time"):
            raise Invalid(
                f"the look-back '{back}' does not fit the cursor '{column.name}' of type {column.type}",
                hint="Times take a duration such as 10 minutes, numbers a number.",
            )
        now = self.value(column, 1)
        if span is None:
            then = f"{now} - {float(back):g}"
        else:
            then = self._earlier.replace("{back}", str(round(span * 1_000_000))).replace("{}", now)
        return self._rows(f"SELECT {self.told(column, then)}", (value,))[0][0]

    def _of(self, column: Selected) -> Comparison:
        found = self._comparison(column.type)
        if found is None:
            raise Invalid(
                f"the column '{column.name}' of type {column.type} cannot be a cursor",
                hint="A cursor is a number, a date, a time stamp or a text that only grows.",
            )
        return found
