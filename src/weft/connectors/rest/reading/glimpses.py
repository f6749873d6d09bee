"""A look at a source within an allowance: its streams, and one small page of some of them, several at once."""

from __future__ import annotations

import threading
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from weft.connectors.rest.http.bound import Bound, Spent
from weft.connectors.rest.reading.batches import Making
from weft.connectors.rest.reading.look import info, promising
from weft.connectors.rest.reading.opened import open_source
from weft.connectors.rest.reading.read import set_up
from weft.connectors.rest.reading.reading import Reading, Taken
from weft.connectors.rest.rows.columns import Columns
from weft.connectors.rest.rows.totals import total
from weft.connectors.rest.settings import RestStream
from weft.errors import WeftError
from weft.seams import Glimpse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.reading.opened import Account, Opened
    from weft.model import StreamInfo
    from weft.seams import Allowance, Reach

    Choose: TypeAlias = Callable[[tuple[StreamInfo, ...]], Sequence[str]]

T = TypeVar("T")
ROWS = 200
"""Records of a page at most, where a request says how many."""
REQUESTS = 8
"""Requests for one stream: its page, and those that it takes to know what to ask for."""
_PARTS = 3
"""Parts of a stream that are looked into for a record."""


def look(
    connector: Account, reach: Reach, streams: Mapping[str, RestStream], choose: Choose, allowance: Allowance
) -> tuple[tuple[StreamInfo, ...], dict[str, Glimpse]]:
    """See `seams.Glimpsing`; half of the allowance is for what the streams are, the rest for what they hold."""
    with open_source(connector, reach) as opened:
        whole = Bound(opened.pace, opened.pace.now() + allowance.seconds, allowance.requests)
        half = Bound(opened.pace, opened.pace.now() + allowance.seconds / 2, allowance.requests // 2, whole)
        told = replace(opened, fetch=opened.fetch.of("", bound=half))
        known = {**told.dynamic, **opened.manifest.streams}
        names = [name for name in streams if name in known] + [name for name in sorted(known) if name not in streams]
        found = _Together(opened, half).all(names, lambda name: info(told, name, known[name]))
        infos = tuple(found.get(name) or info_alone(name, known[name]) for name in names)
        wanted = [name for name in choose(infos) if name in known]

        def seen(name: str) -> Glimpse | None:
            return _glimpse(opened, whole, (name, known[name]), streams.get(name) or RestStream())

        return infos, {n: one for n, one in _Together(opened, whole).all(wanted, seen).items() if one is not None}


def info_alone(name: str, stream: Stream) -> StreamInfo:
    """What is known of a stream without asking."""
    from weft.model import StreamInfo

    return StreamInfo(name=name, key=stream.key, comment=stream.description)


class _Together(Struct, frozen=True):
    """Several of them at once, as many as the source takes; what is not done in time is left out.

    What then still waits for an answer is waited for by nobody.
    """

    opened: Opened
    bound: Bound

    def all(self, names: Iterable[str], do: Callable[[str], T]) -> dict[str, T]:
        todo, done, failed = deque(names), dict[str, T](), list[BaseException]()

        def work() -> None:
            while self.bound.left > 0 and self.bound.requests > 0 and not failed:
                try:
                    name = todo.popleft()
                except IndexError:
                    return
                try:
                    done[name] = do(name)
                except BaseException as error:  # noqa: BLE001 - it is raised by whoever waits
                    failed.append(error)

        width = min(self.opened.manifest.limits.max_concurrency, len(todo))
        threads = [threading.Thread(target=work, daemon=True, name="weft-look") for _ in range(width)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(self.bound.left, 0.0))
        if failed:
            raise failed[0]
        return dict(done)


def _glimpse(opened: Opened, whole: Bound, which: tuple[str, Stream], settings: RestStream) -> Glimpse | None:
    """A page of one stream; none when there was no time for it."""
    bound = Bound(whole.pace, whole.until, REQUESTS, whole)
    try:
        return _page(replace(opened, fetch=opened.fetch.of(which[0], bound=bound)), which, settings)
    except Spent:
        return None if whole.left <= 0 or whole.requests <= 0 else Glimpse(error="it takes too many requests")
    except WeftError as error:
        return Glimpse(error=error.message)


def _page(opened: Opened, which: tuple[str, Stream], settings: RestStream) -> Glimpse:
    name, wanted = which[0], set_up(which[1], settings)
    if _by_job(wanted):
        return Glimpse(error="a job would have to be made for it")
    first = wanted if wanted.initial is None or _by_job(wanted.initial) else wanted.initial
    reading = Reading(opened, name, first, parameters=settings.parameters)
    first = reading.stream = first.model_copy(update={"pagination": first.pagination.smaller(ROWS, reading.names)})
    slices = promising(reading)
    columns, seen = Columns(), list[Taken]()
    for slice_ in islice(slices, _PARTS):
        seen += islice(reading.pages(slice_), 1)
        if seen and seen[-1].page.count:
            columns.take(seen[-1].page)
            break
    rows = _counted(seen, len(slices)) if isinstance(slices, list) else None
    if not columns.rows:
        return Glimpse(rows=rows)
    zone = first.timezone.text(reading.names) if first.timezone else ""
    return Glimpse(Making(first, zone, None).batch(columns.flush(), "append", {}), rows)


def _by_job(stream: Stream) -> bool:
    return type(stream.retriever).__name__ == "AsyncRetriever"


def _counted(seen: list[Taken], slices: int) -> int | None:
    """Rows of the whole stream: all of them are on these pages, or an answer says how many there are."""
    if len(seen) == slices and all(taken.more is None for taken in seen):
        return sum(taken.page.count for taken in seen)
    told = total(seen[0].page) if slices == 1 and seen else None
    return told if told is not None and told >= seen[0].page.count else None
