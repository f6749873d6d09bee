"""The account's time: SuiteQL knows no other."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def local(at: datetime, zone: str) -> str:
    """A time as SuiteQL knows it: the account's zone, seconds."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def utc(text: str, zone: str) -> str:
    """A stored time as the Record API gives it."""
    at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
