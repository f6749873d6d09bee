"""Packed answers, opened with the same suspicion as packed files."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from weft.connectors.files import archive
from weft.connectors.rest.decoders.flowing import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

UNPACKED = 10_000
"""MB."""


def unpacked(stream: IO[bytes], member: str, megabytes: int) -> Iterator[bytes]:
    """Bytes of a gzip stream, or of a member of a zip.

    Raises:
        Invalid: cut off, damaged, larger than allowed.
    """
    source: Any = stream  # `gzip` and `zipfile` open either
    yield from archive.unpacked(source, member, SHOWN, archive.Limits(megabytes))


def members(stream: IO[bytes], megabytes: int) -> list[str]:
    """Names of a zip's members that hold data.

    Raises:
        Invalid: no zip, or a member that is not to be trusted.
    """
    source: Any = stream
    return [info.filename for info in archive.members(source, SHOWN, archive.Limits(megabytes))]
