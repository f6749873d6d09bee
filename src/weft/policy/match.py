"""Parts that policy kinds share: what a rule is about, and whom it does not concern."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.model import Actor, Placed, TableName

_SEPARATOR = re.compile("[.:]")


class Except(Kind):
    """Whom a rule does not concern: all of the given fields must hold, one value of each is enough."""

    domains: tuple[str, ...] = ()
    """Member of one of these domains."""
    domain_roles: tuple[str, ...] = ()
    """Has one of these roles in one of `domains`, or without them in the table's own domain."""
    roles: tuple[str, ...] = ()
    """Has one of these roles of the mesh."""
    teams: tuple[str, ...] = ()
    """Is in one of these teams."""
    actors: tuple[str, ...] = ()
    """Is one of these: a person's id, `service:x`, `product:domain.product`."""
    purposes: tuple[str, ...] = ()
    """Asks for one of these purposes."""

    @model_validator(mode="after")
    def _not_everybody(self) -> Except:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError(
                "an empty exception would concern everybody, "
                "allowed are domains, domainRoles, roles, teams, actors, purposes"
            )
        return self

    def holds(self, actor: Actor, domain: str, purpose: str) -> bool:
        """Whether it lets this actor off.

        Args:
            actor: who asks; an unknown one is never let off.
            domain: domain of the table.
            purpose: what the actor asks for; empty = none named.
        """
        if not actor.known:
            return False
        tests = (
            (self.domains, self._in_domain(actor)),
            (self.domain_roles, self._has_domain_role(actor, domain)),
            (self.roles, _meet(self.roles, actor.roles)),
            (self.teams, _meet(self.teams, actor.teams)),
            (self.actors, actor.id in self.actors),
            (self.purposes, purpose in self.purposes),
        )
        return all(true for wanted, true in tests if wanted)

    def _in_domain(self, actor: Actor) -> bool:
        return any(actor.domains.get(name) for name in self.domains)

    def _has_domain_role(self, actor: Actor, domain: str) -> bool:
        return any(_meet(self.domain_roles, actor.domains.get(name, ())) for name in self.domains or (domain,))


class TableMatch(Kind):
    """Which tables: all of the given fields must hold, one value of each is enough."""

    tables: tuple[str, ...] = ()
    """`domain.product.table`, or `product.table` in a domain's policy; `*` stands for any text inside one part."""
    tags: tuple[str, ...] = ()
    """Tags of the table, its contract or its product; `pii` covers `pii.email` too."""

    @model_validator(mode="after")
    def _about_something(self) -> TableMatch:
        _demand_any(self)
        return self


class ColumnMatch(Kind):
    """Which columns: all of the given fields must hold, one value of each is enough."""

    tags: tuple[str, ...] = ()
    """Tags of the column, its own and inherited ones; `pii` covers `pii.email` too."""
    columns: tuple[str, ...] = ()
    """Names; `*` stands for any text."""
    tables: tuple[str, ...] = ()
    """`domain.product.table`, or `product.table` in a domain's policy; `*` stands for any text inside one part."""
    table_tags: tuple[str, ...] = ()
    """Tags of the table, its contract or its product."""
    classification: Literal["public", "internal", "confidential", "restricted", ""] = ""
    """This classification or a stricter one, after inheritance."""
    logical_types: tuple[
        Literal[
            "string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array", "map", "vector"
        ],
        ...,
    ] = ()
    """Logical types of the contract."""

    @model_validator(mode="after")
    def _about_something(self) -> ColumnMatch:
        _demand_any(self)
        return self


def names_table(patterns: Iterable[str], name: TableName, domain: str) -> bool:
    """Whether one of the patterns names that table.

    Args:
        patterns: three parts, or one or two inside `domain`; each may end with `@major`.
        name: the table.
        domain: domain of the document that holds the patterns; empty for a global one.
    """
    return any(_names(pattern, name, domain) for pattern in patterns)


def named(patterns: tuple[str, ...], names: str) -> set[str]:
    """Which of the names one of the patterns names; case does not matter, as in every engine.

    Args:
        patterns: names; `*` stands for any text.
        names: of columns, lower case, one a line.
    """
    return set(_lines(patterns).findall(names))


def spread(tags: Iterable[str]) -> frozenset[str]:
    """Tags with all that they lie below, lower case: `PII.email` gives `pii.email` and `pii`."""
    found: set[str] = set()
    for tag in tags:
        text = tag.strip().lower()
        found.add(text)
        found.update(text[: place.start()] for place in _SEPARATOR.finditer(text))
    return frozenset(found)


def table_tags(placed: Placed) -> frozenset[str]:
    """Tags of a table, its contract and its product, with all that they lie below."""
    return spread((*placed.table.tags, *placed.contract.tags, *placed.product.tags))


def about(match: TableMatch, placed: Placed, domain: str) -> bool:
    """Whether a match is about that table; `domain` is that of the policy, empty for a global one."""
    if match.tables and not names_table(match.tables, placed.name, domain):
        return False
    return not match.tags or covers(match.tags, table_tags(placed))


def covers(wanted: tuple[str, ...], tags: frozenset[str]) -> bool:
    """Whether one of the wanted tags is among those that `spread` gave."""
    return not lower(wanted).isdisjoint(tags)


@lru_cache(maxsize=4096)
def lower(tags: tuple[str, ...]) -> frozenset[str]:
    """Tags as `spread` writes them."""
    return frozenset(tag.strip().lower() for tag in tags)


def _names(pattern: str, name: TableName, domain: str) -> bool:
    text, _, major = pattern.partition("@")
    if major and major != str(name.major):
        return False
    parts = text.split(".")
    if domain and len(parts) < 3:  # noqa: PLR2004 - domain, product, table
        parts = [domain, *(["*"] if len(parts) == 1 else []), *parts]
    found = (name.domain, name.product, name.table)
    return len(parts) == len(found) and all(_pattern(p).fullmatch(f) for p, f in zip(parts, found, strict=True))


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(_starred(text))


@lru_cache(maxsize=4096)
def _lines(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Finds the lines that one of the patterns matches whole."""
    return re.compile(f"^(?:{'|'.join(_starred(pattern.lower()) for pattern in patterns)})$", re.MULTILINE)


def _starred(text: str) -> str:
    return ".*".join(re.escape(piece) for piece in text.split("*"))


def _meet(one: Iterable[str], other: Iterable[str]) -> bool:
    return not set(one).isdisjoint(other)


def _demand_any(match: Kind) -> None:
    if not any(getattr(match, name) for name in type(match).model_fields):
        allowed = ", ".join(field.alias or name for name, field in type(match).model_fields.items())
        raise ValueError(f"an empty match is about nothing, name at least one of {allowed}")
