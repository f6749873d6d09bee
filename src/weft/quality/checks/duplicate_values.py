"""duplicateValues: rows whose value, or combination of values, another row has too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.kinds import Kind
from weft.quality.check import OWN, At, Counted
from weft.quality.text import ident

if TYPE_CHECKING:
    from weft.model import Relation


class DuplicateValues(Kind):
    """Counts the surplus rows: of n rows with one value n - 1. Rows with NULL in any of the columns do not count."""

    properties: tuple[str, ...] = ()
    """Columns that are to be unique together; without them the column that the rule stands on."""

    def bad(self, at: At) -> None:
        """A row alone does not decide it."""

    def measure(self, at: At) -> Counted:
        """Number of surplus rows, in the pass that all rules on uniqueness share."""
        return Counted(unique=self._columns(at))

    def failing(self, at: At) -> tuple[str, dict[str, Relation]]:
        """Rows whose value another row has too."""
        columns = self._columns(at)
        listed, present = ", ".join(columns), " AND ".join(f"{c} IS NOT NULL" for c in columns)
        left = f"({listed})" if len(columns) > 1 else listed
        doubled = f"SELECT {left} FROM {ident(OWN)} WHERE {present} GROUP BY {listed} HAVING count(*) > 1"
        return f"{present} AND {left} IN ({doubled})", {}

    def _columns(self, at: At) -> tuple[str, ...]:
        return tuple(at.sql(p) for p in self.properties) or (at.column,)

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()
