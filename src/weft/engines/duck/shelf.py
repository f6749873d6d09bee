"""The folder of kept files, and the budget that it is held to."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weft.model import Governed


_ABANDONED = 3600.0
"""Seconds after which a file that is still being written is nobody's."""


class Shelf:
    """Kept files below one folder: `<table>/<key>.parquet`. Safe for threads; other processes may share the folder.

    Args:
        folder: where they lie; only the owner may read it.
        budget: bytes that they may take together.
    """

    def __init__(self, folder: Path, budget: int) -> None:
        self._folder = folder
        self._budget = budget
        self._lock = threading.Lock()
        self._in_use: Counter[Path] = Counter()

    def path(self, governed: Governed) -> Path:
        """Where the file of a relation lies, or would."""
        if not governed.key:
            raise ValueError("a governed relation that is not whole needs a key")
        return self._folder / _safe(governed.name) / f"{_safe(governed.key)}.parquet"

    def find(self, governed: Governed) -> Path | None:
        """The kept file, if there is one; this counts as a use."""
        path = self.path(governed)
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def hold(self, paths: Sequence[Path]) -> None:
        """These files are in use."""
        with self._lock:
            self._in_use.update(paths)

    def release(self, paths: Sequence[Path]) -> None:
        """These files are no longer in use; what is over the budget goes."""
        with self._lock:
            self._in_use.subtract(paths)
        self.trim()

    def trim(self, but: Path | None = None) -> None:
        """Delete files, oldest use first, until the budget holds; never one in use, nor `but`."""
        found = []
        for path in self._folder.glob("*/*.parquet"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        for half in self._folder.glob("*/.*.tmp"):  # of a process that was killed
            with contextlib.suppress(OSError):
                if time.time() - half.stat().st_mtime > _ABANDONED:
                    half.unlink()
        over = sum(size for _, size, _ in found) - self._budget
        with self._lock:
            for _, size, path in sorted(found):
                if over > 0 and path != but and self._in_use[path] <= 0:
                    path.unlink(missing_ok=True)
                    over -= size

    def forget(self, table: str, keep: Sequence[str] = (), older_than: float = 0.0) -> int:
        """Delete the files of a table by its key; returns how many went.

        Args:
            table: `domain.product.table@major`.
            keep: starts of keys whose files stay.
            older_than: those that were used within so many seconds stay as well.
        """
        edge, stay, gone = time.time() - older_than, tuple(_safe(key) for key in keep), 0
        for path in self._folder.glob(f"{_safe(table.partition('@')[0])}/*.parquet"):
            if path.name.startswith(_safe(f"{table}/")) and not path.name.startswith(stay or ("/",)):
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime <= edge:
                        path.unlink()
                        gone += 1
        return gone


def _safe(text: str) -> str:
    """A name as a file's name; a table's and a digest's stay as they are."""
    return "".join(c if c.isalnum() or c in "._@-" else "-" for c in text).lstrip(".")
