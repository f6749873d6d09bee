"""Volume: whether as many rows came as usually come."""

from __future__ import annotations

import statistics
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from weft.kinds import Kind
from weft.quality.check import At, Counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.quality.past import Arrival

_NORMAL = 0.6745
"""Median absolute deviation of a normal distribution in standard deviations."""
_MEAN = 1.253314
"""Standard deviations in a mean absolute deviation of a normal distribution."""
_DEFAULT = 3.5


class Volume(Kind):
    """Modified z-score of the number of rows that came, against the rhythm of its source; at most 3.5.

    Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): distance from the median in units of the median
    absolute deviation; where that is 0, of the mean absolute deviation; where that is 0 too, of a tenth of the median.
    What replays and what a full refresh read counts like any other run. Passes until enough is known.
    """

    per: Literal["run", "day"] = "run"
    """run: rows of each run that brought some; day: rows of each finished day (UTC), 0 where none came."""
    weekly: bool = False
    """day: compare with the same day of earlier weeks."""
    least: int = Field(7, ge=3)
    """Fewest earlier numbers; with fewer the rule passes."""
    most: int = Field(30, ge=3)
    """Earlier numbers that count, newest first."""

    WANTS: ClassVar[frozenset[str]] = frozenset(("arrivals",))

    @property
    def TIMED(self) -> bool:  # noqa: N802 - read where other kinds have a constant
        """A day without rows is seen although nothing came."""
        return self.per == "day"

    def bad(self, at: At) -> None:
        """A row alone does not decide it."""

    def measure(self, at: At) -> Counted:
        """The score; known before the rows are looked at."""
        numbers = _per_run(at.past.arrivals) if self.per == "run" else self._per_day(at)
        past = numbers[:-1][-self.most :]
        if len(past) < self.least:
            note = f"learning, {len(past)} of {self.least} earlier numbers are known"
            return Counted(aggregate="0", share=False, unit="deviations", note=note)
        score = _score(numbers[-1], past)
        note = f"{numbers[-1]:,} rows came, the median is {statistics.median(past):,.10g}"
        return Counted(aggregate=f"{score!r}", share=False, unit="deviations", note=note)

    def default(self, at: At) -> tuple[str, float]:
        """At most 3.5, as the authors of the score advise."""
        return "mustBeLessOrEqualTo", _DEFAULT

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()

    def _per_day(self, at: At) -> list[int]:
        """Rows of each finished day from the first on, the last finished day last."""
        arrivals, now = at.past.arrivals, at.past.now
        if not arrivals or now is None:
            return []
        day, end = arrivals[0].at.date(), now.date()
        by: dict[object, int] = {}
        for one in arrivals:
            by[one.at.date()] = by.get(one.at.date(), 0) + one.rows
        days = [day + timedelta(days=n) for n in range((end - day).days)]
        alike = [d for d in days if not self.weekly or (end - d).days % 7 == 1]
        return [by.get(d, 0) for d in alike]


def _per_run(arrivals: Sequence[Arrival]) -> list[int]:
    by: dict[str, int] = {}
    for one in arrivals:
        by[one.run] = by.get(one.run, 0) + one.rows
    return list(by.values())


def _score(number: int, past: Sequence[int]) -> float:
    middle = statistics.median(past)
    distances = [abs(n - middle) for n in past]
    spread = statistics.median(distances)
    if spread:
        return round(_NORMAL * abs(number - middle) / spread, 3)
    scale = _MEAN * statistics.fmean(distances) or max(abs(middle) / 10, 1.0)
    return round(abs(number - middle) / scale, 3)
