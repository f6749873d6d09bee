"""rowCount: how many rows the table has."""

from __future__ import annotations

from weft.kinds import Kind
from weft.quality.check import At, Counted


class RowCount(Kind):
    """Counts all rows of the table."""

    def bad(self, at: At) -> None:
        """A row alone does not decide it."""

    def measure(self, at: At) -> Counted:
        """Number of rows."""
        return Counted(aggregate="count(*)", share=False)

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()
