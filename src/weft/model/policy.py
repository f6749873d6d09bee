"""Policies and grants (documents), and what is decided from them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from weft.model.names import TableName
from weft.model.noun import Noun
from weft.model.problem import Position

CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")
"""From least to most protected; a column without one is internal, an unknown word counts as restricted."""

MASKS = ("deny", "null", "redact", "hash", "partial", "bucket", "year", "clear")
"""From strictest. null and redact are of one rank, bucket and year too; two different ones of one rank make null."""


class Example(Noun):
    """What a policy must do for one reader; `weft policy test` compares."""

    who: str
    """A person's id, `service:x` or `product:domain.product`; a name that nobody has is a stranger."""
    table: str
    """`domain.product.table`."""
    purpose: str = ""
    """One of the mesh's purposes; empty = none named."""
    at: str = ""
    """ISO timestamp (UTC) of the read; empty = now."""
    expect: Literal["allowed", "denied"] = "allowed"
    """denied: the read is refused, and this policy is a reason."""
    columns: dict[str, str] = Field(default_factory=dict)
    """By column: the mask that must be seen, `clear` for none. Any but clear must be this policy's doing."""
    filtered: bool | None = None
    """Whether this policy hides rows; empty = either."""

    @field_validator("columns", mode="before")
    @classmethod
    def _empty_is_null(cls, given: Any) -> Any:
        # `email: null` without quotes is how everybody writes it, and YAML reads no value.
        return {k: "null" if v is None else v for k, v in given.items()} if isinstance(given, dict) else given


class Policy(Noun):
    """A document: one rule on who sees what. `type` names a kind in `policy/kinds`."""

    name: str
    domain: str = ""
    """Empty = global; a domain's policy reaches its own products only and may only tighten."""
    type: str
    """PascalCase name of the kind: Access, Deny, Mask, RowFilter."""
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """Fields of the kind, checked by it."""
    examples: tuple[Example, ...] = ()
    """What it must do, for `weft policy test`."""
    position: Position | None = None


class Grant(Noun):
    """A document of the owning domain: who may read what, for what, until when."""

    name: str
    domain: str = ""
    to: tuple[str, ...]
    """Person ids, `team:x`, `role:x`, `domain:x`, `service:x`, `product:domain.product`."""
    tables: tuple[str, ...]
    """`product.table`, `product.*` of the domain, or full names with `*`."""
    purposes: tuple[str, ...] = ()
    """Empty = any purpose."""
    until: str = ""
    """ISO date or timestamp (UTC) at which it ends; empty = open."""
    reason: str = ""
    position: Position | None = None


class Actor(Noun):
    """Who asks: a person, a service account, a derived product."""

    id: str
    """E-mail, `service:x` or `product:domain.product`."""
    kind: Literal["person", "service", "product"] = "person"
    roles: tuple[str, ...] = ()
    """Mesh-wide roles, own and through teams."""
    domains: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Roles in each domain that the actor belongs to."""
    teams: tuple[str, ...] = ()
    attributes: dict[str, Any] = Field(default_factory=dict)
    """For row filters; a team's attributes and the person's own."""
    known: bool = True
    """False for a name that no document declares: no roles, reads nothing that is not public."""


class Reason(Noun):
    """One step of a decision, for people."""

    rule: str
    """Name of the policy, grant or built-in rule."""
    effect: Literal["allow", "deny", "mask", "filter", "note"]
    text: str
    """One sentence."""


class Mask(Noun):
    """How one column is shown."""

    kind: str
    """One of MASKS."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """partial: keep (characters kept at the end); bucket: width."""


class Comparison(Noun):
    """One comparison of a row filter; a row is seen when all hold. Unknown (NULL) = not seen."""

    column: str
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in"]
    value: Any
    """A constant, or a tuple of constants for in / not in; attributes of the actor are already filled in."""


class Decision(Noun):
    """What one actor may see of one table, for one purpose, and why. Same for every way to the data."""

    table: TableName
    actor: str
    purpose: str = ""
    allowed: bool
    masks: dict[str, Mask] = Field(default_factory=dict)
    """By column; a column that is not here is seen clear; mask `deny` = the column is not there at all."""
    filters: tuple[Comparison, ...] = ()
    reasons: tuple[Reason, ...] = ()
    columns: dict[str, tuple[Reason, ...]] = Field(default_factory=dict)
    """Reasons of each column that has any."""

    @property
    def whole(self) -> bool:
        """True when nothing is masked, hidden or filtered."""
        return self.allowed and not self.masks and not self.filters


class Effective(Noun):
    """Protection of one column after inheritance through lineage."""

    classification: str = "internal"
    """The strictest of its own and of every column that it is made from; unknown lineage = restricted."""
    tags: tuple[str, ...] = ()
    """Its own and those of what it is made from."""
    inherited: tuple[str, ...] = ()
    """`domain.product.table.column` of where stricter protection came from."""
