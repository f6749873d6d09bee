"""A quality check: odd numbers."""

from __future__ import annotations

from weft.kinds import Kind
from weft.quality import At, Counted


class OddValues(Kind):
    """Counts rows whose number is odd."""

    def bad(self, at: At) -> str:
        """The number is odd."""
        return f"{at.column} % 2 <> 0"

    def measure(self, at: At) -> Counted:
        """How many there are."""
        return Counted(aggregate=f"count_if({self.bad(at)})")

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()
