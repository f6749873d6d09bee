"""Tables in local folders copied while others write to them: a table as of one version, whatever comes behind it."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

from weft.stores import files, log
from weft.stores.ground import LOG

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from weft.stores.disk import Disk

_VERSION = re.compile(r"(\d{20})\.")
_LAST = "_last_checkpoint"


def versions(disk: Disk) -> dict[str, int]:
    """The newest version of every table, by its path below the root."""
    found = {"/".join(parts): log.newest(disk.folder("/".join(parts))) for parts in disk.tables()}
    return {place: version for place, version in sorted(found.items()) if version >= 0}


def copy(disk: Disk, place: str, version: int, into: Path) -> int:
    """Copy a table as of a version into a folder `into/<place>`; returns its bytes.

    All data files that are there come along: what is published may be older than the newest version. Those that an
    earlier copy has already are not read again, since a data file never changes. Vacuum waits meanwhile.
    """
    source, target = disk.local / place, into / place
    (target / LOG).mkdir(parents=True, exist_ok=True)
    with files.lock(disk.local, place):
        names = {path.name for path in source.glob("*.parquet")}
        commits = {f"{LOG}/{name}" for name in _up_to(source / LOG, version)}
        for name in sorted(names):
            if not _same(source / name, target / name):
                _whole(source / name, target / name)
        for name in sorted(commits):
            _whole(source / name, target / name)
    _only(target, names | commits)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def _up_to(folder: Path, version: int) -> Iterator[str]:
    for path in folder.iterdir():
        found = _VERSION.match(path.name)
        if (found and int(found[1]) <= version) or (path.name == _LAST and _checkpoint(path) <= version):
            yield path.name


def _checkpoint(path: Path) -> int:
    return int(json.loads(path.read_text("utf-8"))["version"])


def _same(source: Path, target: Path) -> bool:
    return target.is_file() and target.stat().st_size == source.stat().st_size


def _whole(source: Path, target: Path) -> None:
    half = target.with_name(f".{target.name}.tmp")
    shutil.copyfile(source, half)
    half.replace(target)


def _only(target: Path, names: Collection[str]) -> None:
    """What an earlier copy held besides goes."""
    for path in target.rglob("*"):
        if path.is_file() and path.relative_to(target).as_posix() not in names:
            path.unlink()
