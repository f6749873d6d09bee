"""What is asked before a stream is read: the JSON Schema of its records, and whether `initial` is worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.reading.headers import Headers
from weft.connectors.rest.reading.request import build
from weft.connectors.rest.reading.response import understood

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
    listing = opened.listing(name, loader.requester, names, of=stream)
    answer = listing.fetch.send(build(loader.requester, names, opened.base))
    told: dict[str, Any] = loader.told(answer.body, names)
    return told


def worth(opened: Opened, name: str, stream: Stream) -> bool:
    """Whether the system's answer to `initialWhen` says that `initial` is worth it."""
    probe = stream.initial_when
    if probe is None:
        return True
    names = opened.names(stream.parameters)
    listing = opened.listing(name, probe, names, of=stream)
    answer = listing.fetch.send(build(probe, names, opened.base), understood)
    return bool(probe.condition.render({**names, "response": answer.json, "headers": Headers(answer.headers)}))
