"""ISO 8601 durations, with months and years that days cannot tell."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from typing import Annotated

from msgspec import Struct
from pydantic import AfterValidator

_SPAN = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?\Z"
)
_YEAR = 12


class Span(Struct, frozen=True):
    """So many months, and so much time; added to and taken from a moment."""

    months: int = 0
    time: timedelta = timedelta()
    text: str = ""
    """As it was written."""

    def __neg__(self) -> Span:
        return Span(-self.months, -self.time)

    def __radd__(self, moment: datetime) -> datetime:
        return _months(moment, self.months) + self.time

    __add__ = __radd__

    def __rsub__(self, moment: datetime) -> datetime:
        return moment + -self

    def __bool__(self) -> bool:
        return bool(self.months or self.time)


def span(text: str) -> Span:
    """A duration such as `P1D`, `PT10M`, `P1M`, `P1Y`.

    Raises:
        ValueError: it is none.
    """
    found = _SPAN.match(text.strip())
    if found is None:
        raise ValueError(f"'{text[:40]}' is no ISO 8601 duration such as PT10M, P1D, P1M")
    part = {name: float(value or 0) for name, value in found.groupdict().items() if name != "sign"}
    names = ("weeks", "days", "hours", "minutes", "seconds")
    made = Span(
        months=int(part["years"]) * _YEAR + int(part["months"]),
        time=timedelta(**{name: part[name] for name in names}),
        text=text,
    )
    return -made if found["sign"] else made


def _months(moment: datetime, months: int) -> datetime:
    if not months:
        return moment
    count = moment.year * _YEAR + moment.month - 1 + months
    year, month = divmod(count, _YEAR)
    if not date.min.year <= year <= date.max.year:
        raise ValueError("the moment lies outside of the years 1 to 9999")
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _plain(text: str) -> str:
    span(text)
    return text


def _given(text: str) -> str:
    return text if "{{" in text else _plain(text)


Duration = Annotated[str, AfterValidator(_plain)]
"""A duration as it is written."""
GivenDuration = Annotated[str, AfterValidator(_given)]
"""A duration, or an expression that gives one."""
