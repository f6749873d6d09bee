"""Do the names of people, domains, purposes and tables in documents lead anywhere?"""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.model import Board, Contract, DataProduct, Domain, Grant, Metric, Placed, Position, Source
    from weft.spec.gather import Gathered, Where


def check_references(found: Gathered, placed: Sequence[Placed]) -> None:
    """Complain of every name that leads nowhere.

    Args:
        found: all nouns; problems are added to it.
        placed: the tables.
    """
    for domain in found.domains.values():
        _domain(found, domain)
    _mesh(found)
    for team in found.teams.values():
        for n, member in enumerate(team.members):
            _person(found, member, found.at(team.position, "members", n))
    for account in found.services.values():
        if account.domain and account.domain not in found.domains:
            where = found.at(account.position, "domain")
            found.unknown("Domain", where, f"there is no domain '{account.domain}'", found.domains)
    for grant in found.grants.values():
        _grant(found, grant, placed)
    _reports(found, placed)


def _mesh(found: Gathered) -> None:
    """A mesh has its document, and each domain its own."""
    for n, person in enumerate(found.mesh.council if found.mesh else ()):
        _actor(found, person, found.at(found.mesh.position if found.mesh else None, "council", n))
    if found.mesh is None and "Mesh" not in found.broken:
        found.complain(None, "mesh.yaml is missing, a mesh needs a document of the kind Mesh with its name")
    missing: dict[str, Position | None] = {}
    nouns: list[DataProduct | Source | Contract] = [*found.products.values(), *found.sources.values()]
    for noun in (*nouns, *found.contracts.values()):
        if noun.domain and noun.domain not in found.domains:
            missing.setdefault(noun.domain, noun.position)
    for domain, where in missing.items():
        if "Domain" not in found.broken:
            found.complain(where, f"domains/{domain}/domain.yaml is missing, each domain needs a document Domain")


def _domain(found: Gathered, domain: Domain) -> None:
    if domain.owner:
        _actor(found, domain.owner, found.at(domain.position, "owner"))
    else:
        found.complain(domain.position, f"the domain '{domain.name}' has no owner, 'owner' is the id of a person")
    for n, steward in enumerate(domain.stewards):
        _actor(found, steward, found.at(domain.position, "stewards", n))
    for n, member in enumerate(domain.members):
        _actor(found, member.member, found.at(domain.position, "members", n, "member"))


def _person(found: Gathered, name: str, where: Where) -> None:
    if name not in found.people:
        found.unknown("Person", where, f"there is no person '{name}'", found.people)


def _actor(found: Gathered, name: str, where: Where) -> None:
    """A person, or `team:`, `service:`, `domain:`, `product:`, `role:` and a name."""
    sort, colon, rest = name.partition(":")
    if not colon:
        _person(found, name, where)
        return
    tables: dict[str, tuple[str, Iterable[str]]] = {
        "team": ("Team", found.teams),
        "service": ("ServiceAccount", found.services),
        "domain": ("Domain", found.domains),
        "product": ("DataProduct", found.products),
    }
    if sort == "role":
        return
    if sort not in tables:
        known = ", ".join(f"{word}:" for word in (*tables, "role"))
        found.complain(where, f"'{name}' names nobody, allowed are the id of a person and names after {known}")
        return
    kind, names = tables[sort]
    if rest not in names:
        found.unknown(kind, where, f"there is no {sort} '{rest}'", names)


def _grant(found: Gathered, grant: Grant, placed: Sequence[Placed]) -> None:
    for n, name in enumerate(grant.to):
        _actor(found, name, found.at(grant.position, "to", n))
    for n, pattern in enumerate(grant.tables):
        _granted(found, grant, pattern, n, placed)
    purposes = found.mesh.purposes if found.mesh else ()
    for n, purpose in enumerate(grant.purposes):
        if purpose not in purposes:
            where = found.at(grant.position, "purposes", n)
            found.unknown("Mesh", where, f"mesh.yaml lists no purpose '{purpose}'", purposes)
    if grant.until and not _is_time(grant.until):
        where = found.at(grant.position, "until")
        found.complain(where, f"'until' is '{grant.until}', allowed is a date such as 2027-01-31 or a timestamp")


def _granted(found: Gathered, grant: Grant, pattern: str, n: int, placed: Sequence[Placed]) -> None:
    where = found.at(grant.position, "tables", n)
    parts = pattern.split(".")
    full = f"{grant.domain}.{pattern}" if len(parts) == 2 else pattern  # noqa: PLR2004 - product.table
    if len(full.split(".")) != 3:  # noqa: PLR2004 - domain.product.table
        found.complain(where, f"'{pattern}' names no tables, allowed are product.table, product.* and full names")
    elif full.split(".")[0] != grant.domain:
        found.complain(where, f"'{pattern}' is not of the domain '{grant.domain}', a grant gives its own tables only")
    elif not any(fnmatchcase(str(p.name), full) for p in placed):
        names = {str(p.name) for p in placed if p.name.domain == grant.domain}
        found.unknown(("DataContract", "DataProduct"), where, f"there is no table '{full}'", names)


def _reports(found: Gathered, placed: Sequence[Placed]) -> None:
    tables = {str(p.name) for p in placed} | {p.name.key for p in placed}
    for metric in found.metrics.values():
        if metric.table and metric.table not in tables:
            where = found.at(metric.position, "table")
            found.unknown(("DataContract", "DataProduct"), where, f"there is no table '{metric.table}'", tables)
        for alias, name in metric.inputs.items():
            _measure(found, name, found.at(metric.position, "inputs", alias))
    for board in found.boards.values():
        for n, tile in enumerate(board.tiles):
            _measure(found, tile.metric, found.at(board.position, "tiles", n, "metric"))
    reports: list[Metric | Board] = [*found.metrics.values(), *found.boards.values()]
    for noun in reports:
        if noun.owner:
            _actor(found, noun.owner, found.at(noun.position, "owner"))


def _measure(found: Gathered, name: str, where: Where) -> None:
    if name not in found.metrics:
        found.unknown("Metric", where, f"there is no metric '{name}'", found.metrics)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
