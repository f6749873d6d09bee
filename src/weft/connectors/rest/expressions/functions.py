"""The functions of expressions: each a plain function of values; `now` comes from the run's clock."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from weft.connectors.rest import moments
from weft.connectors.rest.spans import Span, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NOW = "now()"
"""Under this key the names of an evaluation hold what tells the time; no expression can speak of it."""
_STAMPED = frozenset(("now_utc", "today_utc", "today_with_timezone", "day_delta"))
"""Functions whose first argument is the time."""


def now_utc(now: datetime) -> datetime:
    """The time, UTC."""
    return now


def today_utc(now: datetime) -> date:
    """The day, UTC."""
    return now.date()


def today_with_timezone(now: datetime, timezone: str) -> date:
    """The day in a time zone."""
    return now.astimezone(moments.zone_named(timezone)).date()


def day_delta(now: datetime, num_days: int, format: str = moments.ISO) -> str:  # noqa: A002 - the language's own name
    """The time so many days from now."""
    return moments.written(now + timedelta(days=num_days), format)


def timestamp(value: Any) -> int | float:
    """Seconds since 1970."""
    if isinstance(value, int | float):
        return int(value)
    seconds = moments.moment_of(value).timestamp()
    return int(seconds) if seconds == int(seconds) else seconds


def str_to_datetime(text: str) -> datetime:
    """An ISO 8601 text as a moment, UTC where it names no zone."""
    return moments.moment_of(text)


def format_datetime(dt: Any, format: str, input_format: str = "") -> str:  # noqa: A002 - the language's own name
    """A moment, ISO 8601 text or number in another format."""
    found = moments.read(dt, (input_format,)) if input_format else moments.moment_of(dt)
    return moments.written(found, format)


def duration(text: str) -> Span:
    """An ISO 8601 duration."""
    return span(text)


def largest(*values: Any) -> Any:
    """The largest of several, or of one list."""
    return max(_several(values))


def smallest(*values: Any) -> Any:
    """The smallest of several, or of one list."""
    return min(_several(values))


def sanitize_url(text: Any) -> str:
    """Percent-encoded, a space as plus."""
    return quote_plus(str(text))


def camel_case_to_snake_case(text: str) -> str:
    """`CamelCase` as `camel_case`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", text).lower()


def generate_uuid() -> str:
    """A random UUID."""
    return str(uuid.uuid4())


def json_loads(text: str) -> Any:
    """A JSON text as the value that it means."""
    return json.loads(text)


def _several(values: tuple[Any, ...]) -> Iterable[Any]:
    return values[0] if len(values) == 1 and isinstance(values[0], list | tuple) else values


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "now_utc": now_utc,
    "today_utc": today_utc,
    "today_with_timezone": today_with_timezone,
    "day_delta": day_delta,
    "timestamp": timestamp,
    "str_to_datetime": str_to_datetime,
    "format_datetime": format_datetime,
    "duration": duration,
    "max": largest,
    "min": smallest,
    "sanitize_url": sanitize_url,
    "camel_case_to_snake_case": camel_case_to_snake_case,
    "generate_uuid": generate_uuid,
    "json_loads": json_loads,
}


def stamped(name: str) -> bool:
    """Whether the function takes the time before its arguments."""
    return name in _STAMPED


def system_time() -> datetime:
    """The time where no run tells it."""
    return datetime.now(UTC)
