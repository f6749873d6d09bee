"""The methods of values in expressions, by name and type of the value: nothing else of an object can be reached."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft.connectors.rest import moments

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT: dict[str, Callable[..., Any]] = {
    "split": str.split,
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "replace": str.replace,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
    "find": str.find,
    "isdigit": str.isdigit,
    "join": lambda text, items: text.join(str(item) for item in items),
}
_MAPPING: dict[str, Callable[..., Any]] = {
    "get": lambda mapping, key, other=None: mapping.get(key, other),
    "keys": list,
    "values": lambda mapping: list(mapping.values()),
    "items": lambda mapping: [list(pair) for pair in mapping.items()],
}
_MOMENT: dict[str, Callable[..., Any]] = {
    "strftime": lambda moment, form: moments.written(moments.moment_of(moment), form),
    "isoformat": lambda moment: moment.isoformat(),
    "timestamp": lambda moment: moments.moment_of(moment).timestamp(),
    "date": lambda moment: moment.date() if isinstance(moment, datetime) else moment,
    "weekday": lambda moment: moment.weekday(),
    "isoweekday": lambda moment: moment.isoweekday(),
}
_SPAN: dict[str, Callable[..., Any]] = {"total_seconds": timedelta.total_seconds}
METHODS = frozenset((*_TEXT, *_MAPPING, *_MOMENT, *_SPAN))
_FIELDS = {
    date: ("year", "month", "day"),
    datetime: ("hour", "minute", "second", "microsecond"),
    timedelta: ("days", "seconds"),
}


def method(value: Any, name: str) -> Callable[..., Any] | None:
    """What that name does with a value of this type; none when it does nothing."""
    if isinstance(value, str):
        return _TEXT.get(name)
    if hasattr(value, "keys") and hasattr(value, "get"):
        return _MAPPING.get(name)
    if isinstance(value, date):
        return _MOMENT.get(name)
    return _SPAN.get(name) if isinstance(value, timedelta) else None


def field(value: Any, name: str) -> Any:
    """A field of a moment or a time span; none of anything else."""
    known = any(name in names for kind, names in _FIELDS.items() if isinstance(value, kind))
    return getattr(value, name) if known else None
