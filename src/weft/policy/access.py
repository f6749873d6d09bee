"""May the actor read the table at all, and up to which classification? Before any policy narrows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.model import CLASSIFICATIONS, Reason
from weft.policy.masks import protection
from weft.policy.match import names_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Actor, Declared, Grant, Placed

NOTHING = -1
ALL = len(CLASSIFICATIONS) - 1


class Access(Struct, frozen=True):
    """How far one way into a table leads."""

    limit: int
    """Columns protected up to this place in CLASSIFICATIONS are seen clear; NOTHING = the table is not read."""
    reasons: tuple[Reason, ...]


class Wish(Struct, frozen=True):
    """Who wants to read which table, for what and when."""

    placed: Placed
    actor: Actor
    purpose: str
    now: datetime

    @property
    def ids(self) -> frozenset[str]:
        """All names under which a grant may reach the actor; an unknown actor has none."""
        actor = self.actor
        if not actor.known:
            return frozenset()
        groups = (
            [f"team:{name}" for name in actor.teams],
            [f"role:{name}" for name in actor.roles],
            [f"domain:{name}" for name in actor.domains],
        )
        return frozenset({actor.id}.union(*groups))


def access(declared: Declared, wish: Wish) -> Access:
    """The furthest of all ways, with the reasons of each."""
    ways = (_own_domain(wish), _grants(declared, wish), _contract_roles(wish), _stance(declared, wish))
    limit = max(way.limit for way in ways)
    reasons = tuple(reason for way in ways for reason in way.reasons)
    if limit > NOTHING:
        # Why another way was closed says nothing once one is open.
        return Access(limit, tuple(reason for reason in reasons if reason.effect != "deny"))
    return Access(NOTHING, reasons)


def table_classification(placed: Placed) -> str:
    """What the table or its contract declares as `weft.classification`; empty when neither does."""
    return str(placed.table.custom.get("weft.classification") or placed.contract.custom.get("weft.classification", ""))


def _own_domain(wish: Wish) -> Access:
    roles = wish.actor.domains.get(wish.placed.name.domain, ()) if wish.actor.known else ()
    if not roles:
        return Access(NOTHING, ())
    text = f"{wish.actor.id} is {', '.join(roles)} in the domain {wish.placed.name.domain}"
    return Access(ALL, (Reason(rule="own domain", effect="allow", text=text),))


def _grants(declared: Declared, wish: Wish) -> Access:
    ids = wish.ids
    found = [
        _grant(grant, wish)
        for grant in declared.grants
        # A grant reaches no further than the domain whose document it is.
        if grant.domain == wish.placed.name.domain
        and not ids.isdisjoint(grant.to)
        and names_table(grant.tables, wish.placed.name, grant.domain)
    ]
    reasons = tuple(sorted(found, key=lambda reason: reason.rule))
    allowed = any(reason.effect == "allow" for reason in reasons)
    return Access(ALL if allowed else NOTHING, reasons)


def _grant(grant: Grant, wish: Wish) -> Reason:
    if grant.purposes and wish.purpose not in grant.purposes:
        named = f"for {', '.join(grant.purposes)}"
        found = f"not for {wish.purpose}" if wish.purpose else "and no purpose was named"
        return Reason(rule=grant.name, effect="note", text=f"The grant '{grant.name}' holds only {named}, {found}")
    try:
        end = ends(grant)
    except ValueError:
        text = f"The grant '{grant.name}' does not count: its 'until' is not an ISO date or timestamp"
        return Reason(rule=grant.name, effect="note", text=text)
    if end is not None and wish.now >= end:
        text = f"The grant '{grant.name}' ended at {end:%Y-%m-%d %H:%M} UTC"
        return Reason(rule=grant.name, effect="note", text=text)
    until = f" until {end:%Y-%m-%d %H:%M} UTC" if end else ""
    reach = sorted(wish.ids.intersection(grant.to))
    text = f"The grant '{grant.name}' lets {', '.join(reach)} read this table{until}"
    return Reason(rule=grant.name, effect="allow", text=text)


def ends(grant: Grant) -> datetime | None:
    """When a grant ends, UTC; none when it is open. A date means the begin of that day.

    Raises:
        ValueError: not an ISO date or timestamp.
    """
    if not grant.until:
        return None
    end = datetime.fromisoformat(grant.until)
    return end.astimezone(UTC) if end.tzinfo else end.replace(tzinfo=UTC)


def _contract_roles(wish: Wish) -> Access:
    if not wish.actor.known:
        return Access(NOTHING, ())
    reasons = tuple(_contract_reasons(wish))
    return Access(ALL if reasons else NOTHING, reasons)


def _contract_reasons(wish: Wish) -> Iterator[Reason]:
    for role in wish.placed.contract.roles:
        reads = not role.access or any(word in role.access.lower() for word in ("read", "select"))
        if reads and role.role in wish.actor.roles:
            text = f"The contract lets the role {role.role} read, and {wish.actor.id} has it"
            yield Reason(rule="contract role", effect="allow", text=text)


def _stance(declared: Declared, wish: Wish) -> Access:
    actor, domain = wish.actor, wish.placed.name.domain
    if declared.mesh.stance != "open":
        return _closed(actor, f"Only members of the domain {domain} and who has a grant of it may read this table")
    highest = "internal" if actor.known else "public"
    found = table_classification(wish.placed) or "internal"
    if protection(found) > protection(highest):
        return _closed(actor, f"The table is classified {found}; without a grant, at most {highest} is read")
    text = f"Tables classified at most {highest} are open to {'members' if actor.known else 'everybody'} of this mesh"
    return Access(protection(highest), (Reason(rule="stance open", effect="allow", text=text),))


def _closed(actor: Actor, text: str) -> Access:
    known = "" if actor.known else f"; {actor.id} is not a known and active actor"
    return Access(NOTHING, (Reason(rule="stance", effect="deny", text=text + known),))
