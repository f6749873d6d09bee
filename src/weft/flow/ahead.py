"""Streams that come next, begun to be read while the tables before them land: waits for a system are not added up."""

from __future__ import annotations

import threading
from queue import Queue
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct, field

from weft.errors import WeftError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType

    from weft.model import Batch, Placed

_END = object()
MOST = 128 << 20
"""Bytes of columns in memory from which on no stream is begun before another one ends."""


class Start(Struct, frozen=True):
    """A stream that can be read."""

    at: tuple[Any, ...]
    """Where: what is read depends on it alone."""
    batches: Callable[[], Generator[Batch, None, None]]
    """Reads it."""
    width: int
    """Streams of that source at once; 1 = never ahead."""


class _Begun:
    """A stream whose first batch a thread reads when it is its turn; whoever takes it goes on from there."""

    def __init__(self, start: Start, turn: threading.Semaphore) -> None:
        self.at, self._turn = start.at, turn
        self._rest = start.batches()
        self._first: Queue[Any] = Queue(1)
        self._lock, self._gone = threading.Lock(), False
        threading.Thread(target=self._run, daemon=True, name="weft-ahead").start()

    def batches(self) -> Generator[Batch, None, None]:
        first = self._first.get()
        if isinstance(first, BaseException):
            raise first
        if first is not _END:
            yield first
            yield from self._rest

    def drop(self) -> None:
        """Nobody takes it: it ends with its first batch, if that is still being read."""
        with self._lock:
            self._gone = True
            if not self._first.empty():
                self._rest.close()

    def _run(self) -> None:
        with self._turn:
            try:
                first: Any = _END if self._gone else next(self._rest, _END)
            except BaseException as error:  # noqa: BLE001 - it is raised where the batches are taken
                first = error
        with self._lock:
            self._first.put(first)
            if self._gone:
                self._rest.close()


class Ahead(Struct):
    """The tables of a run, in the order in which they land.

    Args:
        todo: those whose streams were not begun.
        start: how a table's stream is read; none when it reads none. Called in the thread that lands.
    """

    todo: list[Placed]
    start: Callable[[Placed], Start | None]
    _begun: dict[str, _Begun] = field(default_factory=dict)
    _turns: dict[int, threading.Semaphore] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for begun in self._begun.values():
            begun.drop()

    def batches(self, placed: Placed, start: Start) -> Generator[Batch, None, None]:
        """The batches of a table; the streams after it begin to be read.

        Args:
            placed: the table.
            start: as its stream is to be read now: what was begun elsewhere is not taken.
        """
        begun = self._begun.pop(placed.name.key, None)
        self.todo = [one for one in self.todo if one.name != placed.name]
        if begun is not None and begun.at != start.at:
            begun.drop()
            begun = None
        if begun is None and start.width > 1:  # so that it is read while the others are begun
            begun = _Begun(start, threading.Semaphore())
        self._more(start.width)
        return start.batches() if begun is None else begun.batches()

    def _more(self, width: int) -> None:
        """At most `width` streams at once, the one that lands among them, and as many that go on where they end."""
        import pyarrow as pa

        most = width if pa.total_allocated_bytes() > MOST else 2 * width
        turn = self._turns.setdefault(width, threading.Semaphore(max(width - 1, 1)))
        for placed in list(self.todo):
            if width == 1 or len(self._begun) + 1 >= most:
                return
            self.todo.remove(placed)
            try:
                start = self.start(placed)
            except WeftError:
                continue  # it is told when its turn comes
            if start is not None and start.width > 1:
                self._begun[placed.name.key] = _Begun(start, turn)
