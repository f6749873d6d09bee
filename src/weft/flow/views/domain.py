"""Domains: who owns which part of the company's data."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from weft import catalog
from weft.errors import Unknown
from weft.flow.views.access import told
from weft.flow.views.dark import dark_in
from weft.flow.views.glossary import TermView, term
from weft.flow.views.parts import State, Told, Who, owner, who, worst
from weft.flow.views.products import ProductItem
from weft.flow.views.products import item as product_item
from weft.flow.views.sources import SourceItem, feeding, source_item
from weft.flow.views.tables import name_of
from weft.flow.views.trust import trust
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft.flow.views.viewer import Sight
    from weft.model import DataProduct, Domain
    from weft.seams import World


class DomainItem(Noun):
    """A domain in a list."""

    name: str
    title: str = ""
    purpose: str = ""
    owner: Who | None = None
    state: State
    """The worst of its tables."""
    products: int = 0
    tables: int = 0
    sources: int = 0
    states: dict[str, int] = {}
    """Tables by state: good, watch, bad, quiet."""


class DomainsView(Noun):
    """Domains by name."""

    items: tuple[DomainItem, ...]
    behind: int = 0


class MemberItem(Noun):
    """Somebody with a role in a domain."""

    who: Who
    role: str


class PolicyItem(Noun):
    """A rule on who sees what."""

    name: str
    type: str
    description: str = ""
    everywhere: bool = False
    """It holds in all domains."""


class IncidentItem(Noun):
    """A rule that fails, as this viewer may know it."""

    table: str
    """domain.product.table."""
    finding: Told
    opened: str
    """Since when, UTC."""
    times: int = 1
    """How often it failed since then."""


class DomainView(Noun):
    """A domain and what is in it."""

    domain: DomainItem
    stewards: tuple[Who, ...] = ()
    members: tuple[MemberItem, ...] = ()
    products: tuple[ProductItem, ...] = ()
    sources: tuple[SourceItem, ...] = ()
    terms: tuple[TermView, ...] = ()
    incidents: tuple[IncidentItem, ...] = ()
    """Rules of its tables that fail now, errors first, then the oldest."""
    dark: int = 0
    """Pieces of dark data in it."""
    policies: tuple[PolicyItem, ...] = ()
    """Those of the domain, then those that hold everywhere."""
    behind: int = 0


def domains(world: World, viewer: Viewer) -> DomainsView:
    """All domains."""
    with looking(world, viewer) as sight:
        sight.read_all()
        products: dict[str, list[DataProduct]] = {}
        for product in sight.known.products.values():
            products.setdefault(product.domain, []).append(product)
        items = tuple(
            domain_item(sight, one, products.get(name, ())) for name, one in sorted(sight.known.domains.items())
        )
        return DomainsView(items=items, behind=sight.behind)


def domain(world: World, viewer: Viewer, name: str) -> DomainView:
    """One domain by name.

    Raises:
        Unknown: there is none.
    """
    with looking(world, viewer) as sight:
        known = sight.known
        if name not in known.domains:
            raise Unknown(f"there is no domain '{name}'", hint=f"There are: {', '.join(sorted(known.domains))}.")
        found, fed = known.domains[name], feeding(sight)
        policies = sorted((p for p in known.policies if p.domain in ("", name)), key=lambda p: (not p.domain, p.name))
        products = sorted((p for p in known.products.values() if p.domain == name), key=str)
        return DomainView(
            domain=domain_item(sight, found, products),
            stewards=tuple(who(known, one) for one in found.stewards),
            members=tuple(MemberItem(who=who(known, m.member), role=m.role) for m in found.members),
            products=tuple(product_item(sight, p) for p in products),
            sources=tuple(source_item(sight, s, fed) for _, s in sorted(known.sources.items()) if s.domain == name),
            terms=tuple(term(sight, key) for key in sorted(known.glossary) if key.startswith(f"{name}/")),
            incidents=tuple(sorted(_incidents(sight, name), key=lambda i: (i.finding.severity != "error", i.opened))),
            dark=dark_in(sight, name),
            policies=tuple(
                PolicyItem(name=p.name, type=p.type, description=p.description, everywhere=not p.domain)
                for p in policies
            ),
            behind=sight.behind,
        )


def _incidents(sight: Sight, domain: str) -> Iterator[IncidentItem]:
    for placed in (p for p in sight.known.placed if p.name.domain == domain):
        for one in catalog.incidents(sight.unit.projections, placed.name.key):
            finding = told(sight, placed, one.model_dump())
            yield IncidentItem(table=name_of(sight.known, placed), finding=finding, opened=one.opened, times=one.times)


def domain_item(sight: Sight, one: Domain, products: Sequence[DataProduct]) -> DomainItem:
    """One domain with its products: the same in every list and on its page."""
    states = Counter(trust(sight, placed).state for product in products for placed in sight.tables(product))
    return DomainItem(
        name=one.name,
        title=one.title,
        purpose=one.purpose,
        owner=owner(sight.known, one.name),
        state=worst(states),
        products=len(products),
        tables=states.total(),
        sources=sum(s.domain == one.name for s in sight.known.sources.values()),
        states=dict(sorted(states.items())),
    )
