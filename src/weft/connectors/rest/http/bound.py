"""A bound for all requests of a look: so many of them in so many seconds."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from weft.errors import Unavailable

if TYPE_CHECKING:
    from weft.connectors.rest.http.pace import Pace
    from weft.connectors.rest.http.trying import Bounds


class Spent(Unavailable):
    """There is no more time, or no more requests may be sent."""


class Bound(Struct):
    """Several threads may ask within it.

    Args:
        pace: how time passes.
        until: the moment, by that pace.
        requests: how many may be sent from now on.
        around: a wider bound that counts as well.
    """

    pace: Pace
    until: float
    requests: int
    around: Bound | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def left(self) -> float:
        """Seconds."""
        return self.until - self.pace.now()

    def ask(self) -> None:
        """Count a request that is about to be sent.

        Raises:
            Spent: it may not be.
        """
        if self.around is not None:
            self.around.ask()
        with self._lock:
            if self.requests <= 0 or self.left <= 0:
                raise Spent("a look takes no more requests, or no more time", hint="What is left is looked into next.")
            self.requests -= 1

    def sleep(self, seconds: float) -> None:
        """Wait, when there is time for it.

        Raises:
            Spent: there is not.
        """
        if seconds > self.left:
            raise Spent(f"a look does not wait {seconds:,.0f} s more", hint="What is left is looked into next.")
        self.pace.sleep(seconds)

    def within(self, bounds: Bounds) -> Bounds:
        """The bounds of a source, and this one."""
        return replace(bounds, pace=replace(self.pace, sleep=self.sleep), ask=self.ask)
