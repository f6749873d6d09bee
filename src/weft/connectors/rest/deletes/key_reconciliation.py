"""The kind `KeyReconciliation`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from weft.connectors.rest.manifest.stream import Stream
from weft.connectors.rest.spans import span
from weft.kinds import Kind


def _duration(text: str) -> str:
    span(text)
    return text


class KeyReconciliation(Kind):
    """From time to time all keys are listed; what the table has besides is deleted."""

    every: Annotated[str, AfterValidator(_duration)] = "P1D"
    """How often: an ISO 8601 duration."""
    stream: Stream | None = None
    """What lists the keys; none: the stream itself, from its start."""
    key: dict[str, str] = {}
    """The stream's key: the list's field that holds it; empty = they have the same names."""
