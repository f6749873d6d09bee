"""Days, weeks, months, quarters and years as half-open spans of days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weft.model import Grain

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
SHOWN = {"day": 31, "week": 26, "month": 13, "quarter": 9, "year": 6}
"""Periods of a trend, the current one among them: enough to see the same season again."""


def start(grain: Grain, day: date) -> date:
    """First day of the period that a day lies in."""
    if grain in _DAYS:
        return day - timedelta(days=day.weekday() if grain == "week" else 0)
    months = _MONTHS[grain]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def shift(grain: Grain, first: date, steps: int) -> date:
    """First day of the period so many later, or earlier below 0; `first` begins a period."""
    if grain in _DAYS:
        return first + timedelta(days=steps * _DAYS[grain])
    month = first.year * 12 + first.month - 1 + steps * _MONTHS[grain]
    return date(month // 12, month % 12 + 1, 1)


def steps(grain: Grain, first: date, last: date) -> int:
    """Periods from one to a later one; both begin a period."""
    if grain in _DAYS:
        return (last - first).days // _DAYS[grain]
    return ((last.year - first.year) * 12 + last.month - first.month) // _MONTHS[grain]
