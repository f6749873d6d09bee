"""A source: one account of an outside system, owned by a domain."""

from typing import Any

from pydantic import Field

from weft.model.noun import Noun
from weft.model.problem import Position


class Source(Noun):
    """A document that says which connector reads which streams, with what configuration."""

    name: str
    domain: str = ""
    connector: str
    """Name of a connector kind: files, sql."""
    description: str = ""
    config: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the connector; credentials only as secret:// references."""
    streams: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Parameters of each stream by its name; for a database empty = every table that discovery finds."""
    position: Position | None = None

    def __str__(self) -> str:
        return f"{self.domain}.{self.name}"


class StreamAnswer(Noun):
    """What a system answered when a stream was tried."""

    name: str
    rows: int = 0
    """On the first page that holds any."""
    columns: tuple[str, ...] = ()
    """Names of what came."""
    error: str = ""
    """What stood in the way; empty = nothing."""


class StreamInfo(Noun):
    """What discovery found about one stream."""

    name: str
    columns: tuple["DiscoveredColumn", ...] = ()
    key: tuple[str, ...] = ()
    comment: str = ""
    rows: int | None = None
    """Rows, where the system knows without counting; bytes and files alike."""
    bytes: int | None = None
    kind: str = "table"
    """table, view, file."""


class DiscoveredColumn(Noun):
    """A column of a stream as the system declares it."""

    name: str
    type: str
    """Type name of the outside system."""
    nullable: bool = True
    comment: str = ""


StreamInfo.model_rebuild()
