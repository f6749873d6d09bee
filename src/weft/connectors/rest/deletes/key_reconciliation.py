"""The kind `KeyReconciliation`."""

from __future__ import annotations

from weft.connectors.rest.manifest.stream import Stream
from weft.connectors.rest.spans import Duration
from weft.kinds import Kind


class KeyReconciliation(Kind):
    """From time to time all keys are listed; what the table has besides is deleted."""

    every: Duration = "P1D"
    """How often: an ISO 8601 duration."""
    stream: Stream | None = None
    """What lists the keys; none: the stream itself, from its start."""
    key: dict[str, str] = {}
    """The stream's key: the list's field that holds it; empty = they have the same names."""
