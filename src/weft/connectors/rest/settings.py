"""What a source says of one stream of a REST system."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from weft.connectors.rest.spans import GivenDuration
from weft.kinds import Kind


class RestStream(Kind):
    """One stream of a REST system, as a source reads it."""

    refresh: Literal["auto", "full", "incremental"] = "auto"
    """full = everything each time; auto = incremental where the connector says how."""
    look_back: GivenDuration | None = None
    """How far back is read again, since records may turn up late: an ISO 8601 duration such as PT10M, P1D; none: as
    the connector says."""
    deletes: Literal["auto", "ignore"] = "auto"
    """auto = as the connector says; ignore = deletes are not looked for."""
    parameters: dict[str, Any] = Field({})
    """Values for the connector's expressions (`parameters.x`), over its own."""
