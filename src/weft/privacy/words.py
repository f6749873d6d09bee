"""Words of a column's name."""

from __future__ import annotations

import re

_EDGES = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9\u00c0-\uffff]+")


def words(name: str) -> tuple[str, ...]:
    """`MonthlyIncome`, `monthly_income` and `Monthly Income [EUR]` as monthly, income (, eur)."""
    return tuple(part.lower() for part in _EDGES.split(name) if part)


def says(name: str, phrases: tuple[str, ...], but: tuple[str, ...] = ()) -> bool:
    """Whether a name holds one of the phrases as whole words side by side, also written as one word.

    Args:
        name: of the column.
        phrases: lower case, words parted by spaces.
        but: words that speak against it.
    """
    found = words(name)
    if any(word in found for word in but):
        return False
    text = f" {' '.join(found)} "
    return any(f" {phrase} " in text or f" {phrase.replace(' ', '')} " in text for phrase in phrases)
