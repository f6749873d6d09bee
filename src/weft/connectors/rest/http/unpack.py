"""Content codings taken off, piece by piece and bounded (RFC 9110, 8.4.1)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

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
    machine, fresh = zlib.decompressobj(window), True
    for chunk in chunks:
        data = chunk
        while data:
            if machine.eof:  # members of gzip follow each other
                machine, fresh = zlib.decompressobj(window), True
            if fresh and window == zlib.MAX_WBITS and data[0] & 15 != zlib.DEFLATED:
                machine = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers leave out the frame of `deflate`
            fresh = False
            try:
                piece = machine.decompress(data, _PIECE)
            except zlib.error:
                raise Packed("its packed content is damaged") from None
            data = machine.unconsumed_tail or machine.unused_data
            if piece:
                yield piece
            while not data and len(piece) == _PIECE:  # more is inside than one piece
                piece = machine.decompress(b"", _PIECE)
                if piece:
                    yield piece
    if not fresh and not machine.eof:
        raise Packed("its packed content stops before its end")
