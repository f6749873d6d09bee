"""One stream being read: its slices, their pages, how far it came."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from weft.connectors.rest import moments
from weft.connectors.rest.cursors.base import Interval
from weft.connectors.rest.decoders.json_decoder import JsonDecoder
from weft.connectors.rest.http.lost import TooSlow, Unsupported
from weft.connectors.rest.reading import chunks, job
from weft.connectors.rest.reading.context import Context
from weft.connectors.rest.reading.joints import Joint
from weft.connectors.rest.reading.slices import Cut, Slice
from weft.connectors.rest.reading.state import State, digest
from weft.connectors.rest.reading.values import kept, values
from weft.connectors.rest.rows.shaping import Shaping
from weft.errors import Broken, Invalid, WeftError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.partitions.base import Part
    from weft.connectors.rest.reading.opened import Opened
    from weft.connectors.rest.reading.pages import Listing
    from weft.connectors.rest.rows.page import Page
    from weft.connectors.rest.rows.seek import Seek


class Taken(Struct, frozen=True):
    """A page whose records are ready to be kept."""

    page: Page
    newest: Any
    """Newest position in it; none without a cursor or values."""
    more: Any
    """The next page's token; none = the slice ends."""
    positions: tuple[Any, ...] = ()
    """The position of each record, for a stream without a key."""


class Reading(Struct, dict=True):
    """One stream of an open source.

    Args:
        opened: the source.
        name: of the stream, for messages.
        stream: the stream.
        state: where it stands; `reached` moves it.
        parameters: values for expressions over the stream's own.
        window: a backfill's interval.
        floor: positions from here on are read in any case.
    """

    opened: Opened
    name: str
    stream: Stream
    state: State = field(default_factory=State)
    parameters: dict[str, Any] = field(default_factory=dict)
    window: Interval | None = None
    floor: Any = None
    parents: dict[str, Reading] = field(default_factory=dict)
    """Those that are read for what is new: their states are kept with this stream's."""
    whole: bool = False
    """Whether its parents are read whole, in any case."""
    instead: Stream | None = None
    """What is read where the system does not offer the stream in this way."""
    seek: Seek | None = None
    """Reads pages for the columns that their records go to; none: every record is looked at."""
    best: Any = None
    """Newest position of all parts in this read."""

    @cached_property
    def names(self) -> Names:
        """What expressions may always speak of."""
        return self.opened.names({**self.stream.parameters, **self.parameters})

    @cached_property
    def now(self) -> datetime:
        """The moment that the read began."""
        return self.opened.reach.clock.now()

    @property
    def begun(self) -> datetime:
        """The moment that the first part was read, also by a run that was cut short."""
        return min(self.now, moments.read(self.state.read, ())) if self.state.read else self.now

    @property
    def global_(self) -> bool:
        """Whether one position holds for all parts."""
        cursor = self.stream.incremental
        return self.state.all is not None or (cursor is not None and cursor.global_substream_cursor)

    def slices(self, skip: frozenset[bytes] = frozenset()) -> Iterator[Slice]:
        """What is to be read, in its order."""
        found = self.opened.hooks(self.stream).get("partitions")
        hook = None if found is None else lambda _: found(Context(self.opened, self.name, self.names, self.stream))
        cut = Cut(self.stream, self.names, self.state, self.now, hook, self.window, self.floor, skip)
        return cut.slices(self)

    def records(self, stream: str, *, incremental: bool) -> Iterator[tuple[dict[str, Any], Part]]:
        """Records of another stream with their parts, for the parts of this one."""
        incremental = incremental and not self.whole
        stored = State.load(self.state.parents.get(stream, {})) if incremental else State()
        parent = Reading(self.opened, stream, self.opened.stream(stream), stored, self.parameters)
        if incremental:
            self.parents[stream] = parent
        for slice_ in parent.slices():
            newest = None
            for taken in parent.pages(slice_):
                yield from ((record, slice_.part) for record in taken.page.dicts())
                newest = _later(newest, taken.newest)
            parent.reached(slice_, newest)

    def pages(self, slice_: Slice) -> Iterator[Taken]:
        """The pages of a slice; an interval that takes too long is halved, a page that is no longer there begins anew.

        Raises:
            WeftError: what stands in the way.
        """
        begun = False
        try:
            for taken in self._pages(slice_):
                yield taken
                begun = True
        except (Invalid, TooSlow) as error:
            others = () if begun else _otherwise(self, slice_, error)
            if not others:
                raise
            for other in others:
                yield from self.pages(other)

    def reached(self, slice_: Slice, newest: Any) -> None:
        """A slice was read whole; the state says so."""
        cursor = self.stream.incremental
        if cursor is None or slice_.interval is None:
            return
        self.best = _later(self.best, _capped(newest, slice_.interval.end))
        if self.global_:
            return
        stored = self.state.at.get(slice_.part.key)
        before = slice_.interval.start if stored is None else cursor.loaded(stored)
        position = _later(before, _capped(newest, slice_.interval.end))
        if not slice_.last:
            position = _later(position, slice_.interval.end)
        self.state.reached(slice_.part.key, cursor.stored(position))

    def passed(self, parts: set[bytes]) -> None:
        """All parts were read; where there are too many, or the manifest says so, one position is kept for all.

        Each of them was read up to the moment that the first one was, at least. Without a key what one position reads
        again would be there twice: then each keeps its own.
        """
        cursor, state = self.stream.incremental, self.state
        if cursor is None or not (self.global_ or (state.many and self.stream.key)):
            return
        stored = [*state.at.values(), *([] if state.all is None else [state.all])]
        best = _later(self.best, *map(cursor.loaded, stored))
        if best is not None:
            state.all = cursor.stored(_capped(best, cursor.last(self.names, self.begun)))
            state.known |= parts | {digest(part) for part in state.at}
            state.at = {}

    def _pages(self, slice_: Slice) -> Iterator[Taken]:
        cursor, stream = self.stream.incremental, self.stream
        names, puts = slice_.names(cursor, self.names), slice_.puts(cursor, self.names)
        ready = self._ready(names)
        found = chunks.variants(self.opened, self.name, stream, names)
        if type(stream.retriever).__name__ == "AsyncRetriever":
            got_pages = job.pages(self.opened, self.name, stream, found, puts)
        else:
            listing = _sought(self, self.opened.listing(self.name, stream, names, puts))
            got_pages = chunks.in_chunks(listing, stream, found, slice_.token)
        for got in got_pages:
            taken = self._taken(slice_, ready(got.page), got.more)
            yield taken
            if cursor is not None and cursor.is_data_feed and got.page.count and not taken.page.count:
                return  # everything on the page is known already: so is all that follows

    def _ready(self, names: Names) -> Callable[[Page], Page]:
        stream = self.stream
        shaping = Shaping(stream.filter.condition if stream.filter else None, stream.transformations)
        extract = self.opened.hooks(stream).get("extract")

        def ready(page: Page) -> Page:
            if extract is not None:
                page = page.replaced(extract(page, config=self.opened.config, stream=self.name))
            return shaping.apply(page, names)

        return ready

    def _taken(self, slice_: Slice, page: Page, more: Any) -> Taken:
        cursor = self.stream.incremental
        if cursor is None:
            return Taken(page, None, more)
        found = values(page, cursor.cursor_field)
        try:
            if slice_.floor is not None:
                page = kept(page, _fresh(self, slice_, found))
            newest = cursor.newest(found, self.names)
            positions = () if self.stream.key else tuple(_positions(self, values(page, cursor.cursor_field)))
        except ValueError as error:
            raise Broken(
                f"'{'.'.join(cursor.cursor_field)}' of the stream '{self.name}': {error}",
                hint="Name how records write it in 'cursorDatetimeFormats' of the connector.",
            ) from None
        return Taken(page, newest, more, positions)


def _sought(reading: Reading, listing: Listing) -> Listing:
    """With pages that are cut no finer than the columns want it, where nothing else looks into the records."""
    stream, joint = reading.stream, Joint.of(listing.paging, listing.asked)
    inside = (stream.filter, stream.transformations, stream.properties, listing.paging.distinct, joint)
    if reading.seek is None or any(inside) or type(listing.decoder) is not JsonDecoder:
        return listing
    return listing if reading.opened.hooks(stream).get("extract") else replace(listing, decoder=reading.seek)


def _later(*positions: Any) -> Any:
    return max((p for p in positions if p is not None), default=None)


def _capped(position: Any, end: Any) -> Any:
    return position if position is None or end is None else min(position, end)


def _fresh(reading: Reading, slice_: Slice, found: list[Any]) -> list[bool]:
    """Which records are not known already, and lie in the window."""
    end = reading.window.end if reading.window else None
    memo: dict[Any, bool] = {}
    flags = []
    for value in found:
        if value is None or value == "":
            flags.append(reading.window is None)
            continue
        if value not in memo:
            at = reading.stream.incremental.position(value, reading.names)
            memo[value] = at >= slice_.floor and (end is None or at < end)
        flags.append(memo[value])
    return flags


def _otherwise(reading: Reading, slice_: Slice, error: WeftError) -> tuple[Slice, ...]:
    """What is asked for instead of a slice that could not be had; nothing where there is no other way."""
    whole = replace(slice_, token=None)
    if isinstance(error, Unsupported):
        if reading.instead is None or reading.instead is reading.stream:
            return ()
        reading.stream = reading.instead
        return (whole,)
    if isinstance(error, TooSlow):
        return tuple(
            replace(whole, interval=half, halved=slice_.halved + 1) for half in _halves(reading.stream, slice_, error)
        )
    # Without a key what was committed would be there twice.
    return (whole,) if slice_.token is not None and reading.stream.key else ()


def _halves(stream: Stream, slice_: Slice, error: TooSlow) -> tuple[Interval, ...]:
    """The interval as two; nothing where it was halved enough, or no request is smaller by it."""
    cursor = stream.incremental
    if cursor is None or slice_.interval is None or slice_.halved >= error.halves:
        return ()
    asked = repr(stream.model_copy(update=dict.fromkeys(("incremental", "schema_", "initial"), None) | {"deletes": ()}))
    words = {"start_time", "end_time", *(called for _, called in cursor.ends())}
    if not any(option is not None for option, _ in cursor.ends()) and not any(word in asked for word in words):
        return ()
    return cursor.halves(slice_.interval) or ()


def _positions(reading: Reading, found: list[Any]) -> Iterator[Any]:
    for value in found:
        yield None if value is None or value == "" else reading.stream.incremental.position(value, reading.names)
