"""Rate limits: points an hour for apps, and bursts a second for each call of everybody."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft_vendors.atlassian.auth import Caller

NEAR = 0.2


@dataclass
class Limits:
    """Of one site."""

    now: Callable[[], datetime]
    points: int = 65_000
    """An hour, for each app; people's tokens cost none."""
    burst: int = 100
    reason: str = "jira-quota-global-based"
    """Whose points they are: `jira-quota-tenant-based` where a site has a pool of its own."""
    used: int = 0
    hour: str = ""
    calls: dict[str, deque[datetime]] = field(default_factory=dict)
    refused: int = 0

    def take(self, caller: Caller, endpoint: str) -> dict[str, str]:
        """Count a call; the headers that go with its answer, or 429."""
        now = self.now()
        calls = self.calls.setdefault(endpoint, deque())
        while calls and calls[0] <= now - timedelta(seconds=1):
            calls.popleft()
        if len(calls) >= self.burst:
            raise self._refusal("jira-burst-based", 1, now + timedelta(seconds=1), self.burst)
        calls.append(now)
        if not caller.metered:
            return {}
        if f"{now:%Y%m%d%H}" != self.hour:
            self.hour, self.used = f"{now:%Y%m%d%H}", 0
        reset = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        if self.used >= self.points:
            wait = int((reset - now).total_seconds())
            raise self._refusal(self.reason, wait, reset, self.points)
        left = max(self.points - self.used - 1, 0)
        near = {"X_RateLimit_NearLimit": "true"} if left < NEAR * self.points else {}
        return {"X_RateLimit_Limit": str(self.points), "X_RateLimit_Remaining": str(left), **near}

    def spend(self, caller: Caller, answer: Any) -> None:
        """What an answer costs: one, and one for each thing in it."""
        if caller.metered:
            rows = answer if isinstance(answer, list) else next((v for v in answer.values() if isinstance(v, list)), [])
            self.used += 1 + len(rows)

    def _refusal(self, reason: str, wait: int, reset: datetime, most: int) -> Refused:
        """429; its body is not to be relied on."""
        self.refused += 1
        bodies: tuple[Any, ...] = (
            {"errorMessages": ["Rate limit exceeded"]},
            {"code": 429, "message": "Rate limit exceeded"},
            None,
        )
        return Refused(
            429,
            bodies[self.refused % len(bodies)],
            Retry_After=str(max(wait, 1)),
            X_RateLimit_Limit=str(most),
            X_RateLimit_Remaining="0",
            X_RateLimit_Reset=f"{reset:%Y-%m-%dT%H:%M:%SZ}",
            RateLimit_Reason=reason,
        )
