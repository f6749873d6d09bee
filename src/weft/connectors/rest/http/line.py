"""What all streams of one source share: tokens, how many requests at once, how many in a time, and when none."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from weft.connectors.rest.http.session import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.connectors.rest.http.message import Request
    from weft.seams import Tally

C = TypeVar("C")
_HELD = 3600.0
"""Seconds."""
_LONG = 3600.0
"""Seconds of a span from which on all processes count together."""
_FEW, _SHARE = 10, 50
"""Requests that are taken from the common tally at first, and what part of the limit at most."""
_SPREAD, _LONGEST_SPREAD = 0.05, 0.1
"""Of a window, and seconds: a limit that is passed by what arrives closer together than it left costs a whole wait."""
_AFTER = 0.02
"""Seconds until one who gives way looks again."""
_SLOTS = 1000
"""Parts of a window in which requests are counted together, so that a million a day takes no memory."""


class Budget(Protocol):
    """What a component of the slot `budget` offers."""

    ratelimit_remaining_header: str
    ratelimit_reset_header: str
    status_codes_for_ratelimit_hit: tuple[int, ...]

    def rates(self, request: Request) -> tuple[Any, tuple[tuple[int, float], ...]]:
        """Which policy counts a request, and how many it allows in how many seconds; () = any number."""


class Window:
    """So many requests in any span of so many seconds, and a little more: what leaves later may travel faster."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._seconds = limit, seconds + min(seconds * _SPREAD, _LONGEST_SPREAD)
        self._slots: deque[tuple[float, int]] = deque()
        self._count = 0

    def delay(self, now: float) -> float:
        """Seconds until there is room for one more."""
        while self._slots and self._slots[0][0] + self._seconds <= now:
            self._count -= self._slots.popleft()[1]
        if self._count < self._limit:
            return 0.0
        return self._slots[0][0] + self._seconds - now

    @property
    def room(self) -> int:
        """How many more there is room for."""
        return self._limit - self._count

    def count(self, now: float) -> None:
        """One more."""
        last = self._slots[-1] if self._slots else None
        if last is not None and self._limit > _SLOTS and now - last[0] < self._seconds / _SLOTS:
            self._slots[-1] = (last[0], last[1] + 1)
        else:
            self._slots.append((now, 1))
        self._count += 1


class Counted:
    """As `Window`, over all processes: requests are taken from the common tally a few at a time.

    Args:
        tally: the common one.
        key: what is counted.
        limit: requests.
        seconds: in any span of that length.
    """

    def __init__(self, tally: Tally, key: str, limit: int, seconds: float) -> None:
        self._tally, self._what = tally, (limit, seconds)
        self._key = key
        self._most = max(limit // _SHARE, 1)
        self._few, self._held = min(_FEW, self._most), 0

    def delay(self, _now: float) -> float:
        """Seconds until there is room for one more."""
        if self._held:
            return 0.0
        self._held, wait = self._tally.take(self._key, self._few, *self._what)
        self._few = min(self._few * 2, self._most)  # who asks much is seldom at the registry
        return wait

    @property
    def room(self) -> int:
        """How many more there is room for."""
        return self._held

    def count(self, _now: float) -> None:
        """One more."""
        self._held -= 1

    def back(self) -> None:
        """What was taken and not used is there for others."""
        if self._held:
            self._tally.take(self._key, -self._held, *self._what)
        self._few, self._held = min(_FEW, self._most), 0


class Line:
    """The shared side of a source.

    Args:
        budget: how many requests in a time.
        seats: how many requests at once.
        tally: counts for all processes, and what the source is called there; none = each counts for itself.
    """

    def __init__(self, budget: Budget | None = None, seats: int = 10, tally: tuple[Tally, str] | None = None) -> None:
        self.tokens = Tokens()
        self.budget = budget
        self._tally = tally
        self._seats = threading.BoundedSemaphore(seats)
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, Any, int, float], Window | Counted] = {}
        self._waiting: defaultdict[tuple[str, Any], list[int]] = defaultdict(list)
        self.places = count()
        """The places of those who ask: of what is allowed, who came first takes what it needs."""
        self._held: dict[str, float] = {}
        self.spent: set[str] = set()
        """Hosts whose limit a request waited for in vain; the next ones do not wait as long."""
        self._wire: Any = None
        self._users = 0

    @contextmanager
    def connected(self, connect: Callable[[], C]) -> Iterator[C]:
        """The connections of the source: of those who use them at once the first opens, the last closes them."""
        with self._lock:
            self._wire = self._wire or connect()
            self._users += 1
            wire: C = self._wire
        try:
            yield wire
        finally:
            with self._lock:
                self._users -= 1
                unused, self._wire = (None, self._wire) if self._users else (self._wire, None)
                for one in () if self._users else self._windows.values():
                    if isinstance(one, Counted):
                        one.back()
            if unused is not None:
                unused.close()

    @contextmanager
    def seat(self) -> Iterator[None]:
        """One of the requests at once."""
        with self._seats:
            yield

    def hold(self, host: str, now: float, seconds: float) -> None:
        """Nobody asks that host for so long; after an hour it is tried again, whatever it has said."""
        with self._lock:
            self._held[host] = max(self._held.get(host, 0.0), now + min(seconds, _HELD))

    def turns(self, host: str, request: Request, now: Callable[[], float], place: int) -> Iterator[float]:
        """Seconds to wait, one after the other, until the request may go out; then it is counted.

        Args:
            host: whom it goes to.
            request: the request.
            now: the time in seconds.
            place: of what is allowed, those of a lower place take what they need.
        """
        waiting = self._waiting[host, self._rates(request)[0]]
        with self._lock:
            waiting.append(place)
        try:
            while (wait := self.delay(host, request, now(), place)) > 0:
                yield wait
        finally:
            with self._lock:
                waiting.remove(place)

    def delay(self, host: str, request: Request, now: float, place: int = 0) -> float:
        """Seconds until the request may go out; 0 = now, and it is counted."""
        policy, rates = self._rates(request)
        with self._lock:
            windows = [self._window((host, policy, *rate)) for rate in rates]
            wait = max((self._held.get(host, now) - now, *(one.delay(now) for one in windows)))
            if wait > 0:
                return wait
            before = sum(other < place for other in self._waiting[host, policy]) if windows else 0
            if before and before >= min(one.room for one in windows):
                return _AFTER
            for one in windows:
                one.count(now)
            return 0.0

    def _rates(self, request: Request) -> tuple[Any, tuple[tuple[int, float], ...]]:
        return self.budget.rates(request) if self.budget else (None, ())

    def _window(self, key: tuple[str, Any, int, float]) -> Window | Counted:
        if key not in self._windows:
            self._windows[key] = self._made(key)
        return self._windows[key]

    def _made(self, key: tuple[str, Any, int, float]) -> Window | Counted:
        """Spans that are as long as other runs are counted over all processes."""
        limit, seconds = key[2:]
        if self._tally is None or seconds < _LONG:
            return Window(limit, seconds)
        tally, name = self._tally
        return Counted(tally, f"{name}:{':'.join(map(str, key))}", limit, seconds)


_LINES: dict[str, Line] = {}
_LOCK = threading.Lock()


def shared(key: str, budget: Budget | None, seats: int, tally: Tally | None = None) -> Line:
    """The line of a source in this process: its streams share it, one after the other and at once.

    Args:
        key: what the source is; holds no secret.
        budget: how many requests in a time.
        seats: how many requests at once.
        tally: counts for all processes.
    """
    with _LOCK:
        if key not in _LINES:
            _LINES[key] = Line(budget, seats, (tally, key) if tally else None)
        return _LINES[key]
