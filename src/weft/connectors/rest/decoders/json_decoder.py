"""JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.connectors.rest.rows import split
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.rows.page import Page


class JsonDecoder(Kind):
    """The answer is one JSON value."""

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """Its records; `path` tells where they are."""
        return split.page(body, path)
