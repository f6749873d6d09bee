"""Domains, people, words."""

from __future__ import annotations

from weft.flow.views.domain import DomainsView, DomainView
from weft.flow.views.domain import domain as view_domain
from weft.flow.views.domain import domains as view_domains
from weft.flow.views.glossary import GlossaryView
from weft.flow.views.glossary import glossary as view_glossary
from weft.flow.views.people import PeopleView, PersonView
from weft.flow.views.people import people as view_people
from weft.flow.views.people import person as view_person
from weft.portal.look import Looking
from weft.portal.pages import page, routes

router = routes()


@page(router, "/domains", "domains.html")
def domains(look: Looking) -> DomainsView:
    """All domains."""
    return view_domains(look.world, look.viewer)


@page(router, "/domains/{name}", "domain.html")
def domain(look: Looking, name: str) -> DomainView:
    """One domain and what is in it."""
    return view_domain(look.world, look.viewer, name)


@page(router, "/people", "people.html")
def people(look: Looking) -> PeopleView:
    """Everybody."""
    return view_people(look.world, look.viewer)


@page(router, "/people/{who}", "person.html")
def person(look: Looking, who: str) -> PersonView:
    """Somebody, and what they answer for."""
    return view_person(look.world, look.viewer, who)


@page(router, "/glossary", "glossary.html")
def glossary(look: Looking, domain: str = "") -> GlossaryView:
    """Words of the business."""
    return view_glossary(look.world, look.viewer, domain)
