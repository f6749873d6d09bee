"""Tables in a bucket: S3 and what speaks like it, Azure Blob Storage.

Commits are conditional puts, made by delta-rs: who comes second is refused. Data files are uploaded before; what the
upload of a commit that never came leaves is swept by vacuum.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from weft.errors import Invalid, Unavailable
from weft.stores import files
from weft.stores.ground import LOG, Found
from weft.stores.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from weft.model import DataFile

_COMMIT = re.compile(r"\d{20}\.json")
_DEPTH = 5
"""Folders from the root to a table."""


class BucketFolder:
    """Fulfils `stores.ground.Folder`."""

    def __init__(self, bucket: Bucket, place: str) -> None:
        self._bucket, self._objects, self._place = bucket, bucket.objects, place
        self.url = f"{bucket.root}/{place}"

    @property
    def options(self) -> dict[str, str]:
        """What delta-rs needs besides."""
        return self._objects.options

    def make(self) -> None:
        """A bucket has no folders. But it must keep two writers apart.

        Raises:
            Invalid: it does not know conditional writes.
        """
        if not self._objects.fenced:
            raise Invalid(
                "the object store of the tables does not know conditional writes: two writers would not be kept apart",
                hint="Use one that answers a PUT with If-None-Match: * by 412 when the object is there.",
            )

    def size(self, name: str) -> int | None:
        """Bytes of a file of the log."""
        return self._objects.size(f"{self._place}/{LOG}/{name}")

    def log(self) -> set[str]:
        """Files of the log."""
        return set(self._objects.listed(f"{self._place}/{LOG}"))

    def text(self, name: str) -> str:
        """A file of the log."""
        return self._objects.read(f"{self._place}/{LOG}/{name}").decode("utf-8")

    def data(self) -> dict[str, Found]:
        """Data files."""
        found = self._objects.listed(self._place)
        return {name: found[name] for name in sorted(found) if name.endswith(".parquet")}

    def fetch(self, name: str, into: Path) -> None:
        """Copy a data file to a local path."""
        self._objects.fetch(f"{self._place}/{name}", into)

    def adopt(self, files_: Sequence[DataFile], version: int) -> dict[str, str]:
        """Upload staged files; they stay where they are until the commit is made."""
        moved: dict[str, str] = {}
        try:
            for number, file in enumerate(files_):
                name = files.new_name(version, number)
                moved[name] = file.path
                self._objects.upload(Path(file.path), f"{self._place}/{name}")
        except (Unavailable, OSError):
            self.give_back(moved)
            raise
        return moved

    def give_back(self, moved: Mapping[str, str]) -> None:
        """Delete what was uploaded; what cannot be deleted now is swept by vacuum."""
        try:
            self.remove(moved)
        except Unavailable:
            return

    def settle(self, version: int, moved: Mapping[str, str]) -> None:
        """What a bucket says it has it has. Staged files go; what is read again soon is handed on."""
        del version
        for name, staged in moved.items():
            self._bucket.hand_on(f"{self.url}/{name}", Path(staged))
            Path(staged).unlink(missing_ok=True)

    def remove(self, names: Collection[str]) -> None:
        """Delete data files."""
        self._objects.delete([f"{self._place}/{name}" for name in names])


class Bucket:
    """Fulfils `stores.ground.Ground` in a bucket.

    Args:
        url: `s3://bucket/prefix` or `az://container/prefix`.
        options: keys and values as delta-rs takes them, credentials too; what is not said is looked for in the
            environment.
        local: folder for staging and locks.
        hand_on: is given the URL of each committed data file, and the local file that was uploaded as it.
    """

    def __init__(
        self,
        url: str,
        options: Mapping[str, str],
        local: Path,
        hand_on: Callable[[str, Path], None] = lambda _url, _path: None,
    ) -> None:
        self.objects = Objects(url, options)
        self.root, self.local, self.hand_on = self.objects.url, local, hand_on

    def folder(self, place: str) -> BucketFolder:
        """A table's folder."""
        return BucketFolder(self, place)

    def tables(self) -> Iterator[tuple[str, ...]]:
        """All folders of that depth, level by level."""
        found: list[tuple[str, ...]] = [()]
        for _ in range(_DEPTH):
            found = [(*above, name) for above in found for name in self.objects.folders("/".join(above))]
        yield from found

    def put(self, path: str, source: Path) -> None:
        """Upload a file."""
        self.objects.upload(source, path)

    def discard(self, place: str) -> None:
        """The log first: what is left of a table that is half gone is never taken for a table."""
        paths = self.objects.below(place)
        for inside in (True, False):
            self.objects.delete([path for path in paths if (f"/{LOG}/" in path) is inside])
        files.discard_staging(self.local, place)

    def fetch(self, url: str, into: Path) -> None:
        """Bring a data file here, by its URL.

        Raises:
            FileNotFoundError: it is gone.
            Unavailable: the object store does not answer, or refuses.
        """
        self.objects.fetch(url.removeprefix(f"{self.root}/"), into)

    def tip(self, place: str, version: int) -> str:
        """One request instead of the ten that opening a table takes."""
        behind = f"{place}/{LOG}/{version - 1:020d}.json" if version else ""
        marks = self.objects.behind(f"{place}/{LOG}", behind)
        commits = {name: mark for name, mark in marks.items() if _COMMIT.fullmatch(name)}
        return commits.get(f"{version:020d}.json", "") if len(commits) == 1 else ""
