"""A limit on spans of time that follow each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from weft.connectors.rest.parts import Part
from weft.kinds import Kind


class FixedWindowCallRatePolicy(Kind):
    """In each span there are no more requests than that.

    When the system's spans begin is not known, so that here no span of that length has more.
    """

    period: timedelta
    """Duration: `PT1M`."""
    call_limit: int = Field(ge=1)
    """Requests."""
    matchers: tuple[Annotated[Any, Part("budget", "HttpRequestRegexMatcher")], ...] = ()
    """Which requests; none: all."""

    @property
    def allowed(self) -> tuple[tuple[int, float], ...]:
        """Requests in seconds."""
        return ((self.call_limit, self.period.total_seconds()),)
