"""A connector as a document: how to speak to a kind of system."""

from typing import Any

from pydantic import Field

from weft.model.noun import Noun
from weft.model.problem import Position


class Connector(Noun):
    """A manifest; what it may say is the matter of the connectors, which judge it."""

    name: str
    """What a source calls it; also the folder that it lies in."""
    manifest: dict[str, Any] = Field(default_factory=dict)
    """The document's fields, but for apiVersion and kind."""
    position: Position | None = None


class ConnectorInfo(Noun):
    """A connector for people, whether a manifest describes it or a program."""

    name: str
    title: str = ""
    description: str = ""
    documentation: str = ""
    """Address of the vendor's documentation."""
    notes: str = ""
    """Markdown: what is read, how it was verified."""
    origin: str = "built in"
    """built in, package, mesh."""
    streams: tuple[str, ...] = ()
    """Names of its streams, where they are known without asking a system."""
    logs_in: bool = False
    """Whether a person may let weft in with a browser."""
    manifest: bool = False
    """Whether a manifest describes it."""
