"""Times as a tenant writes them: moments with the zone's offset, days that carry one in XML."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def stamp(at: datetime) -> str:
    """A moment as it is kept: UTC, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def zoned(text: str, zone: ZoneInfo) -> str:
    """A kept moment as reports show it: the tenant's time with its offset."""
    return datetime.fromisoformat(text).astimezone(zone).isoformat(timespec="milliseconds")


def offset(day: str, zone: ZoneInfo) -> str:
    """What stands behind a day in XML: `-08:00`."""
    return datetime.combine(date.fromisoformat(day), time(), zone).isoformat()[-6:]


def entry(text: str, zone: ZoneInfo) -> str:
    """A moment that a client wrote, as it is kept; without offset it is the tenant's time.

    Raises:
        ValueError: it is none.
    """
    at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)  # a plus in an address reads as space
    return stamp(at if at.tzinfo else at.replace(tzinfo=zone))
