"""Zip archives and gzip files, opened with suspicion: names, kinds, sizes and checksums of what is inside."""

from __future__ import annotations

import stat
import zlib
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    import gzip
    import zipfile
    from collections.abc import Iterator
    from io import RawIOBase
    from pathlib import Path

CHUNK = 1 << 20
_MEMBERS = 10_000
_MEGABYTE = 1_000_000
_DEVICES = {"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))}


class Limits(Struct, frozen=True):
    """How much may be unpacked."""

    unpacked: int = 10_000
    """MB of one packed file, or of all members of one archive."""


def members(path: Path | RawIOBase, shown: str, limits: Limits) -> Iterator[zipfile.ZipInfo]:
    """Members of a zip that hold data; folders and hidden ones are passed over.

    Raises:
        Invalid: not a zip, a member that is encrypted, a link, an archive itself, or named so that it would lie
            elsewhere; two of one name; more than 10,000 members or more bytes than allowed.
        Unavailable: it cannot be read.
    """
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise Invalid(f"{shown} is not a complete zip archive", hint="Fetch it again from where it came.") from None
    except OSError as error:
        raise Unavailable(f"{shown} cannot be read: {error.strerror}") from None
    total = sum(info.file_size for info in listed)
    if len(listed) > _MEMBERS or total > limits.unpacked * _MEGABYTE:
        raise Invalid(
            f"{shown} would unpack to {len(listed)} members of {total / _MEGABYTE:.0f} MB, allowed are "
            f"{_MEMBERS} members of {limits.unpacked} MB together",
            hint="If that is what you expect, raise 'unpackedLimit' of the source.",
        )
    seen: set[str] = set()
    for info in listed:
        if info.is_dir() or _hidden(info.filename):
            continue
        _judge(info, shown, seen)
        seen.add(info.filename)
        yield info


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(p.startswith(".") and p != ".." for p in parts) or parts[:1] == ("__MACOSX",)


def _judge(info: zipfile.ZipInfo, shown: str, seen: set[str]) -> None:
    name = info.filename
    windows = PureWindowsPath(name)
    reason = ""
    if (
        windows.drive
        or windows.root
        or ".." in windows.parts
        or "\\" in info.orig_filename
        or "\0" in info.orig_filename
    ):
        reason = "its name leaves the archive"
    elif any(part.partition(".")[0].lower() in _DEVICES for part in windows.parts):
        reason = "its name is that of a device"
    elif name in seen:
        reason = "another member has the same name"
    elif info.flag_bits & 1:
        reason = "it is encrypted"
    elif stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        reason = "it is not a plain file"
    elif windows.suffix.lower() == ".zip":
        reason = "it is an archive inside an archive"
    if reason:
        raise Invalid(
            f"{shown} holds the member {name!r}, which is refused: {reason}",
            hint="Unpack the archive yourself and look at it, or ask whoever sent it.",
        )


def unpacked(path: Path, member: str, shown: str, limits: Limits) -> Iterator[bytes]:
    """The bytes of a gzip file or of a zip member, in chunks of at most 1 MB, checked to the end.

    Raises:
        Invalid: cut off, damaged, or larger than allowed.
    """
    import gzip
    import zipfile

    count = 0
    try:
        for chunk in _member(path, member) if member else _gzip(path):
            count += len(chunk)
            if count > limits.unpacked * _MEGABYTE:
                raise Invalid(
                    f"{shown} unpacks to more than the allowed {limits.unpacked} MB",
                    hint="If that is what you expect, raise 'unpackedLimit' of the source.",
                )
            yield chunk
    except EOFError:
        raise Invalid(
            f"{shown} is cut off: its compressed data ends after {count} bytes of content without its end mark",
            hint="Fetch the file again from where it came; nothing of it was taken.",
        ) from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        raise Invalid(
            f"{shown} is damaged: its compressed data does not fit its checksum",
            hint="Fetch the file again from where it came; nothing of it was taken.",
        ) from None


def _gzip(path: Path) -> Iterator[bytes]:
    import gzip

    with gzip.open(path) as stream:
        yield from _chunks(stream)


def _member(path: Path, member: str) -> Iterator[bytes]:
    import zipfile

    with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
        yield from _chunks(stream)


def _chunks(stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk
