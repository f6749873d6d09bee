"""How far behind its cursor a stream is read again."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from weft.errors import Invalid

_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*")
_SECONDS = {"s": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
_DAY = 10
_ZONES = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


def seconds(back: str) -> float | None:
    """Seconds of `10 minutes`, `2h`, `1 d`; none when it is a plain number.

    Raises:
        ValueError: neither a number nor a duration.
    """
    found = _TEXT.fullmatch(back)
    unit = found[2].lower() if found else "?"
    if found and not unit:
        return None
    factor = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
    if found is None or factor is None:
        raise ValueError(f"'{back}' is neither a number nor a duration such as 90 s, 10 minutes, 2 h, 1 day")
    return float(found[1]) * factor


def earlier(column: str, value: object, back: str) -> object:
    """A cursor's value so far back, for databases without types for time: numbers, and ISO texts in their own style.

    Raises:
        Invalid: a duration from a number, or a text that is no ISO time.
    """
    span = seconds(back)
    if isinstance(value, int | float):
        if span is not None:
            raise Invalid(
                f"the cursor '{column}' is a number, the look-back '{back}' is a duration", hint="Give a number."
            )
        return value - (int(back) if isinstance(value, int) and back.strip().isdigit() else float(back))
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if span is None or moment is None:
        raise Invalid(
            f"the look-back '{back}' does not fit the cursor '{column}', which holds text",
            hint="A look-back into text needs ISO dates or times in the column and a duration such as 10 minutes.",
        )
    return _styled(moment - timedelta(seconds=span), str(value))


def _styled(moment: datetime, like: str) -> str:
    """The moment in the style of another, so that texts compare as times do."""
    if len(like) == _DAY:
        return moment.date().isoformat()
    zone = _ZONES.search(like)
    body = like[: zone.start()] if zone else like
    fraction = len(body.partition(".")[2])
    text = moment.strftime(f"%Y-%m-%d{body[_DAY]}%H:%M:%S")
    if body.count(":") == 1:
        text = text[:-3]
    if fraction:
        text += f".{moment.microsecond:06d}".ljust(fraction + 1, "0")[: fraction + 1]
    return text + (zone[0] if zone else "")
