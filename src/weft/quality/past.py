"""What a rule may look back at: the clock, the published rows, what came in before, how it was judged before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weft.model import Contract, Relation


class Arrival(NamedTuple):
    """Rows that one run brought."""

    run: str
    at: datetime
    rows: int


class Judged(NamedTuple):
    """One earlier judgement of a rule."""

    at: datetime
    passed: bool


class Past(Struct, frozen=True):
    """All that is known when a version is judged."""

    now: datetime | None = None
    """UTC with zone; none = the clock is not asked."""
    contract: Contract | None = None
    """For its service levels."""
    before: Relation | None = None
    """The published rows; none = nothing is published yet."""
    arrivals: tuple[Arrival, ...] = ()
    """Oldest first, the newest is the run that is judged."""
    judged: Mapping[str, Judged] = field(default_factory=dict)
    """The last judgement of each rule, by its name."""
