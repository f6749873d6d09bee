"""What the Delta store does on this machine, wherever its tables lie: staging, locks, names."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

STAGING = ".staging"
DEPTH = 5
"""Folders from the root to a table: domain, product, table, major version, part."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def new_name(version: int, number: int) -> str:
    """A unique name for a data file; names sort in the order of commits, and of `number` within one."""
    return f"part-{version:010d}-{number:05d}-{uuid.uuid4().hex}.parquet"


def sync(path: str | Path) -> None:
    """Have a file or folder on the disk before anything that depends on it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refused(error: Exception) -> Unavailable:
    """The storage said no."""
    codes = {getattr(error, "errno", None)} | {code for code in _FULL if f"(os error {code})" in str(error)}
    if codes & set(_FULL):
        return Unavailable(
            "the disk is full, nothing was committed",
            hint="Free space where the mesh keeps its tables, then run it again.",
        )
    return Unavailable(
        f"the storage cannot be used ({type(error).__name__})", hint="Look at its permissions and at its disk."
    )


def new_staging(root: Path, place: str) -> str:
    """A fresh folder for files that are written but not committed, on the same disk as the tables."""
    folder = root / STAGING / place / uuid.uuid4().hex
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise refused(error) from error
    return str(folder)


def in_staging(root: Path, place: str, path: str) -> bool:
    """Whether a path lies in a staging folder of that place."""
    return Path(path).resolve().is_relative_to((root / STAGING / place).resolve())


def clear_staging(paths: Collection[str]) -> None:
    """Remove the staging folders of committed files, if nothing is left in them."""
    for folder in {Path(path).parent for path in paths}:
        try:
            folder.rmdir()
        except OSError:
            continue


def sweep_staging(root: Path, place: str, older_than: float) -> int:
    """Remove abandoned staging folders that were last written so many seconds ago; returns how many files went."""
    folder, count = root / STAGING / place, 0
    for staged in folder.iterdir() if folder.is_dir() else ():
        if not staged.is_dir():
            continue
        files = [Path(base) / name for base, _, names in os.walk(staged) for name in names]  # it may go meanwhile
        if _age(staged, *files) >= older_than:
            shutil.rmtree(staged, ignore_errors=True)
            count += len(files)
    return count


@contextmanager
def lock(root: Path, place: str, *, alone: bool = False) -> Iterator[None]:
    """Keep vacuum (`alone`) out while the table's folder holds files that no version lists yet."""
    folder = root / STAGING / place
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def discard_staging(root: Path, place: str) -> None:
    """Delete all that is staged for a table, and the folders it leaves empty."""
    shutil.rmtree(root / STAGING / place, ignore_errors=True)
    remove_empty(root / STAGING, place)


def remove_empty(root: Path, place: str) -> None:
    """Delete the folders above a table that are empty now."""
    for folder in list((root / place).parents)[: len(Path(place).parts) - 1]:
        if not folder.is_dir() or any(folder.iterdir()):
            break
        folder.rmdir()


def checked_root(root: str) -> Path:
    """The store's root, absolute.

    Raises:
        Invalid: for a path that delta-rs would read as another one.
    """
    path = Path(root).absolute()
    if "%" in str(path) or "\\" in str(path):
        raise Invalid(
            f"tables cannot lie below '{root}': its path holds a % or a backslash",
            hint="Put the mesh into another folder.",
        )
    return path


def checked_place(path: str) -> str:
    """A place's path below the root.

    Raises:
        Invalid: when a name in it would lead elsewhere.
    """
    parts = path.split("/")
    if len(parts) != DEPTH or any(not part or part.startswith(".") or set(part) & set("\\%\0") for part in parts):
        raise Invalid(f"'{path}' cannot be a table's folder", hint="Names hold letters, digits, _ and -.")
    return path


def _age(*paths: Path) -> float:
    """Seconds since the newest of them was written; less than nothing when one has just been moved away."""
    try:
        return time.time() - max(path.stat().st_mtime for path in paths)
    except FileNotFoundError:
        return -1.0
