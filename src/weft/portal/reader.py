"""Who reads the page: language, and how numbers and times are written for them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    format_percent,
)
from msgspec import Struct

from weft.portal.words import SOURCE, languages, translations
from weft.web import cookies

if TYPE_CHECKING:
    from gettext import NullTranslations

    from starlette.requests import Request

_CURRENCY, _LONG = 3, 10_000
_SKELETONS = {"month": "yMMMM", "quarter": "yQQQ", "year": "y"}
_DAY = 86_400
_TWO_DAYS = 2 * _DAY


class Reader(Struct, frozen=True, dict=True):
    """A reader's language and locale. Times are UTC and say so."""

    locale: Locale

    @property
    def language(self) -> str:
        """Language of the texts: the reader's where there is a catalogue."""
        return self.locale.language if self.locale.language in languages() else SOURCE

    @cached_property
    def words(self) -> NullTranslations:
        """The texts."""
        return translations(self.language)

    def number(self, value: float | None, digits: int = 2) -> str:
        """A number with at most so many decimals."""
        return "" if value is None else format_decimal(round(value, digits), locale=self.locale)

    def percent(self, value: float | None, digits: int = 1) -> str:
        """A share of 1."""
        return (
            ""
            if value is None
            else format_percent(round(value, digits + 2), locale=self.locale, decimal_quantization=False)
        )

    def money(self, value: float | None, currency: str) -> str:
        """An amount, whole units from a thousand on."""
        if value is None:
            return ""
        whole = abs(value) >= 1000  # noqa: PLR2004 - thousands
        return format_currency(
            round(value) if whole else value,
            currency,
            locale=self.locale,
            currency_digits=not whole,
            decimal_quantization=not whole,
        )

    def figure(self, value: float | None, unit: str, *, short: bool = False) -> str:
        """The value of a metric with its unit: 61.7 %, € 4.82M, 12 days."""
        if value is None:
            return ""
        if unit == "percent":
            return self.percent(value / 100)
        if len(unit) == _CURRENCY and unit.isupper():
            if short and abs(value) >= _LONG:
                return format_compact_currency(value, unit, locale=self.locale, fraction_digits=2)
            return self.money(value, unit)
        return f"{self.number(value, 1)} {unit}".strip()

    def change(self, value: float | None, unit: str) -> str:
        """A difference with its sign; that of two shares is in points."""
        if value is None:
            return ""
        sign = "+" if value > 0 else ""
        return f"{sign}{self.number(value, 1)} pt" if unit == "percent" else sign + self.figure(value, unit, short=True)

    def size(self, value: float | None) -> str:
        """Bytes in the unit that fits."""
        if value is None:
            return ""
        amount, unit = float(value), "B"
        for unit in ("B", "kB", "MB", "GB", "TB"):
            if amount < 1000 or unit == "TB":  # noqa: PLR2004 - SI
                break
            amount /= 1000
        return f"{format_decimal(round(amount, 1), locale=self.locale)} {unit}"

    def day(self, value: str) -> str:
        """A date, from ISO 8601."""
        return format_date(datetime.fromisoformat(value), "medium", locale=self.locale) if value else ""

    def period(self, value: str, grain: str) -> str:
        """A day, month, quarter or year, by its first day in ISO 8601."""
        if grain in _SKELETONS:
            return format_skeleton(_SKELETONS[grain], datetime.fromisoformat(value), locale=self.locale)
        return self.day(value)

    def moment(self, value: str) -> str:
        """A time, from ISO 8601, in UTC."""
        if not value:
            return ""
        at = datetime.fromisoformat(value)
        at = at.astimezone(UTC) if at.tzinfo else at
        return f"{format_date(at, 'medium', self.locale)}, {format_time(at, 'short', locale=self.locale)} UTC"

    def span(self, seconds: float | None) -> str:
        """A length of time in one unit: 13 hr; hours up to two days."""
        if seconds is None:
            return ""
        granularity: Any = "hour" if _DAY <= seconds < _TWO_DAYS else "second"
        threshold = 3 if granularity == "hour" else 0.85
        return format_timedelta(
            round(seconds), granularity=granularity, threshold=threshold, format="short", locale=self.locale
        )


def reader_of(request: Request) -> Reader:
    """The language that the reader picked, else the first that the browser asks for and that is known."""
    picked = request.cookies.get(cookies(request).language, "")
    asked = [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    for tag in (picked, *asked):
        try:
            return Reader(Locale.parse(tag, sep="-"))
        except (ValueError, UnknownLocaleError):
            continue
    return Reader(Locale(SOURCE))
