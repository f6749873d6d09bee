"""A stream as batches: what is new by its cursor, everything, or an interval filled back; deletes besides."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from weft.connectors.rest import moments
from weft.connectors.rest.cursors.base import Interval
from weft.connectors.rest.reading.ahead import ahead
from weft.connectors.rest.reading.batches import BYTES, ROWS, Making
from weft.connectors.rest.reading.gone import Gone
from weft.connectors.rest.reading.opened import open_source
from weft.connectors.rest.reading.reading import Reading
from weft.connectors.rest.reading.recent import Recent
from weft.connectors.rest.reading.state import State, digest
from weft.connectors.rest.reading.typed import schema, worth
from weft.connectors.rest.rows.columns import Columns
from weft.connectors.rest.rows.declared import arrow
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.reading.opened import Account, Opened
    from weft.connectors.rest.reading.reading import Taken
    from weft.connectors.rest.reading.slices import Slice
    from weft.connectors.rest.settings import RestStream
    from weft.model import Batch
    from weft.seams import Reach, Window

FRESH = timedelta(hours=6)
"""A read that was cut short goes on where it stood for so long; later it begins anew."""
QUIET = timedelta(hours=6)
"""A cursor that moved without rows is kept after so long."""


def read(
    connector: Account,
    reach: Reach,
    which: tuple[str, RestStream],
    where: tuple[Mapping[str, Any], Window | None],
) -> Iterator[Batch]:
    """Batches of a stream from where its cursor stands.

    Args:
        connector: the source.
        reach: what may be reached.
        which: name of the stream, and its settings.
        where: the cursor, and a backfill's window.
    """
    with open_source(connector, reach) as opened:
        name, settings = which
        stream = set_up(opened.stream(name), settings)
        if where[1] is not None:
            yield from _backfill(opened, name, stream, settings, where[1])
            return
        state = State.load(where[0])
        yield from Run(opened, name, stream, settings, _resumed(state, opened, keyed=bool(stream.key))).batches()


def set_up(stream: Stream, settings: RestStream) -> Stream:
    """The stream as the source's settings make it."""
    cursor = stream.incremental
    changed: dict[str, Any] = {"parameters": {**stream.parameters, **settings.parameters}}
    if settings.refresh == "incremental" and cursor is None:
        raise Invalid("'refresh: incremental' needs a stream that has a cursor", hint="Leave it out, or take 'full'.")
    if settings.refresh == "full":
        changed["incremental"] = None if cursor is None else cursor
    if settings.look_back is not None and hasattr(cursor, "lookback_window"):
        changed["incremental"] = cursor.model_copy(update={"lookback_window": settings.look_back})
    if settings.deletes == "ignore":
        changed["deletes"] = ()
    return stream.model_copy(update=changed)


def _resumed(state: State, opened: Opened, *, keyed: bool) -> State:
    """What was cut short long ago is not gone on with; without a key only a first load begins anew."""
    if not (state.unfinished or state.going or state.done):
        return state
    begun = moments.read(state.read, ()) if state.read else moments.EPOCH
    if opened.reach.clock.now() - begun <= FRESH:
        return state
    if not keyed and not state.full:
        return State(columns=state.columns) if state.unfinished else state
    state.going, state.done = None, set()
    if state.full:
        state.unfinished = False
    return state


def _backfill(opened: Opened, name: str, stream: Stream, settings: RestStream, window: Window) -> Iterator[Batch]:
    cursor = stream.incremental
    if cursor is None:
        raise Invalid(
            f"the stream '{name}' has no cursor to fill back by", hint="Read everything: `weft run --full-refresh`."
        )
    interval = Interval(_edge(cursor, window.start), _edge(cursor, window.end))
    run = Run(opened, name, stream, settings, State(), interval)
    yield from run.batches()


def _edge(cursor: Any, text: str) -> Any:
    try:
        return cursor.loaded(text)
    except ValueError:
        raise Invalid(
            f"'{text[:40]}' is no position of the cursor '{'.'.join(cursor.cursor_field)}'",
            hint="Give a moment in ISO 8601, or a number, as the cursor is.",
        ) from None


class Run(Struct, dict=True):
    """One read of one stream."""

    opened: Opened
    name: str
    stream: Stream
    settings: RestStream
    state: State
    window: Interval | None = None
    parts: set[bytes] = field(default_factory=set)
    """Digests of the parts that were read."""
    since: str = ""
    """When the list began that is gone on with."""

    def batches(self) -> Iterator[Batch]:
        """All of them."""
        gone = Gone(self.reading, self.making)
        if self._first and not self.state.unfinished:
            gone.begin()
        elif self.window is None and not self.full:
            self.reading.floor = gone.floor()
            yield from gone.deleted()
        yield from self._rows()
        if self.window is None and not self.full:
            yield from gone.reconciled()  # due after a first load, too, that was cut and gone on with much later

    @cached_property
    def full(self) -> bool:
        """Whether everything is read each time."""
        if self.window is not None or self.settings.refresh == "full":
            return self.window is None
        return self.stream.incremental is None and not _by_parent(self.stream)

    @cached_property
    def reading(self) -> Reading:
        """The stream as it is read now: as at first while it has no cursor yet."""
        initial = self.stream.initial if (self._first or self.full) and self.window is None else None
        stream, instead = self.stream, None
        if initial is not None and worth(self.opened, self.name, self.stream):
            stream, instead = set_up(initial, self.settings), self.stream
        if self.full and stream.incremental is not None:
            # From the start, and nothing is remembered.
            self.state.at, self.state.all = {}, None
        known = self.settings.parameters
        return Reading(self.opened, self.name, stream, self.state, known, self.window, whole=self.full, instead=instead)

    @cached_property
    def _first(self) -> bool:
        state = self.state
        known = state.at or state.all is not None or (_by_parent(self.stream) and state.parents)
        return self.window is None and not self.full and (state.unfinished or not known)

    @cached_property
    def making(self) -> Making:
        """What makes its batches."""
        zone = self.stream.timezone
        transform = self.opened.hooks(self.stream).get("transform")
        return Making(self.stream, zone.text(self.reading.names) if zone else "", transform)

    @cached_property
    def recent(self) -> Recent:
        """What tells its rows apart when they have no key; first asked for before a slice is read."""
        return Recent(self.state.recent, self.name, cut=self.state.going is not None)

    @cached_property
    def columns(self) -> Columns:
        """What gathers its rows."""
        return columns_of(self.opened, self.name, self.stream, self.state.columns)

    def _rows(self) -> Iterator[Batch]:
        state, reading = self.state, self.reading
        before, whole = state.dump(), self.full or self._first
        resumed = state.unfinished and bool(state.read)
        mode: Literal["append", "replace"] = "replace" if whole and not resumed else "append"
        if not resumed:
            state.read, state.done = reading.now.isoformat(), set()
        state.unfinished, state.full = whole, self.full
        self.recent  # noqa: B018 - as it was left
        reading.seek = self.columns.seek
        self.since = (state.going or {}).get("since", "")
        skip, newest = frozenset(state.done if _pausable(reading) else ()), None
        width = self.stream.concurrency or self.opened.manifest.limits.concurrency
        for slice_, taken in ahead(reading.slices(skip), reading.pages, width):
            if taken is None:
                self._ended(slice_, newest)
                newest = None
            else:
                newest = self._took(slice_, taken, newest)
            if self.columns.bytes >= BYTES or self.columns.rows >= ROWS:
                yield from self._cut(mode, before)
                before, mode = state.dump(), "append"
        self._finished()
        if self.columns.rows or (self.full and mode == "replace") or _moved(self.reading, before):
            yield from self._cut(mode, before)

    def _took(self, slice_: Slice, taken: Taken, newest: Any) -> Any:
        interval, cursor, state = slice_.interval, self.reading.stream.incremental, self.state
        page = taken.page
        newest = taken.newest if newest is None else newest if taken.newest is None else max(newest, taken.newest)
        if _remembers(self.reading, full=self.full):
            page = self.recent.fresh(slice_.part.key, page, taken.positions, _back(self.reading, slice_, newest))
        self.columns.take(page)
        ends = {}
        if interval is not None and cursor is not None:
            ends = {
                k: None if p is None else cursor.stored(p)
                for k, p in zip(("start", "end"), (interval.start, interval.end), strict=True)
            }
            if cursor.ascending and newest is not None and self.window is None and not self.reading.global_:
                # So far everything was read: they come in the order of the cursor.
                state.reached(
                    slice_.part.key, cursor.stored(newest if interval.end is None else min(newest, interval.end))
                )
        since = self.since if slice_.token is not None else self.reading.now.isoformat()
        place = {"part": slice_.part.key, "token": taken.more, "since": since, **ends}
        state.going = place if taken.more is not None else None
        return newest

    def _ended(self, slice_: Slice, newest: Any) -> None:
        self.state.going = None
        if self.window is None:
            self.reading.reached(slice_, newest)
        if _remembers(self.reading, full=self.full):
            self.recent.settle(slice_.part.key, _back(self.reading, slice_, newest))
        if slice_.last and slice_.part.values:
            self.parts.add(digest(slice_.part.key))
            if self.full or self.reading.global_:
                self.state.done.add(digest(slice_.part.key))

    def _finished(self) -> None:
        state = self.state
        state.unfinished, state.going, state.done = False, None, set()
        state.deletes = state.deletes if state.told is None else state.told
        self.reading.passed(self.parts)
        if self.full:
            state.at, state.all, state.known = {}, None, set()
        for name, parent in self.reading.parents.items():
            state.parents[name] = parent.state.dump()

    def _cut(self, mode: Literal["append", "replace"], before: dict[str, Any]) -> Iterator[Batch]:
        table = self.columns.flush()
        self.state.columns = self.columns.memory()
        self.state.recent = self.recent.dump()
        notes = self.columns.told()
        for batch in self.making.rows(table, mode, (before, self.state.dump())):
            yield batch.model_copy(update={"notes": notes})
            notes = ()


def _pausable(reading: Reading) -> bool:
    """Whether parts that were read need not be read again by the run that goes on.

    Not when one count holds for all of them: nothing tells what they had when they were read.
    """
    cursor = reading.stream.incremental
    return not reading.global_ or (cursor is not None and cursor.last(reading.names, reading.now) is not None)


def _remembers(reading: Reading, *, full: bool) -> bool:
    """Whether rows that are read again are told apart here: they have no key."""
    return not (reading.stream.key or full) and reading.stream.incremental is not None


def _back(reading: Reading, slice_: Slice, newest: Any) -> Any:
    """The position from which the part will be read next time, or a later one."""
    cursor, part = reading.stream.incremental, slice_.part.key
    known = [cursor.loaded(reading.state.at[part])] if part in reading.state.at else []
    if newest is not None:
        begun = cursor.last(reading.names, reading.begun) if reading.global_ else None
        ends = (slice_.interval.end if slice_.interval else None, begun)
        known.append(min([newest, *(end for end in ends if end is not None)]))
    return cursor.back(max(known)) if known else None


def _moved(reading: Reading, before: dict[str, Any]) -> bool:
    """Whether the cursor is worth being kept though no row came with it."""
    if reading.window is not None or not before.get("read"):
        return False
    if before.get("unfinished") or before.get("done"):
        return True
    return reading.now - moments.read(before["read"], ()) > QUIET


def _by_parent(stream: Stream) -> bool:
    """Whether a stream without a cursor is read only for the parents that are new."""
    return any(parent.incremental_dependency for router in stream.partitions for parent in router.follows())


def columns_of(opened: Opened, name: str, stream: Stream, memory: dict[str, Any]) -> Columns:
    """What gathers the rows of a stream, with the types that its schema declares."""
    told = schema(opened, name, stream)
    return Columns(None if told is None else arrow(told, utc=stream.timezone is None), memory)
