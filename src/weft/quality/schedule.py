"""When a rule with a schedule is due: cron expressions, in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from weft.model import Rule
    from weft.quality.past import Past

_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_FURTHEST = 366 * 8
"""Days that are looked back: the 29th of February may be eight years away."""


class Cron(NamedTuple):
    """A cron expression: the values that each field allows."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    """Day of the month and day of the week are both given: one of them is enough (POSIX crontab)."""

    def last(self, now: datetime) -> datetime | None:
        """The latest time that fits, at or before `now`; none when no day fits, as the 30th of February."""
        day = now.replace(second=0, microsecond=0)
        for _ in range(_FURTHEST):
            if self._fits(day):
                times = [(h, m) for h in self.hours for m in self.minutes if (h, m) <= (day.hour, day.minute)]
                if times:
                    hour, minute = max(times)
                    return day.replace(hour=hour, minute=minute)
            day = (day - timedelta(days=1)).replace(hour=23, minute=59)
        return None

    def _fits(self, day: datetime) -> bool:
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (by_day or by_weekday) if self.either else (by_day and by_weekday)


def due(rule: Rule, past: Past) -> bool:
    """Whether a rule is to be judged now.

    Without a schedule always; with one when its time has come since the rule was judged last. A rule that has not
    passed stays due: nothing that it held gets out because its time is not yet come. A schedule of another scheduler
    than cron is not ours to read: such a rule is judged with every version.
    """
    if not rule.schedule or past.now is None or not readable(rule):
        return True
    before = past.judged.get(rule.name)
    if before is None or not before.passed:
        return True
    latest = parse(rule.schedule).last(past.now)
    return latest is not None and latest > before.at


def readable(rule: Rule) -> bool:
    """Whether the schedule is cron that can be read."""
    if rule.scheduler.lower() not in ("", "cron", "weft"):
        return False
    try:
        parse(rule.schedule)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def parse(text: str) -> Cron:
    """Read a cron expression of five fields, or one of the names such as `@daily`.

    Raises:
        ValueError: says which field cannot be read.
    """
    fields = _NAMED.get(text.strip().lower(), text).split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"'{text}' has {len(fields)} fields, allowed are five: minute hour day month weekday")
    sets = [_set(part, *field) for part, field in zip(fields, _FIELDS, strict=True)]
    weekdays = frozenset(day % 7 for day in sets[4])
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    return Cron(sets[0], sets[1], sets[2], sets[3], weekdays, either)


def _set(text: str, name: str, low: int, high: int, words: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            begin, end = low, high
        else:
            begin = _number(first, name, words)
            end = _number(last, name, words) if last else high if step else begin
        width = _number(step, name, ()) if step else 1
        if not (low <= begin <= end <= high) or width < 1:
            raise ValueError(f"the {name} '{part}' is not within {low} to {high}")
        found.update(range(begin, end + 1, width))
    return frozenset(found)


def _number(text: str, name: str, words: tuple[str, ...]) -> int:
    if text[:3] in words:
        return words.index(text[:3]) + (1 if words is _MONTHS else 0)
    if not text.isdigit():
        raise ValueError(f"the {name} '{text}' is no number")
    return int(text)
