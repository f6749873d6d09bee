"""nullValues: rows without a value."""

from __future__ import annotations

from weft.kinds import Kind
from weft.quality.check import At, Counted


class NullValues(Kind):
    """Counts the rows in which the column is NULL."""

    def bad(self, at: At) -> str:
        """The row has no value."""
        return f"{at.column} IS NULL"

    def measure(self, at: At) -> Counted:
        """Number of such rows."""
        return Counted(aggregate=f"count(*) FILTER (WHERE {self.bad(at)})")

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()
