"""Tables copied while others write to them: a table as of one version, whatever comes behind it; and brought back."""

from __future__ import annotations

import json
import re
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from weft.stores import files, log
from weft.stores.ground import LOG

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from weft.stores.ground import Folder, Ground

_VERSION = re.compile(r"(\d{20})\.")
_LAST = "_last_checkpoint"


def versions(ground: Ground) -> dict[str, int]:
    """The newest version of every table, by its path below the root."""
    found = {"/".join(parts): log.newest(ground.folder("/".join(parts))) for parts in ground.tables()}
    return {place: version for place, version in sorted(found.items()) if version >= 0}


def copy(ground: Ground, place: str, version: int, into: Path) -> int:
    """Copy a table as of a version into a folder `into/<place>`; returns its bytes.

    All data files that are there come along: what is published may be older than the newest version. Those that an
    earlier copy has already are not read again, since a data file never changes. Vacuum waits meanwhile; one of another
    machine does not, and what it takes no version needs.
    """
    folder, target = ground.folder(place), into / place
    (target / LOG).mkdir(parents=True, exist_ok=True)
    with files.lock(ground.local, place):
        data = folder.data()
        commits = {f"{LOG}/{name}" for name in _up_to(folder, version)}
        for name, found in data.items():
            if not _same(target / name, found.bytes):
                with suppress(FileNotFoundError):
                    _whole(folder, name, target)
        for name in sorted(commits):
            _whole(folder, name, target)
    _only(target, data.keys() | commits)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def bring(ground: Ground, place: str, source: Path) -> bool:
    """Bring a copy of a table back to where none is, or one that is the beginning of it.

    Data files first, then the commits in their order: whenever that breaks off, it can be done again.

    Returns:
        False when another state of the table is there: that stays as it is.
    """
    folder, saved = ground.folder(place), source / place
    commits = {path.name: path.stat().st_size for path in (saved / LOG).iterdir()}
    there = {name: folder.size(name) for name in folder.log()}
    if any(name != _LAST and commits.get(name) != size for name, size in there.items()):
        return False
    data = folder.data()
    for path in sorted(saved.glob("*.parquet")):
        if path.name not in data:
            ground.put(f"{place}/{path.name}", path)
    for name in sorted(commits):  # that of the newest checkpoint comes last
        if name not in there:
            ground.put(f"{place}/{LOG}/{name}", saved / LOG / name)
    return True


def _up_to(folder: Folder, version: int) -> Iterator[str]:
    for name in folder.log():
        found = _VERSION.match(name)
        if (found and int(found[1]) <= version) or (name == _LAST and _checkpoint(folder) <= version):
            yield name


def _checkpoint(folder: Folder) -> int:
    return int(json.loads(folder.text(_LAST))["version"])


def _same(target: Path, size: int) -> bool:
    return target.is_file() and target.stat().st_size == size


def _whole(folder: Folder, name: str, target: Path) -> None:
    half = target / f".{uuid.uuid4().hex}.tmp"
    try:
        folder.fetch(name, half)
        half.replace(target / name)
    finally:
        half.unlink(missing_ok=True)


def _only(target: Path, names: Collection[str]) -> None:
    """What an earlier copy held besides goes."""
    for path in target.rglob("*"):
        if path.is_file() and path.relative_to(target).as_posix() not in names:
            path.unlink()
