"""Bounds and allowed values of a contract as SQL literals of the column's type."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from weft.contracts.column_types import duck_type
from weft.contracts.formats import strptime
from weft.contracts.text import quoted
from weft.errors import Invalid

if TYPE_CHECKING:
    from weft.model import Property

_PYTHON = {"%g": "%f", "%n": "%f"}


def bound(prop: Property, given: Any) -> str:
    """A bound of a property as an SQL literal.

    Args:
        prop: an integer, number, date, timestamp or time.
        given: as the contract has it; dates in ISO 8601 or in the property's own format.

    Raises:
        Invalid: it is no value of the property's type.
    """
    try:
        if prop.type in ("integer", "number"):
            return _number(given)
        moment = _moment(str(given), prop)
        if prop.type == "date":
            return f"DATE '{moment.date().isoformat()}'"
        if prop.type == "time":
            return quoted(_clock(moment))
        return f"TIMESTAMPTZ '{moment.astimezone(dt.UTC).strftime('%Y-%m-%d %H:%M:%S.%f')}+00'"
    except (ValueError, InvalidOperation, KeyError):
        raise Invalid(
            f"'{given}' is no bound for '{prop.name}', which is of type {prop.type}",
            hint="Give numbers for numbers, and ISO 8601 for dates and times: 2024-12-31, 2024-12-31T23:59:59Z, 08:30.",
        ) from None


def literal(prop: Property, given: Any) -> str:
    """An allowed value of a property as an SQL literal of its type."""
    if given is None:
        return "NULL"
    if prop.type == "boolean":
        return "TRUE" if str(given).lower() == "true" else "FALSE"
    if prop.type in ("integer", "number", "date", "timestamp", "time"):
        return f"CAST({bound(prop, given)} AS {duck_type(prop)})"
    if isinstance(given, bool):
        return quoted(str(given).lower())
    return quoted(str(given))


def _number(given: Any) -> str:
    if isinstance(given, int):
        return str(int(given))
    number = Decimal(str(given))
    if not number.is_finite() or (isinstance(given, float) and math.isnan(given)):
        raise ValueError(given)
    return format(number, "f") if abs(number.adjusted()) < 30 else repr(float(number))  # noqa: PLR2004 - fits DECIMAL


def _moment(text: str, prop: Property) -> dt.datetime:
    zone = ZoneInfo(str(prop.options.get("defaultTimezone") or "UTC"))
    found = _iso(text, prop) or _formatted(text, prop)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _iso(text: str, prop: Property) -> dt.datetime | None:
    try:
        if prop.type == "time":
            return dt.datetime.combine(dt.date(2000, 1, 1), dt.time.fromisoformat(text))
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _formatted(text: str, prop: Property) -> dt.datetime:
    for fmt in strptime(str(prop.options.get("format", ""))):
        for ours, theirs in _PYTHON.items():
            fmt = fmt.replace(ours, theirs)  # noqa: PLW2901 - the same format, spelt for Python
        try:
            return dt.datetime.strptime(text, fmt)  # noqa: DTZ007 - the zone comes from the property
        except ValueError:
            continue
    raise ValueError(text)


def _clock(moment: dt.datetime) -> str:
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{moment.microsecond:06d}".rstrip("0") if moment.microsecond else text
