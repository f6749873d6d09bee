"""A limit on any span of time."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from weft.connectors.rest.parts import Part
from weft.kinds import Kind


class Rate(Kind):
    """So many requests in such a span."""

    limit: int = Field(ge=1)
    """Requests."""
    interval: timedelta
    """Duration: `PT10S`."""


class MovingWindowCallRatePolicy(Kind):
    """In any span of that length there are no more requests than that."""

    rates: tuple[Rate, ...] = Field(min_length=1)
    """All of them hold: `[{limit: 100, interval: PT10S}, {limit: 10000, interval: P1D}]`."""
    matchers: tuple[Annotated[Any, Part("budget", "HttpRequestRegexMatcher")], ...] = ()
    """Which requests; none: all."""

    @property
    def allowed(self) -> tuple[tuple[int, float], ...]:
        """Requests in seconds."""
        return tuple((rate.limit, rate.interval.total_seconds()) for rate in self.rates)
