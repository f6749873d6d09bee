"""What decoders share: an answer as a stream of bytes, read piece by piece."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Protocol

from weft.connectors.files.text import recode
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.rows.page import Page

PIECE = 8 << 20
"""Bytes of a piece: a page of a download."""
LONGEST = 512 << 20
"""Bytes of what must be read as one: a JSON or XML answer, a line."""
_ROW = 1 << 16
SHOWN = "the answer"


class Decoder(Protocol):
    """How an answer is written."""

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """A whole answer as one page.

        Args:
            body: its bytes.
            path: where the records are, of what has an inside; `*` = all.

        Raises:
            Broken: it is not written so.
            Unavailable: it is cut off.
        """

    def pages(self, stream: IO[bytes], path: tuple[str, ...] = ()) -> Iterator[Page]:
        """A download, that may be larger than memory, as several pages.

        Args:
            stream: of a zip, one that can be rewound.
            path: as above.
        """


class Text(io.RawIOBase):
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: Iterator[bytes], first: bytes = b"") -> None:
        self._pieces = pieces
        self._rest = first

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; none at the end."""
        while not self._rest and (piece := next(self._pieces, None)) is not None:
            self._rest = piece
        size = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def more(self) -> bool:
        """Whether it goes on."""
        self._rest = self._rest or self.read(_ROW)
        return bool(self._rest)

    def row(self) -> bytes:
        """The first line; a line feed inside of quotes does not end it."""
        found = b""
        while len(found) < LONGEST and (piece := self.read(_ROW)):
            found += piece
            end = -1
            while (end := found.find(b"\n", end + 1)) >= 0:
                if found.count(b'"', 0, end) % 2 == 0:
                    self._rest = found[end + 1 :] + self._rest
                    return found[: end + 1]
        return found


def whole(stream: IO[bytes]) -> bytes:
    """All of it.

    Raises:
        Invalid: too large to be read as one.
    """
    found: list[bytes] = []
    for piece in pieces(stream):
        found.append(piece)
        if sum(map(len, found)) > LONGEST:
            raise too_long()
    return b"".join(found)


def too_long() -> Invalid:
    """The error about what must be read as one and is too large."""
    return Invalid(
        f"{SHOWN} holds more than {LONGEST >> 20} MB that must be read as one",
        hint="Ask for less at once (page size, windows), or for CSV or JSON Lines.",
    )


def chunks(stream: IO[bytes], encoding: str = "utf-8") -> Iterator[bytes]:
    """Pieces of text as UTF-8, without byte-order mark."""
    return recode(pieces(stream), encoding, SHOWN)


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Bytes as they are."""
    return iter(lambda: stream.read(PIECE), b"")


def lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Pieces that end where a line does."""
    rest: list[bytes] = []
    size = 0
    for chunk in chunks(stream):
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest.append(chunk)
            size += len(chunk)
            if size > LONGEST:
                raise too_long()
            continue
        yield b"".join((*rest, chunk[:end]))
        rest, size = [chunk[end:]], len(chunk) - end
    if last := b"".join(rest):
        yield last
