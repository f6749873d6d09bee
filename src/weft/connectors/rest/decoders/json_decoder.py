"""The kind `JsonDecoder`."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from weft.connectors.rest.decoders.flowing import whole
from weft.connectors.rest.rows import split
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.rows.page import Page


class JsonDecoder(Kind):
    """The answer is one JSON value."""

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """The records that lie at a path."""
        return split.page(body, path)

    def pages(self, stream: IO[bytes], path: tuple[str, ...] = ()) -> Iterator[Page]:
        """One page."""
        yield self.page(whole(stream), path)
