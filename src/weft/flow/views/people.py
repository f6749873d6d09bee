"""People, programs and teams: who they are and what they answer for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import policy
from weft.errors import Unknown
from weft.flow.views.parts import Who, who
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Sight
    from weft.seams import World


class PersonItem(Noun):
    """Somebody in a list."""

    who: Who
    kind: str
    """person or service."""
    roles: tuple[str, ...] = ()
    """Mesh-wide roles, own and through teams."""
    teams: tuple[str, ...] = ()
    domains: dict[str, tuple[str, ...]] = {}
    """Roles in each domain."""
    council: bool = False
    """Decides on rules that hold everywhere."""
    owns: int = 0
    """Products of the domains that they own."""


class PeopleView(Noun):
    """People, then programs, by id."""

    items: tuple[PersonItem, ...]
    behind: int = 0


class PersonView(Noun):
    """Somebody and what they answer for."""

    person: PersonItem
    owns: tuple[str, ...] = ()
    """Domains."""
    stewards: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    """Products of the domains that they own."""
    grants: tuple[str, ...] = ()
    """Grants that name them, as `domain: tables`; for themselves and who gave them."""
    attributes: dict[str, Any] = {}
    """By which rows are filtered for them; for themselves and the council."""
    behind: int = 0


def people(world: World, viewer: Viewer) -> PeopleView:
    """Everybody that the documents name."""
    with looking(world, viewer) as sight:
        ids = [*sorted(sight.known.people), *(f"service:{name}" for name in sorted(sight.known.services))]
        return PeopleView(items=tuple(person_item(sight, one) for one in ids), behind=sight.behind)


def person(world: World, viewer: Viewer, identifier: str) -> PersonView:
    """One person, or `service:x`.

    Raises:
        Unknown: no document names them.
    """
    with looking(world, viewer) as sight:
        known = sight.known
        kind, _, rest = identifier.partition(":")
        if identifier not in known.people and not (kind == "service" and rest in known.services):
            raise Unknown(f"nobody has the id '{identifier}'", hint="Ids are e-mails, or service:x.")
        owns = tuple(d.name for d in known.domains.values() if d.owner == identifier)
        own = sight.who.known and identifier == sight.who.id
        council = sight.who.known and sight.who.id in known.mesh.council
        grants = [
            f"{grant.domain}: {', '.join(grant.tables)}"
            for grant in known.grants
            if identifier in grant.to and (own or {"owner", "steward"} & set(sight.who.domains.get(grant.domain, ())))
        ]
        return PersonView(
            person=person_item(sight, identifier),
            owns=owns,
            stewards=tuple(d.name for d in known.domains.values() if identifier in d.stewards),
            products=tuple(sorted(str(p) for p in known.products.values() if p.domain in owns)),
            grants=tuple(grants),
            attributes=policy.actor(known, identifier).attributes if own or council else {},
            behind=sight.behind,
        )


def person_item(sight: Sight, identifier: str) -> PersonItem:
    """One person or program: the same in every list and on its page."""
    known = sight.known
    actor = policy.actor(known, identifier)
    owned = {d.name for d in known.domains.values() if d.owner == identifier}
    return PersonItem(
        who=who(known, identifier),
        kind="service" if identifier.startswith("service:") else "person",
        roles=actor.roles,
        teams=actor.teams,
        domains=actor.domains,
        council=identifier in known.mesh.council,
        owns=sum(p.domain in owned for p in known.products.values()) if owned else 0,
    )
