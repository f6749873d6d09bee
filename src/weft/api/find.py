"""Find, judge and understand: search, products, tables, contracts, words, people."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import Response

from weft.api.asked import Domain, Limit, Looking, Offset, Opened, ProductName, TableName, answer, named, routes
from weft.flow.views.contract import ContractView, contract, original
from weft.flow.views.domain import DomainsView, DomainView, domain, domains
from weft.flow.views.glossary import GlossaryView, glossary
from weft.flow.views.history import HistoryView, history
from weft.flow.views.home import HomeView, home
from weft.flow.views.people import PeopleView, PersonView, people, person
from weft.flow.views.product import ProductView, product
from weft.flow.views.products import PAGE, ProductsView, products
from weft.flow.views.search import SearchView, Wanted, search
from weft.flow.views.table import TableView, table
from weft.flow.views.usage import UsageView, usage

router = routes("find")
Form = Annotated[Literal["json", "yaml"], Query(description="yaml = the document's bytes, unchanged.")]
_YAML: dict[int | str, dict[str, Any]] = {200: {"content": {"application/yaml": {"schema": {}}}}}


@router.get("/home", response_model=HomeView)
def get_home(world: Opened, viewer: Looking) -> Response:
    """What waits for you, what is yours, what you used lately."""
    return answer(home(world, viewer))


@router.get("/search", response_model=SearchView)
def get_search(world: Opened, viewer: Looking, wanted: Annotated[Wanted, Query()]) -> Response:
    """Everything that the words lead to, the exact name first, with facets to narrow it by."""
    return answer(search(world, viewer, wanted))


@router.get("/products", response_model=ProductsView)
def list_products(
    world: Opened, viewer: Looking, domain: Domain = "", offset: Offset = 0, limit: Limit = PAGE
) -> Response:
    """Products by name: what they are, whether they can be trusted, what you may read."""
    return answer(products(world, viewer, domain, offset=offset, limit=limit))


@router.get("/products/{name}", response_model=ProductView)
def get_product(world: Opened, viewer: Looking, name: ProductName) -> Response:
    """All there is to know about a product for somebody who judges it."""
    return answer(product(world, viewer, name))


@router.get("/products/{name}/usage", response_model=UsageView)
def get_usage(world: Opened, viewer: Looking, name: ProductName) -> Response:
    """Who reads a product; by name for who answers for it, counted for others."""
    return answer(usage(world, viewer, name))


@router.get("/products/{name}/history", response_model=HistoryView)
def get_history(world: Opened, viewer: Looking, name: ProductName) -> Response:
    """The documents of a product as they were applied, and what happened to it."""
    return answer(history(world, viewer, name))


@router.get("/contracts/{name}", response_model=ContractView, responses=_YAML)
def get_contract(
    world: Opened,
    viewer: Looking,
    name: Annotated[str, named("Id of a contract, a product, or a table", "sales.pipeline")],
    format: Form = "json",  # noqa: A002 - its name in the address
) -> Response:
    """A contract with its versions, or the original document."""
    if format == "yaml":
        return Response(original(world, viewer, name), media_type="application/yaml")
    return answer(contract(world, viewer, name))


@router.get("/tables/{name}", response_model=TableView)
def get_table(world: Opened, viewer: Looking, name: TableName) -> Response:
    """The columns of a table, as you see them."""
    return answer(table(world, viewer, name))


@router.get("/glossary", response_model=GlossaryView)
def get_glossary(
    world: Opened,
    viewer: Looking,
    domain: Annotated[str, Query(description="Words that hold there; empty = all.", examples=["sales"])] = "",
    key: Annotated[str, Query(description="One word: term, or domain/term.", examples=["sales/opportunity"])] = "",
) -> Response:
    """What words mean, and which columns name them."""
    return answer(glossary(world, viewer, domain, key))


@router.get("/domains", response_model=DomainsView)
def list_domains(world: Opened, viewer: Looking) -> Response:
    """Domains, their owners and how their tables are."""
    return answer(domains(world, viewer))


@router.get("/domains/{name}", response_model=DomainView)
def get_domain(world: Opened, viewer: Looking, name: Annotated[str, named("Name of a domain", "sales")]) -> Response:
    """A domain with its products, sources, words and policies."""
    return answer(domain(world, viewer, name))


@router.get("/people", response_model=PeopleView)
def list_people(world: Opened, viewer: Looking) -> Response:
    """People and programs that the documents name."""
    return answer(people(world, viewer))


@router.get("/people/{name}", response_model=PersonView)
def get_person(
    world: Opened, viewer: Looking, name: Annotated[str, named("Id of a person, or service:x", "ida@messy.example")]
) -> Response:
    """Somebody and what they answer for."""
    return answer(person(world, viewer, name))
