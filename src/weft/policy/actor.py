"""Who asks: from an id to what the documents say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.model import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.model import Declared, Domain, Team


def actor(declared: Declared, name: str) -> Actor:
    """The actor of that id with its roles, teams, domains and attributes.

    Ids are compared exactly, so that a look-alike is somebody else.

    Args:
        declared: the mesh.
        name: an e-mail, `service:<name>` or `product:<domain>.<product>`.

    Returns:
        An actor with `known=False` and no roles when no document declares it, or when it is not active.
    """
    kind, _, rest = name.partition(":")
    if kind == "service" and rest:
        return _service(declared, name, rest)
    if kind == "product" and rest:
        return _product(declared, name, rest)
    return _person(declared, name)


def _person(declared: Declared, name: str) -> Actor:
    person = declared.people.get(name)
    if person is None or not person.active:
        return Actor(id=name, known=False)
    teams = _teams(declared, name)
    return Actor(
        id=name,
        roles=_merged(person.roles, *(team.roles for team in teams)),
        domains=_domains(declared, name, teams),
        teams=tuple(sorted(team.name for team in teams)),
        attributes=_attributes(person.attributes, teams),
    )


def _service(declared: Declared, name: str, rest: str) -> Actor:
    service = declared.services.get(rest)
    if service is None or not service.active:
        return Actor(id=name, kind="service", known=False)
    teams = _teams(declared, name)
    domains = _domains(declared, name, teams)
    if service.domain:
        domains[service.domain] = _merged(domains.get(service.domain, ()), ("consumer",))
    return Actor(
        id=name,
        kind="service",
        roles=_merged(service.roles, *(team.roles for team in teams)),
        domains=domains,
        teams=tuple(sorted(team.name for team in teams)),
        attributes=_attributes(service.attributes, teams),
    )


def _product(declared: Declared, name: str, rest: str) -> Actor:
    product = declared.products.get(rest)
    if product is None:
        return Actor(id=name, kind="product", known=False)
    return Actor(id=name, kind="product", domains={product.domain: ("producer",)} if product.domain else {})


def _teams(declared: Declared, name: str) -> list[Team]:
    return [team for team in declared.teams.values() if name in team.members]


def _domains(declared: Declared, name: str, teams: Iterable[Team]) -> dict[str, tuple[str, ...]]:
    """Roles in each domain, given to the actor itself or to one of its teams."""
    ids = {name, *(f"team:{team.name}" for team in teams)}
    found = {domain.name: _roles_in(domain, ids) for domain in declared.domains.values()}
    return {domain: roles for domain, roles in found.items() if roles}


def _roles_in(domain: Domain, ids: set[str]) -> tuple[str, ...]:
    owner = ("owner",) if domain.owner in ids else ()
    steward = ("steward",) if ids.intersection(domain.stewards) else ()
    return _merged(owner, steward, (member.role for member in domain.members if member.member in ids))


def _merged(*groups: Iterable[str]) -> tuple[str, ...]:
    """All words once, sorted, so that the order of documents does not matter."""
    return tuple(sorted({word for group in groups for word in group}))


def _attributes(own: Mapping[str, Any], teams: Iterable[Team]) -> dict[str, Any]:
    """Those of the teams, several values of one name together; the actor's own replace them."""
    found: dict[str, Any] = {}
    for team in sorted(teams, key=lambda team: team.name):
        for key, value in team.attributes.items():
            found[key] = _together(found[key], value) if key in found else value
    return found | dict(own)


def _together(one: Any, other: Any) -> Any:
    if one == other:
        return one
    first, second = (list(v) if isinstance(v, list | tuple) else [v] for v in (one, other))
    return first + [value for value in second if value not in first]
