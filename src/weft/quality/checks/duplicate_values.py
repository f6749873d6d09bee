"""duplicateValues: rows whose value, or combination of values, another row has too."""

from __future__ import annotations

from weft.kinds import Kind
from weft.quality.check import OWN, At, Counted
from weft.quality.text import ident


class DuplicateValues(Kind):
    """Counts the surplus rows: of n rows with one value n - 1. Rows with NULL in any of the columns do not count."""

    properties: tuple[str, ...] = ()
    """Columns that are to be unique together; without them the column that the rule stands on."""

    def bad(self, at: At) -> None:
        """A row alone does not decide it."""

    def measure(self, at: At) -> Counted:
        """Number of surplus rows, by a pass of its own, so that grouping can spill to disk."""
        names = [at.find(p).name for p in self.properties] or [at.prop.name]
        listed = ", ".join(ident(n) for n in names)
        present = " AND ".join(f"{ident(n)} IS NOT NULL" for n in names)
        groups = f"SELECT count(*) AS n FROM {ident(OWN)} WHERE {present} GROUP BY {listed} HAVING count(*) > 1"
        return Counted(query=f"SELECT coalesce(sum(n - 1), 0) FROM ({groups})")

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()
