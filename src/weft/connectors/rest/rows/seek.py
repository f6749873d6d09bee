"""Pages cut no finer than it takes: the pass that tells that a list is JSON finds the numbers of its records too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from weft.connectors.rest.rows import split
from weft.connectors.rest.rows.digits import written
from weft.connectors.rest.rows.page import Page, decode

if TYPE_CHECKING:
    from collections.abc import Iterable

_MISSES = 3
"""Pages in a row that had to be read another time, until the next ones are not tried."""
_FAR = 1 << 16
"""Bytes that are looked through for an end of a list."""
_WORDS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_CLOSED = re.compile(rb"\s*\]")
_OPENED = re.compile(rb"\s*\[")
_LIST = msgspec.json.Decoder(list[Raw])


class Seek:
    """Reads pages as `split.page` does; where their records are objects of one list, these are cut once somebody looks.

    It stands for the decoder of a stream's answers, and knows from the columns what to look for.
    """

    def __init__(self) -> None:
        self._record: Any = None
        self._missed = 0

    def look_for(self, record: Any) -> None:
        """What to find in each record: a struct of msgspec whose parts are raw; none: nothing."""
        self._record = record

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """See `split.page`."""
        record = self._record
        if record is None or self._missed >= _MISSES:
            return split.page(body, path)
        found, ends = None, None
        with suppress(*split.UNREADABLE):  # it is told, or mended, below
            found = split.fast(body, path, record)
            ends = _ends(body, path, found) if len(found) > 1 else None
        if found is None or ends is None:
            self._missed += found is None or len(found) > 1
            return split.page(body, path)
        self._missed, (begin, end) = 0, ends
        array = split.view(body, begin, end)
        return Page(
            _Cut(array, len(found)),
            lambda: decode(body[: begin + 1] + body[end - 1 :]),
            lambda: decode(body),
            array=array,
            numbers=(record, written(found)),
        )


class _Cut(Sequence[Any]):
    """The records of a list, whose number is known."""

    def __init__(self, array: Any, count: int) -> None:
        self._array, self._count = array, count
        self._records: list[Raw] = []

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: Any) -> Any:
        self._records = self._records or _LIST.decode(self._array)
        return self._records[at]


def _ends(body: bytes, path: tuple[str, ...], found: list[Any]) -> tuple[int, int] | None:
    """Where the list begins and ends that holds these records; none where that would take long to tell.

    Values of the first and the last record are known: what is read between them and the brackets has to fit.
    """
    names = found[0].__struct_fields__
    first, last = _value(found[0], names), _value(found[-1], reversed(names))
    if first is None or last is None:
        return None
    import pyarrow as pa

    start, after = pa.py_buffer(body).address, pa.py_buffer(last)
    place = pa.py_buffer(first).address - start
    opened = _opening(path).search(body, 0, place) if path else _OPENED.match(body)
    if opened is None or _depths(body, opened.end(), place) != (1, 1):
        return None
    begin, end = opened.end() - 1, _closing(body, after.address - start + after.size)
    return (begin, end) if end else None


def _value(record: Any, names: Iterable[str]) -> Any:
    """The first of these that lies in the record itself."""
    return next((one for name in names if isinstance(one := getattr(record, name), Raw)), None)


@lru_cache(maxsize=256)
def _opening(path: tuple[str, ...]) -> re.Pattern[bytes]:
    """The key of a list and its bracket. As it stands in no string, since quotes have a backslash there."""
    return re.compile(re.escape(msgspec.json.encode(path[-1])) + rb"\s*:\s*\[")


def _depths(body: bytes, begin: int, end: int) -> tuple[int, int]:
    """How deep one is at an end, and at the least since something opened; (-1, -1) where it is far."""
    depth, least = 0, 1
    if end - begin > _FAR:
        return -1, -1
    for word in _WORDS.finditer(body, begin, end):
        depth += (word[0] in b"[{") - (word[0] in b"]}")
        least = min(least, depth)
    return depth, least


def _closing(body: bytes, begin: int) -> int:
    """Behind the bracket of the list whose last record one is in; 0 where there is none."""
    depth = 1
    for word in _WORDS.finditer(body, begin, begin + _FAR):
        depth += (word[0] in b"[{") - (word[0] in b"]}")
        if not depth:
            closed = _CLOSED.match(body, word.end())
            return closed.end() if closed else 0
    return 0
