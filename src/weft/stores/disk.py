"""Tables in local folders."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from weft.stores import files
from weft.stores.ground import LOG, Found

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from weft.model import DataFile


class DiskFolder:
    """Fulfils `stores.ground.Folder`."""

    options: dict[str, str] | None = None

    def __init__(self, url: str) -> None:
        self.url = url

    def make(self) -> None:
        """Make it."""
        Path(self.url).mkdir(parents=True, exist_ok=True)

    def size(self, name: str) -> int | None:
        """Bytes of a file of the log."""
        try:
            return Path(self.url, LOG, name).stat().st_size
        except FileNotFoundError:
            return None

    def log(self) -> set[str]:
        """Files of the log."""
        folder = Path(self.url, LOG)
        return set(os.listdir(folder)) if folder.is_dir() else set()  # noqa: PTH208 - names, and many of them

    def text(self, name: str) -> str:
        """A file of the log."""
        return Path(self.url, LOG, name).read_text("utf-8")

    def data(self) -> dict[str, Found]:
        """Data files."""
        found = {}
        for path in sorted(Path(self.url).glob("*.parquet")):
            try:
                stat = path.stat()
            except FileNotFoundError:  # vacuum was faster
                continue
            found[path.name] = Found(stat.st_size, stat.st_mtime)
        return found

    def fetch(self, name: str, into: Path) -> None:
        """Copy a data file."""
        shutil.copyfile(Path(self.url, name), into)

    def adopt(self, files_: Sequence[DataFile], version: int) -> dict[str, str]:
        """Move staged files."""
        moved: dict[str, str] = {}
        try:
            for number, file in enumerate(files_):
                name = files.new_name(version, number)
                files.sync(file.path)
                Path(file.path).rename(Path(self.url, name))
                moved[name] = file.path
                os.utime(Path(self.url, name))  # vacuum counts its age from now
            if moved:
                files.sync(self.url)
        except OSError as error:
            self.give_back(moved)
            raise files.refused(error) from error
        return moved

    def give_back(self, moved: Mapping[str, str]) -> None:
        """Move them back."""
        for name, staged in moved.items():
            Path(self.url, name).rename(staged)

    def settle(self, version: int, moved: Mapping[str, str]) -> None:
        """Sync the commit and the log's folder."""
        del moved
        written = Path(self.url, LOG, f"{version:020d}.json")
        files.sync(written)
        files.sync(written.parent)

    def remove(self, names: Collection[str]) -> None:
        """Delete data files."""
        for name in names:
            Path(self.url, name).unlink(missing_ok=True)


class Disk:
    """Fulfils `stores.ground.Ground` below one local folder.

    Args:
        root: the folder; made when the first table is.

    Raises:
        Invalid: when delta-rs cannot work below that path.
    """

    def __init__(self, root: str) -> None:
        self.local = files.checked_root(root)
        self.root = str(self.local)

    def folder(self, place: str) -> DiskFolder:
        """A table's folder."""
        return DiskFolder(str(self.local / place))

    def tables(self) -> Iterator[tuple[str, ...]]:
        """All that has a folder for a log."""
        for path in sorted(self.local.glob(f"[!.]*/*/*/v*/*/{LOG}")):
            yield path.parent.relative_to(self.local).parts

    def put(self, path: str, source: Path) -> None:
        """Copy a file; it is whole or not there."""
        target = self.local / path
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{target.name}.tmp")
        shutil.copyfile(source, half)
        half.replace(target)

    def discard(self, place: str) -> None:
        """First out of sight in one step, then in peace; then the folders it leaves empty."""
        table, grave = self.local / place, self.local / files.STAGING / place / f"dropped-{uuid.uuid4().hex}"
        grave.parent.mkdir(parents=True, exist_ok=True)
        if table.is_dir():
            table.rename(grave)
        files.discard_staging(self.local, place)
        files.remove_empty(self.local, place)

    def tip(self, place: str, version: int) -> str:
        """Four looks at the disk instead of the hundreds that opening a table takes."""
        folder = self.local / place
        try:
            if (folder / LOG / f"{version + 1:020d}.json").exists():
                return ""
            seen = (folder / LOG / f"{version:020d}.json").stat(), folder.stat()
        except OSError:
            return ""
        return "-".join(f"{one.st_ino}.{one.st_mtime_ns}" for one in seen)
