"""Where tables lie: what the Delta store asks of folders on a disk and of buckets alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from weft.model import DataFile

LOG = "_delta_log"


class Found(Struct, frozen=True):
    """A data file that is there, listed by a version or not."""

    bytes: int
    modified: float
    """When it was written, in seconds since 1970."""


class Folder(Protocol):
    """One table's folder."""

    @property
    def url(self) -> str:
        """What delta-rs opens: an absolute path or a URL."""

    @property
    def options(self) -> dict[str, str] | None:
        """What delta-rs needs besides, credentials too; none = a local path."""

    def make(self) -> None:
        """Make it, where folders are made."""

    def size(self, name: str) -> int | None:
        """Bytes of a file of the log; none when it is not there."""

    def log(self) -> Collection[str]:
        """Names of the files of the log."""

    def text(self, name: str) -> str:
        """A file of the log. Raises OSError when it cannot be read, FileNotFoundError when it is not there."""

    def data(self) -> Mapping[str, Found]:
        """Data files by name, listed by a version or not."""

    def fetch(self, name: str, into: Path) -> None:
        """Copy a data file, or one of the log (`_delta_log/...`), to a local path. Raises FileNotFoundError."""

    def adopt(self, files: Sequence[DataFile], version: int) -> dict[str, str]:
        """Put staged files into the table; returns new name -> staged path, in the order of `files`.

        The names are unique and sort in the order of commits, and in the order given within one commit.

        Raises:
            Unavailable: it cannot be done; the staged files are where they were.
        """

    def give_back(self, moved: Mapping[str, str]) -> None:
        """Undo `adopt`, so that the caller may try again on a newer snapshot."""

    def settle(self, version: int, moved: Mapping[str, str]) -> None:
        """That commit was made, with these files: have it survive a power cut. Raises OSError."""

    def remove(self, names: Collection[str]) -> None:
        """Delete data files."""


class Ground(Protocol):
    """All tables of a store."""

    @property
    def root(self) -> str:
        """Absolute folder or URL, without a slash at its end."""

    @property
    def local(self) -> Path:
        """Local folder for what is written but not committed, and for locks among the processes of this machine."""

    def folder(self, place: str) -> Folder:
        """A table's folder, by its path below the root."""

    def tables(self) -> Iterable[tuple[str, ...]]:
        """Paths below the root, in parts, of all that has a log."""

    def put(self, path: str, source: Path) -> None:
        """Write a copy of a local file below the root."""

    def discard(self, place: str) -> None:
        """Delete a table's folder."""

    def tip(self, place: str, version: int) -> str:
        """Identity of that commit while it is the newest one; '' when it is not."""
