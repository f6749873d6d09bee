"""No limit."""

from __future__ import annotations

from typing import Annotated, Any

from weft.connectors.rest.parts import Part
from weft.kinds import Kind


class UnlimitedCallRatePolicy(Kind):
    """Requests that are not counted."""

    matchers: tuple[Annotated[Any, Part("budget", "HttpRequestRegexMatcher")], ...] = ()
    """Which requests; none: all."""

    @property
    def allowed(self) -> tuple[tuple[int, float], ...]:
        """Requests in seconds: any number."""
        return ()
