"""How long a server asks to wait: `Retry-After` (RFC 9110, 10.2.3) and the usual headers of rate limits."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_REMAINING = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining", "x-hubspot-ratelimit-remaining")
_RESET = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
_RESET_IN = ("x-ratelimit-reset-after", "x-hubspot-ratelimit-interval-milliseconds")
_STRUCTURED = re.compile(r"(?:^|[;,]\s*)(?P<key>[rt])=(?P<value>\d+)")
_YEAR = 366 * 86_400.0
"""Seconds: a number this near to now, counted from 1970, is a point in time; any other is a span."""


def told(answer: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the answer asks to wait before the next request; None = it does not ask.

    Args:
        answer: headers.
        now: for dates, when the answer tells no `Date` of its own.
    """
    here = moment(answer.get("Date", "")) or now
    found = span(answer.get("Retry-After", ""), here)
    return found if found is not None else used_up(answer, here)


def used_up(answer: Mapping[str, str], now: datetime, remaining: str = "", reset: str = "") -> float | None:
    """Seconds until a limit that is used up begins anew; None = something is left, or nothing is told.

    Args:
        answer: headers.
        now: for points in time.
        remaining: a further header that tells what is left.
        reset: a further header that tells when it begins anew.
    """
    left = next((answer[name] for name in (remaining, *_REMAINING) if name and name in answer), "")
    if left.strip() == "0":
        here = moment(answer.get("Date", "")) or now
        for name in (reset, *_RESET):
            if name and name in answer:
                return span(answer[name], here)
        for name in _RESET_IN:
            if name in answer:
                seconds = span(answer[name], here)
                return seconds if seconds is None or not name.endswith("milliseconds") else seconds / 1000
    fields = {m["key"]: int(m["value"]) for m in _STRUCTURED.finditer(answer.get("RateLimit", ""))}
    return float(fields["t"]) if fields.get("r") == 0 and "t" in fields else None


def span(text: str, now: datetime) -> float | None:
    """Seconds of a number, a point in time (HTTP date, ISO 8601, seconds or milliseconds since 1970); None = neither.

    What lies in the past is no wish.
    """
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        point = moment(text)
        return None if point is None else _ahead((point - now).total_seconds())
    if not math.isfinite(number):
        return None
    for ahead in (number - now.timestamp(), number / 1000 - now.timestamp()):
        if abs(ahead) < _YEAR:
            return _ahead(ahead)
    return _ahead(number)


def moment(text: str) -> datetime | None:
    """A point in time, as HTTP date or ISO 8601; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _ahead(seconds: float) -> float | None:
    return seconds if seconds > 0 else None
