"""What a stream is read in: its parts, and of each the intervals of its cursor."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from weft.connectors.rest.cursors.base import Interval
from weft.connectors.rest.partitions.base import Part
from weft.connectors.rest.reading.state import State, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from weft.connectors.rest.cursors.base import Cursor
    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.partitions.base import Around


WHOLE = Part()
"""A stream without parts."""


class Slice(Struct, frozen=True):
    """A part and an interval: one list of pages."""

    part: Part = WHOLE
    interval: Interval | None = None
    """None without a cursor."""
    last: bool = True
    """Whether its part is read whole with it."""
    token: Any = None
    """The page to go on with."""
    floor: Any = None
    """Records below are known; none: nothing is left out."""
    halved: int = 0
    """How often its interval was halved."""

    def names(self, cursor: Cursor | None, names: Names) -> dict[str, Any]:
        """What expressions may speak of in it."""
        interval: dict[str, Any] = {}
        if cursor is not None and self.interval is not None:
            for (_, called), usual, at in zip(cursor.ends(), _ENDS, _positions(self.interval), strict=True):
                said = None if at is None else cursor.sent(at, names)
                interval |= {called: said, usual: said}
        return {
            **names,
            "stream_partition": self.part.values,
            "stream_interval": interval,
            "stream_slice": {**self.part.values, **interval, "extra_fields": dict(self.part.extra)},
        }

    def puts(self, cursor: Cursor | None, names: Names) -> tuple[tuple[Any, Any], ...]:
        """Request options with their values."""
        found = list(self.part.options)
        if cursor is not None and self.interval is not None:
            ends = zip(cursor.ends(), _positions(self.interval), strict=True)
            found += [(o, cursor.sent(at, names)) for (o, _), at in ends if o is not None and at is not None]
        return tuple(found)


_ENDS = ("start_time", "end_time")


def _positions(interval: Interval) -> tuple[Any, Any]:
    return interval.start, interval.end if interval.beyond is None else interval.beyond


class Cut(Struct, frozen=True):
    """How a stream is cut into slices.

    Args:
        stream: the stream.
        names: config, parameters.
        state: where it stands; it is not changed here.
        now: the moment that the read began.
        hook: what gives the parts instead of routers.
    """

    stream: Stream
    names: Names
    state: State
    now: datetime
    hook: Callable[..., Any] | None = None
    window: Interval | None = None
    """A backfill's interval, instead of what is new."""
    floor: Any = None
    """Positions from here on are read in any case."""
    skip: frozenset[bytes] = field(default_factory=frozenset)
    """Digests of parts that were read already."""

    def slices(self, around: Around) -> Iterator[Slice]:
        """All of them, in their order."""
        going = dict(self.state.going or {})
        for part in self.parts(around):
            if digest(part.key) in self.skip:
                continue
            found = list(self._of(part))
            if going and going.get("part") == part.key:
                found, going = self._resumed(found, going), {}
            yield from found

    def parts(self, around: Around) -> Iterator[Part]:
        """The parts: every combination of what the routers give."""
        if self.hook is not None:
            for values in self.hook(around):
                own = {name: value for name, value in values.items() if name != "extra_fields"}
                yield Part(own, dict(values.get("extra_fields", {})))
        elif len(self.stream.partitions) <= 1:
            yield from self.stream.partitions[0].parts(around) if self.stream.partitions else (WHOLE,)
        else:
            first, *others = self.stream.partitions
            rest = [list(router.parts(around)) for router in others]
            for head in first.parts(around):
                yield from (sum(tail, head) for tail in product(*rest))

    def start(self, part: str) -> Any:
        """From where a part is read."""
        cursor = self.stream.incremental
        stored = self.state.position(part)
        first = cursor.first(self.names)
        if stored is None:
            return first
        back = cursor.back(cursor.loaded(stored))
        return max(back if self.floor is None else min(back, self.floor), first)

    def _of(self, part: Part) -> Iterator[Slice]:
        cursor = self.stream.incremental
        if cursor is None:
            yield Slice(part)
            return
        start, end = self._ends(part)
        if end is not None and start > end:
            start = end
        pieces = list(cursor.pieces(start, end))
        floor = start if cursor.drops_known or self.window else None
        for place, piece in enumerate(pieces):
            yield Slice(part, piece, place == len(pieces) - 1, floor=floor)

    def _ends(self, part: Part) -> tuple[Any, Any]:
        if self.window is not None:
            return self.window.start, self.window.end
        return self.start(part.key), self.stream.incremental.last(self.names, self.now)

    def _resumed(self, found: list[Slice], going: Mapping[str, Any]) -> list[Slice]:
        """Go on with the page, and the interval, that was cut."""
        cursor = self.stream.incremental
        if cursor is None:
            return [replace(found[0], token=going.get("token"))] if found else []
        start, end = (None if going.get(k) is None else cursor.loaded(going[k]) for k in ("start", "end"))
        if start is None:
            return found
        floor = found[0].floor if found else None
        last = cursor.last(self.names, self.now)
        # What was asked for then does not hold what turned up late since: from there on it is looked back as always.
        since = None if end is None else max(cursor.back(end), cursor.first(self.names))
        rest = [] if end is None or end >= last else list(cursor.pieces(since, last))
        asked = Interval(start, end) if end is None else next(cursor.pieces(start, end), Interval(start, end))
        first = Slice(found[0].part, asked, not rest, going.get("token"), floor)
        more = [Slice(first.part, p, n == len(rest) - 1, floor=floor) for n, p in enumerate(rest)]
        return [first, *more]
