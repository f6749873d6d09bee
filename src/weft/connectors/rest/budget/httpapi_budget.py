"""The budget of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from weft.connectors.rest.parts import Part
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Request


class HTTPAPIBudget(Kind):
    """How many requests may go out in a time, for all streams of a source together.

    The first policy that fits a request counts it.
    """

    policies: tuple[Annotated[Any, Part("budget")], ...] = ()
    """FixedWindowCallRatePolicy, MovingWindowCallRatePolicy, UnlimitedCallRatePolicy."""
    ratelimit_reset_header: str = ""
    """Header that tells when the limit begins anew, besides the usual ones."""
    ratelimit_remaining_header: str = ""
    """Header that tells how many requests are left, besides the usual ones."""
    status_codes_for_ratelimit_hit: tuple[int, ...] = (429,)
    """Statuses that say that the limit is used up."""

    def rates(self, request: Request) -> tuple[int, tuple[tuple[int, float], ...]]:
        """Which policy counts a request, and how many it allows in how many seconds; () = any number."""
        for number, policy in enumerate(self.policies):
            if not policy.matchers or any(matcher.fits(request) for matcher in policy.matchers):
                return number, policy.allowed
        return -1, ()
