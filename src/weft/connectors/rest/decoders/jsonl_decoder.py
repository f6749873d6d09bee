"""The kind `JsonlDecoder`."""

from __future__ import annotations

from io import BytesIO
from typing import IO, TYPE_CHECKING

from weft.connectors.rest.decoders.flowing import lines
from weft.connectors.rest.rows import split
from weft.connectors.rest.rows.page import Page
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator


class JsonlDecoder(Kind):
    """Every line of the answer is one JSON value."""

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """All lines; a path is followed in each."""
        return Page.joined(self.pages(BytesIO(body), path))

    def pages(self, stream: IO[bytes], path: tuple[str, ...] = ()) -> Iterator[Page]:
        """Some thousand lines each."""
        for piece in lines(stream):
            yield split.lines(piece, path)
