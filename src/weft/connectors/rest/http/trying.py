"""The tries of one request: how many, how long they wait, and what is told in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft.connectors import waits
from weft.connectors.rest.http import failing
from weft.connectors.rest.http.verdict import Action
from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.connectors.rest.http.failing import Where
    from weft.connectors.rest.http.line import Line
    from weft.connectors.rest.http.lost import Lost
    from weft.connectors.rest.http.message import Answer, Request
    from weft.connectors.rest.http.pace import Pace
    from weft.connectors.rest.http.verdict import Verdict
    from weft.seams import Clock

_TRIES = 6
_SPENT = 15.0
"""Seconds that a request waits for a limit that another one has waited for in vain."""
_RENEWALS = 2
_FIRST, _LONGEST = 1.0, 60.0
"""Seconds before the second try, doubled for each further one up to that; by chance down to half of it."""


class Bounds(Struct, frozen=True):
    """What bounds the requests of one source."""

    line: Line
    pace: Pace
    clock: Clock
    """For dates in headers."""
    longest: float
    """Seconds that one request may wait in all."""
    place: int
    """See `Line.turns`."""
    ask: Callable[[], object] = lambda: None
    """Told before each request; raises when it may not be sent."""


class Trying:
    """One request until it is done.

    Args:
        where: for messages.
        bounds: limits and time.
        request: what is asked.
    """

    def __init__(self, where: Where, bounds: Bounds, request: Request) -> None:
        self._where, self._request = where, request
        self._line, self._pace, self._clock, self._ask = bounds.line, bounds.pace, bounds.clock, bounds.ask
        self._place, self._longest = bounds.place, bounds.longest
        self._left = bounds.longest
        self.attempt = 0
        """0 for the first try."""
        self._renewed = 0

    def turn(self, host: str) -> None:
        """Wait until the limits of this host let the request out.

        Raises:
            Unavailable: that is too long.
        """
        for wait in self._line.turns(host, self._request, self._pace.now, self._place):
            if wait > self._longest:
                raise Unavailable(
                    f"{self._where.asked(self._request)}: what '{host}' allows is used up for {wait:,.0f} s more, and "
                    f"a request waits {self._longest:,.0f} s at most",
                    hint="What was committed stays. Run again then, or allow more by 'longestWait'.",
                )
            self._pace.sleep(wait)
        self._ask()

    def renew(self) -> bool:
        """Whether a refused token may be renewed: what another process got meanwhile may be used up as well."""
        self._renewed += 1
        return self._renewed <= _RENEWALS

    def lost(self, lost: Lost) -> None:
        """An answer did not come: wait for the next try.

        Raises:
            Unavailable: there is none.
        """
        wait = self._backoff()
        unsafe = not lost.unsent and not self._request.again
        if unsafe or self.attempt + 1 >= (lost.tries or _TRIES) or wait > self._left:
            hint = lost.hint
            if unsafe:
                hint = (
                    f"A {self._request.method} is not sent twice, unless the connector says 'repeatable: true'. {hint}"
                )
            raise failing.gave_up(
                self._where, self._request, (lost.why, hint.rstrip()), self.attempt + 1, slow=lost.slow
            )
        self._sleep(wait)

    def again(self, answer: Answer, verdict: Verdict, host: str) -> None:
        """An answer says to try again: wait for it.

        Raises:
            WeftError: it was tried enough, or it would take too long.
        """
        limited = verdict.action is Action.RATE_LIMITED
        if not limited and (self.attempt >= verdict.tries or not (self._request.again or verdict.said)):
            raise failing.failed(self._where, answer, verdict, self.attempt + 1)
        told = waits.told(answer.headers, self._clock.now())
        own = self._backoff() if verdict.wait is None else verdict.wait
        wait = max(told or 0.0, own if told is None or verdict.wait is not None else 0.0)
        if limited and told is None and host in self._line.spent:
            self._left = min(self._left, _SPENT)
        if limited and (told is not None or wait <= self._left):
            self._line.hold(host, self._pace.now(), wait)
        if wait > self._left:
            self._line.spent.add(host)
            raise failing.too_long(self._where, answer, None if told is None else wait, self._longest)
        self._sleep(wait)

    def _backoff(self) -> float:
        longest = min(_FIRST * 2.0 ** min(self.attempt, 20), _LONGEST)
        return longest * (0.5 + self._pace.chance() / 2)

    def _sleep(self, seconds: float) -> None:
        self.attempt += 1
        self._left -= seconds
        self._pace.sleep(seconds)
