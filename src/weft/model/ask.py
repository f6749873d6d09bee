"""A question under policy."""

from __future__ import annotations

from pydantic import Field

from weft.model.data import Governed
from weft.model.noun import Noun


class Referenced(Noun):
    """What a statement names, found by the engine's own parser."""

    tables: tuple[str, ...] = ()
    """Table names as written, normalised to `a.b.c`, without CTE names, in order of first use."""
    counts: dict[str, int] = Field(default_factory=dict)
    """How often each is named."""
    columns: tuple[str, ...] | None = None
    """Every column name that occurs anywhere (lower case); none when it cannot be told (`*`, COLUMNS, whole rows)."""


class Limits(Noun):
    """Bounds of one question."""

    seconds: float = 60.0
    memory: int = 512
    """MB."""
    rows: int = 1_000_000
    bytes: int = 1_000_000_000
    threads: int = 2


class Question(Noun):
    """One judged statement with the relations behind its names."""

    sql: str
    governed: tuple[Governed, ...]
    limits: Limits = Limits()
    id: str = ""
    referenced: Referenced = Referenced()
