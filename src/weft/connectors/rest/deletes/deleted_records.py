"""The kind `DeletedRecords`."""

from __future__ import annotations

from weft.connectors.rest.manifest.stream import Stream
from weft.kinds import Kind


class DeletedRecords(Kind):
    """A list of what was deleted, with a cursor of its own."""

    stream: Stream
    """The list."""
    key: dict[str, str] = {}
    """The stream's key: the list's field that holds it; empty = they have the same names."""
