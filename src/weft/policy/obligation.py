"""What a policy kind is given, and what it answers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from datetime import datetime

    from weft.model import Actor, Comparison, Mask, Placed, Policy


class Seen(Struct, frozen=True):
    """One column as policies see it."""

    name: str
    type: str
    """Logical type."""
    tags: frozenset[str]
    """Effective tags with all that they lie below, lower case."""
    protection: int
    """Place of the effective classification from the least protected (0)."""


class Subject(Struct, frozen=True, dict=True):
    """Who wants to read what, and the policy that is asked about it."""

    placed: Placed
    actor: Actor
    purpose: str
    columns: tuple[Seen, ...]
    tags: frozenset[str]
    """Tags of the table, its contract and its product, with all that they lie below, lower case."""
    protection: int
    """Place of the table's own declared classification from the least protected (0)."""
    now: datetime
    """When, UTC with zone."""

    @cached_property
    def places(self) -> dict[str, tuple[int, Seen]]:
        """The columns with their place, by name in lower case."""
        return {column.name.lower(): (place, column) for place, column in enumerate(self.columns)}

    @cached_property
    def names(self) -> str:
        """Names of the columns, lower case, one a line."""
        return "\n".join(self.places)

    @cached_property
    def tagged(self) -> dict[str, set[str]]:
        """Names of the columns, lower case, by tag."""
        found: dict[str, set[str]] = {}
        for column in self.columns:
            for tag in column.tags:
                found.setdefault(tag, set()).add(column.name.lower())
        return found


class Obligation(Struct, frozen=True):
    """What a policy demands of one answer. Empty = nothing; there is nothing here that could show more."""

    masks: dict[str, Mask] = field(default_factory=dict)
    """By column."""
    because: dict[str, str] = field(default_factory=dict)
    """By column: the end of a sentence, `it is tagged pii`."""
    filters: tuple[Comparison, ...] = ()
    denial: str = ""
    """The end of a sentence when the read is refused: `refuses it: the quarter is not closed`."""
    note: str = ""
    """A sentence when the policy is about this table but lets the actor off."""


class PolicyKind(Protocol):
    """A kind in `policy/kinds` or from the entry-point group `weft.policy.kinds`: a frozen model with this method."""

    def oblige(self, subject: Subject, policy: Policy) -> Obligation:
        """What the policy demands.

        Args:
            subject: who wants to read what.
            policy: the document; its domain gives relative table names their place.

        Raises:
            Invalid: it cannot be told; the read is then refused.
        """
