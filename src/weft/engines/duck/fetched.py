"""Data files of a bucket, brought here once and kept below a budget. Files of tables never change.

Who needs some gets hard links to them in a folder of its own process: whatever another process throws out of the
cache meanwhile, the linked files stay.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from weft.errors import Broken, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_AT_ONCE = 8
"""Files that are fetched at a time."""


class Fetched:
    """A folder of fetched files. Safe for threads; other processes may share it.

    Args:
        folder: where they lie; only the owner may read it.
        mine: a folder of this process, on the same disk.
        budget: bytes that they may take together, besides those that are being read.
        fetch: brings the object of a URL into a local file; raises FileNotFoundError when it is gone.
    """

    def __init__(self, folder: Path, mine: Path, budget: int, fetch: Callable[[str, Path], None]) -> None:
        self._folder, self._mine, self._budget, self._fetch = folder, mine, budget, fetch
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}
        self._in_use: Counter[str] = Counter()

    def hold(self, urls: Iterable[str]) -> dict[str, str]:
        """Local paths by URL; the files stay until `release`.

        Raises:
            Unavailable: the object store does not answer, or the disk is full.
            Broken: an object is gone.
        """
        wanted = list(dict.fromkeys(urls))
        held: dict[str, str] = {}
        try:
            if len(wanted) == 1:
                held[wanted[0]] = self._one(wanted[0])
                return held
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                waiting = [(url, pool.submit(self._one, url)) for url in wanted]
            for url, done in waiting:
                if done.exception() is None:
                    held[url] = done.result()
            for _, done in waiting:
                done.result()
        except BaseException:
            self.release(held)
            raise
        return held

    def release(self, urls: Iterable[str]) -> None:
        """These are no longer needed; what is over the budget goes."""
        for url in urls:
            name = _name(url)
            with self._lock:
                self._in_use[name] -= 1
                if self._in_use[name] <= 0:
                    del self._in_use[name]
                    (self._mine / name).unlink(missing_ok=True)
        self.trim()

    def keep(self, url: str, path: Path) -> None:
        """That local file is what was uploaded as the object: it need not be fetched. It is moved away."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(OSError):  # another disk, or none left: it is fetched when it is needed
            path.chmod(0o600)
            path.replace(self._folder / _name(url))
        self.trim()

    def trim(self) -> None:
        """Delete files, oldest use first, until the budget holds."""
        found = []
        for path in self._folder.glob("*.parquet"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        over = sum(size for _, size, _ in found) - self._budget
        for _, size, path in sorted(found):
            if over <= 0:
                return
            path.unlink(missing_ok=True)
            over -= size

    def _one(self, url: str) -> str:
        name = _name(url)
        with self._lock:
            making = self._making.setdefault(name, threading.Lock())
        with making:
            with self._lock:
                if self._in_use[name]:
                    self._in_use[name] += 1
                    return str(self._mine / name)
            self._link(url, name)
            with self._lock:
                self._in_use[name] += 1
                return str(self._mine / name)

    def _link(self, url: str, name: str) -> None:
        """A link of one's own to the cached file, which is fetched first if it is not there (any more)."""
        for folder in (self._folder, self._mine):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._mine / name).unlink(missing_ok=True)
        try:
            os.utime(self._folder / name)
            (self._mine / name).hardlink_to(self._folder / name)
        except FileNotFoundError:
            self._bring(url, name)

    def _bring(self, url: str, name: str) -> None:
        half = self._mine / f".{uuid.uuid4().hex}.tmp"
        try:
            self._fetch(url, half)
            half.chmod(0o600)
            (self._mine / name).hardlink_to(half)
            half.replace(self._folder / name)
        except FileNotFoundError:
            raise Broken(
                f"data file {url.rpartition('/')[2]} is gone from its object store",
                hint="`weft doctor` tells more; bring it back from a backup, or read all again with --full-refresh.",
            ) from None
        except OSError as error:
            raise Unavailable(
                f"a data file could not be brought here: {error.strerror or type(error).__name__}",
                hint="Look at the disk of the mesh's folder.",
            ) from error
        finally:
            half.unlink(missing_ok=True)


def _name(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest() + ".parquet"
