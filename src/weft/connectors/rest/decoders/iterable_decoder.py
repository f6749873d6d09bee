"""The kind `IterableDecoder`."""

from __future__ import annotations

from io import BytesIO
from typing import IO, TYPE_CHECKING

from weft.connectors.rest.decoders.flowing import lines
from weft.connectors.rest.rows.page import Page
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator


class IterableDecoder(Kind):
    """Every line of the answer is a text: the field `record`."""

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """All lines that are not empty."""
        return Page.joined(self.pages(BytesIO(body), path))

    def pages(self, stream: IO[bytes], path: tuple[str, ...] = ()) -> Iterator[Page]:
        """Some thousand lines each."""
        del path
        for piece in lines(stream):
            yield Page.of({"record": line} for line in piece.decode().splitlines() if line)
