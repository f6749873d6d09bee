"""The JSON Schema of a stream's records: as the manifest writes it, or as the system tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.reading.request import build

if TYPE_CHECKING:
    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.reading.opened import Opened


def schema(opened: Opened, name: str, stream: Stream) -> dict[str, Any] | None:
    """The schema; none when nobody tells it."""
    loader = stream.schema_
    if loader is None:
        return None
    if not hasattr(loader, "told"):
        found: dict[str, Any] = loader.schema_
        return found
    names = opened.names(stream.parameters)
    listing = opened.listing(name, loader.requester, names)
    answer = listing.fetch.send(build(loader.requester, names, opened.base))
    told: dict[str, Any] = loader.told(answer.body, names)
    return told
