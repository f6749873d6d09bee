"""A file that lies elsewhere, read in parts: the list of an archive is at its end, and a request or two bring it."""

from __future__ import annotations

import io
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

_TAIL = 65_536


class Ranged(io.RawIOBase):
    """Readable and seekable.

    Args:
        part: the bytes from a start, so many.
        size: bytes of the whole.
    """

    def __init__(self, part: Callable[[int, int], bytes], size: int) -> None:
        self._part, self._size, self._at = part, size, 0
        self._tail_start = max(0, size - _TAIL)

    def seekable(self) -> bool:
        """Yes."""
        return True

    def readable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; before the first byte there is none."""
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise OSError(22, "Invalid argument")
        self._at = at
        return at

    def tell(self) -> int:
        """Where we are."""
        return self._at

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer as far as there are bytes."""
        view = memoryview(buffer)
        count = max(0, min(len(view), self._size - self._at))
        if not count:
            return 0
        if self._at >= self._tail_start:
            start = self._at - self._tail_start
            view[:count] = self._tail[start : start + count]
        else:
            view[:count] = self._part(self._at, count)
        self._at += count
        return count

    @cached_property
    def _tail(self) -> bytes:
        return self._part(self._tail_start, self._size - self._tail_start)
