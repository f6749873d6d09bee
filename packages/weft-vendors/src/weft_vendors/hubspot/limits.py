"""Rate limits: a rolling burst for each app, a day's quota for the account, five searches a second."""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from weft_vendors.core import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft_vendors.hubspot.auth import Caller

OAUTH_BURST = 110


@dataclass
class Limits:
    """What an account may ask for; the tier of a Professional portal by default."""

    now: Callable[[], datetime]
    zone: str = "US/Eastern"
    burst: int = 190
    interval: int = 10
    daily: int = 650_000
    searches: int = 5
    calls: dict[str, deque[datetime]] = field(default_factory=dict)
    day: str = ""
    today: int = 0
    refused: int = 0

    def take(self, caller: Caller, *, search: bool) -> dict[str, str]:
        """Count one call; the headers that go with its answer, or 429."""
        now = self.now()
        self._roll(now)
        if search:
            self._count("search", self.searches, 1, now, "SECONDLY")
        most = OAUTH_BURST if caller.oauth else self.burst
        left = self._count(caller.app, most, self.interval, now, "TEN_SECONDLY_ROLLING")
        if not caller.oauth:
            if self.today >= self.daily:
                raise self._refusal("DAILY", now)
            self.today += 1
        return {} if search else self._headers(caller, most, left)

    def _headers(self, caller: Caller, most: int, left: int) -> dict[str, str]:
        told = {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(self.interval * 1000),
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(left),
            "X-HubSpot-RateLimit-Secondly": str(most // 10),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(most // 10 - 1),
        }
        if caller.oauth:
            return told
        daily = {"Daily": str(self.daily), "Daily-Remaining": str(self.daily - self.today)}
        return told | {f"X-HubSpot-RateLimit-{name}": value for name, value in daily.items()}

    def _roll(self, now: datetime) -> None:
        day = now.astimezone(ZoneInfo(self.zone)).date().isoformat()
        if day != self.day:
            self.day, self.today = day, 0

    def _count(self, who: str, most: int, seconds: int, now: datetime, policy: str) -> int:
        calls = self.calls.setdefault(who, deque())
        while calls and calls[0] <= now - timedelta(seconds=seconds):
            calls.popleft()
        if len(calls) >= most:
            raise self._refusal(policy, now)
        calls.append(now)
        return most - len(calls)

    def _refusal(self, policy: str, now: datetime) -> Refused:
        """429; whether it says when to come back is not to be relied on."""
        self.refused += 1
        words = {"SECONDLY": "secondly", "DAILY": "daily"}.get(policy, "ten_secondly_rolling")
        body = {
            "status": "error",
            "message": f"You have reached your {words} limit.",
            "errorType": "RATE_LIMIT",
            "correlationId": str(uuid.uuid4()),
            "policyName": policy,
            "requestId": str(uuid.uuid4()),
        }
        wait = {"SECONDLY": 1, "DAILY": self._midnight(now)}.get(policy, self.interval)
        return Refused(429, body, **({"Retry_After": str(wait)} if self.refused % 2 else {}))

    def _midnight(self, now: datetime) -> int:
        local = now.astimezone(ZoneInfo(self.zone))
        return int(
            ((local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0) - local).total_seconds()
        )
