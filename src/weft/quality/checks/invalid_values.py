"""invalidValues: rows whose value is not one of the allowed."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from weft.kinds import Kind
from weft.quality.check import At, Counted
from weft.quality.text import quoted


class InvalidValues(Kind):
    """Counts the rows whose value breaks any of the given conditions; NULL is not invalid."""

    valid_values: tuple[Any, ...] | None = None
    """Allowed values."""
    invalid_values: tuple[Any, ...] = ()
    """Values that are not allowed."""
    pattern: str | None = None
    """Regular expression that must be found in the text; bind it with ^ and $."""
    valid_min: float | None = None
    """Smallest allowed number."""
    valid_max: float | None = None
    """Greatest allowed number."""
    valid_min_length: int | None = None
    """Fewest characters."""
    valid_max_length: int | None = None
    """Most characters."""

    @model_validator(mode="after")
    def _says_something(self) -> InvalidValues:
        if not self.model_fields_set:
            raise ValueError("give validValues, invalidValues, pattern, validMin, validMax or a length")
        return self

    def bad(self, at: At) -> str:
        """The row has a value that is not allowed."""
        text = at.column if at.prop.type == "string" else f"CAST({at.column} AS VARCHAR)"
        number = at.prop.type in ("integer", "number")
        value = at.column if number else text
        parts = []
        if self.valid_values is not None:
            allowed = [v for v in self.valid_values if v is not None]
            parts.append(f"{value} NOT IN ({_listed(allowed, number=number)})" if allowed else f"{value} IS NOT NULL")
        if self.invalid_values:
            parts.append(f"{value} IN ({_listed([v for v in self.invalid_values if v is not None], number=number)})")
        if self.pattern is not None:
            parts.append(f"NOT regexp_matches({text}, {quoted(self.pattern)})")
        for bound, sign, measured in (
            (self.valid_min, "<", at.column),
            (self.valid_max, ">", at.column),
            (self.valid_min_length, "<", f"length({text})"),
            (self.valid_max_length, ">", f"length({text})"),
        ):
            if bound is not None:
                parts.append(
                    f"{measured} {sign} {bound:g}" if isinstance(bound, float) else f"{measured} {sign} {bound}"
                )
        return " OR ".join(parts)

    def measure(self, at: At) -> Counted:
        """Number of such rows."""
        return Counted(aggregate=f"count(*) FILTER (WHERE {self.bad(at)})")

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()


def _listed(values: list[Any], *, number: bool) -> str:
    plain = number and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return ", ".join(repr(v) if plain else quoted(v) for v in values) or "NULL"
