"""Data that somebody pays for and nobody uses."""

from __future__ import annotations

from typing import Literal

from weft.model.noun import Noun


class SeenColumn(Noun):
    """A column of a stream that no product reads, as discovery saw it."""

    name: str
    type: str = ""
    """Type name of the outside system."""
    tags: tuple[str, ...] = ()
    """Likely personal data: `pii.email`."""


class Join(Noun):
    """A column that names the same thing as the key of a product's table."""

    column: str
    table: str
    """domain.product.table."""
    key: str
    """Its key column."""
    share: float | None = None
    """Share of the column's sampled values that are keys there, 0 to 1; none = the names alone say so."""


class SeenStream(Noun):
    """A stream that a source held when it was last looked at."""

    source: str
    """domain.source."""
    name: str
    kind: str = "table"
    """table, view, file."""
    columns: tuple[SeenColumn, ...] = ()
    key: tuple[str, ...] = ()
    rows: int | None = None
    """As the system says; none = it does not say."""
    bytes: int | None = None
    joins: tuple[Join, ...] = ()
    """Keys of products that the values of its first rows were found among."""
    first: str = ""
    """When it was first seen, UTC."""
    last: str = ""
    """When it was last seen to have changed, UTC."""
    looked: str = ""
    """When its first rows were last asked for, UTC; empty = never."""
    read: bool = False
    """Whether they came."""

    def __str__(self) -> str:
        return f"{self.source}.{self.name}"


DarkKind = Literal["stream", "unread", "left"]
"""stream: a source holds it and no product reads it; unread: a table that nobody reads; left: a product whose people
have left."""


class Reply(Noun):
    """What somebody knows about dark data."""

    by: str
    at: str
    """UTC."""
    text: str


class Handled(Noun):
    """What people did about one piece of dark data."""

    asked: tuple[str, ...] = ()
    """Whom."""
    asked_by: str = ""
    asked_at: str = ""
    """UTC; empty = nobody was asked."""
    question: str = ""
    answers: tuple[Reply, ...] = ()
    """Oldest first."""
    adopted: str = ""
    """domain.product that was drafted from it."""
    retired_at: str = ""
    """When it was decided that nobody needs it, UTC; empty = it was not, or that was taken back."""
    retired_by: str = ""
    reason: str = ""
