"""Several slices read at once, given in their order: memory is bounded, waiting for answers is not added up."""

from __future__ import annotations

import threading
from collections import deque
from itertools import chain, islice
from queue import Full, Queue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

S = TypeVar("S")
T = TypeVar("T")
WAITING = 2
"""Pages of a slice that wait to be taken."""
_PATIENCE = 0.2
_END = object()


class _Lane(Generic[S, T]):
    """A slice that a thread reads."""

    def __init__(self, slice_: S, read: Callable[[S], Iterable[T]], stop: threading.Event) -> None:
        self.slice, self._read, self._stop = slice_, read, stop
        self._items: Queue[Any] = Queue(maxsize=WAITING)
        self._thread = threading.Thread(target=self._run, daemon=True, name="weft-slice")
        self._thread.start()

    def items(self) -> Iterator[T]:
        while (item := self._items.get()) is not _END:
            if isinstance(item, _Failed):
                raise item.error
            yield item

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            for item in self._read(self.slice):
                if not self._put(item):
                    return
            self._put(_END)
        except BaseException as error:  # noqa: BLE001 - it is raised where the items are taken
            self._put(_Failed(error))

    def _put(self, item: Any) -> bool:
        while not self._stop.is_set():
            try:
                self._items.put(item, timeout=_PATIENCE)
            except Full:
                continue
            return True
        return False


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _alone(slices: Iterable[S], read: Callable[[S], Iterable[T]]) -> Iterator[tuple[S, T | None]]:
    """The same without threads: that they hand over pages costs more than the pages."""
    for slice_ in slices:
        for item in read(slice_):
            yield slice_, item
        yield slice_, None


def ahead(slices: Iterable[S], read: Callable[[S], Iterable[T]], width: int) -> Iterator[tuple[S, T | None]]:
    """Each slice with its items, then with none when it ended.

    Args:
        slices: what is read; they are asked for one by one, here.
        read: gives the items of one; runs in a thread of its own.
        width: slices at once.
    """
    waiting, stop = iter(slices), threading.Event()
    first = list(islice(waiting, width))
    waiting = chain(first, waiting)
    if len(first) == 1:
        yield from _alone(waiting, read)
    lanes: deque[_Lane[S, T]] = deque()
    try:
        while True:
            while len(lanes) < width and (following := next(waiting, _END)) is not _END:
                lanes.append(_Lane(following, read, stop))  # type: ignore[arg-type]  # not the end
            if not lanes:
                return
            for item in lanes[0].items():
                yield lanes[0].slice, item
            yield lanes.popleft().slice, None
    finally:
        stop.set()
        for lane in lanes:
            lane.join()
