"""missingValues: rows whose value means that there is none."""

from __future__ import annotations

from typing import Any

from weft.kinds import Kind
from weft.quality.check import At, Counted
from weft.quality.text import quoted


class MissingValues(Kind):
    """Counts the rows in which the column is NULL or holds one of the listed stand-ins, such as '' or 'N/A'."""

    missing_values: tuple[Any, ...] = (None,)
    """What counts as missing; null among them is NULL. Without a list NULL alone counts."""

    def bad(self, at: At) -> str:
        """The row has no value, or a stand-in for none."""
        listed = [v for v in self.missing_values if v is not None]
        parts = [f"{at.column} IS NULL"] if None in self.missing_values else []
        if listed:
            parts.append(f"CAST({at.column} AS VARCHAR) IN ({', '.join(map(quoted, listed))})")
        return " OR ".join(parts) or "FALSE"

    def measure(self, at: At) -> Counted:
        """Number of such rows."""
        return Counted(aggregate=f"count(*) FILTER (WHERE {self.bad(at)})")

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()
