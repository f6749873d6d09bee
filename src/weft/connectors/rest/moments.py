"""Moments as APIs write them: strftime with the further signs of the low-code language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

ISO = "%Y-%m-%dT%H:%M:%S.%f%z"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {
    "%s": timedelta(seconds=1),
    "%s_as_float": timedelta(seconds=1),
    "%ms": timedelta(milliseconds=1),
    "%epoch_microseconds": timedelta(microseconds=1),
}
_FINE = {"%ms": timedelta(milliseconds=1), "%epoch_microseconds": timedelta(microseconds=1)}
_MILLIS = "%_ms"
_FRACTION = re.compile(r"(?<=:\d\d)\.(\d+)")
_DIGITS = 6
_SIGNS = (
    ("%f", timedelta(microseconds=1)),
    (_MILLIS, timedelta(milliseconds=1)),
    ("%S", timedelta(seconds=1)),
    ("%M", timedelta(minutes=1)),
    ("%H", timedelta(hours=1)),
    ("%d", timedelta(days=1)),
)


def written(moment: datetime, form: str) -> str:
    """A moment in that format.

    Args:
        moment: with its zone.
        form: strftime and `%s`, `%s_as_float`, `%ms`, `%epoch_microseconds`, `%_ms` (milliseconds, three digits).
    """
    if form in _UNITS:
        whole = moment - EPOCH
        if form == "%s_as_float":
            return f"{whole / _UNITS[form]:.6f}"
        return str(whole // _UNITS[form])
    millis = f"{moment.microsecond // 1000:03d}"
    form = form.replace(_MILLIS, millis).replace("%ms", millis)
    if "%s" in form:
        form = form.replace("%s", str((moment - EPOCH) // _UNITS["%s"]))
    if "%Y" in form:  # a year has four digits wherever this runs
        form = form.replace("%Y", f"{moment.year:04d}")
    return moment.strftime(form)


def read(value: object, forms: tuple[str, ...], zone: tzinfo = UTC) -> datetime:
    """The moment that a value means, in UTC.

    Args:
        value: text or number.
        forms: the formats that are tried, in their order; ISO 8601 is tried last.
        zone: of what names none.

    Raises:
        ValueError: none of them fits.
    """
    for form in forms:
        try:
            return _zoned(_parsed(value, form), zone)
        except (ValueError, OverflowError):
            continue
    text = str(value)
    try:
        return _zoned(datetime.fromisoformat(_short(text)), zone)
    except ValueError:
        raise ValueError(f"a value fits none of the formats {', '.join(forms) or ISO}") from None


def granularity(form: str) -> timedelta:
    """The smallest step that a format can tell."""
    if form in _UNITS:
        return _FINE.get(form, _UNITS["%s"] if form == "%s" else _FINE["%epoch_microseconds"])
    return next((step for sign, step in _SIGNS if sign in form), timedelta(days=1))


def zone_named(name: str) -> tzinfo:
    """A time zone by its IANA name.

    Raises:
        ValueError: there is none.
    """
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"'{name[:40]}' is no time zone such as Europe/Berlin") from None


def moment_of(value: object) -> datetime:
    """A moment, date, ISO 8601 text or seconds since 1970 as a moment in UTC."""
    if isinstance(value, datetime):
        return _zoned(value, UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int | float):
        return EPOCH + timedelta(seconds=value)
    return read(value, ())


def _parsed(value: object, form: str) -> datetime:
    if form in _UNITS:
        if not isinstance(value, int | float | str) or isinstance(value, bool):
            raise ValueError("no number")
        if isinstance(value, str):
            value = float(value) if "." in value else int(value)
        return EPOCH + value * _UNITS[form]
    text = str(value)
    if _MILLIS in form or "%ms" in form:
        form = form.replace(_MILLIS, "%f").replace("%ms", "%f")
    return _strptime(_short(text) if "%f" in form else text, form)


@lru_cache(maxsize=4096)
def _strptime(text: str, form: str) -> datetime:
    return datetime.strptime(text, form)  # noqa: DTZ007 - the caller knows the zone


def _short(text: str) -> str:
    """At most six digits of a second: Python knows no more."""
    return _FRACTION.sub(lambda found: "." + found[1][:_DIGITS], text)


def _zoned(moment: datetime, zone: tzinfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
