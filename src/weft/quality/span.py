"""Lengths of time as contracts write them."""

from __future__ import annotations

import re

from weft.errors import Invalid

_HOURS = {
    **dict.fromkeys(("s", "sec", "second"), 1 / 3600),
    **dict.fromkeys(("m", "min", "minute"), 1 / 60),
    **dict.fromkeys(("h", "hr", "hour"), 1.0),
    **dict.fromkeys(("d", "day"), 24.0),
    **dict.fromkeys(("w", "wk", "week"), 168.0),
    **dict.fromkeys(("mo", "month"), 730.5),
    **dict.fromkeys(("y", "yr", "year"), 8766.0),
}
_SPAN = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*?)s?\s*\Z", re.IGNORECASE)


def hours(text: str, rule: str) -> float:
    """Hours of a length of time: `24h`, `7 days`; a number alone is days.

    Raises:
        Invalid: it is none; names the rule.
    """
    found = _SPAN.match(text)
    unit = (found[2].lower() or ("s" if text.rstrip().lower().endswith("s") else "d")) if found else ""
    if found is None or unit not in _HOURS:
        raise Invalid(f"the rule '{rule}' has the time '{text}', allowed are such as 90m, 24h, 7d")
    return float(found[1]) * _HOURS[unit]
