"""Content codings taken off, piece by piece and bounded (RFC 9110, 8.4.1)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CODINGS = "gzip, deflate"
"""What is asked for."""
_PIECE = 1_000_000
"""Bytes that one step may unpack to."""
_GZIP = 16 + zlib.MAX_WBITS


class Packed(Exception):
    """It is packed otherwise than it says, or stops before its end."""


def unpacked(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """The content without its coding, in pieces of at most 1 MB.

    Args:
        chunks: as they came.
        coding: the header `Content-Encoding`.

    Raises:
        Packed: an unknown coding, damage, or an end before the end.
    """
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        yield from chunks
    elif coding in {"gzip", "x-gzip"}:
        yield from _inflated(chunks, _GZIP)
    elif coding == "deflate":
        yield from _inflated(chunks, zlib.MAX_WBITS)
    else:
        raise Packed(f"it comes packed as '{coding[:20]}', which was not asked for")


def _inflated(chunks: Iterable[bytes], window: int) -> Iterator[bytes]:
    machine = None
    for chunk in chunks:
        data = chunk
        while data:
            if machine is None or machine.eof:  # members of gzip follow each other
                machine = zlib.decompressobj(_window(window, data))
            try:
                yield from _pieces(machine, data)
            except zlib.error:
                raise Packed("its packed content is damaged") from None
            data = machine.unused_data
    if machine is not None and not machine.eof:
        raise Packed("its packed content stops before its end")


def _window(window: int, data: bytes) -> int:
    """Some servers leave out the frame of `deflate`."""
    return -zlib.MAX_WBITS if window == zlib.MAX_WBITS and data[0] & 15 != zlib.DEFLATED else window


def _pieces(machine: Any, data: bytes) -> Iterator[bytes]:
    while True:
        piece = machine.decompress(data, _PIECE)
        if piece:
            yield piece
        data = machine.unconsumed_tail
        if machine.eof or (not data and len(piece) < _PIECE):
            return
