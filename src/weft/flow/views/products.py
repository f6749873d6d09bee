"""Products as lists show them; a product's own page begins with the same item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft import catalog
from weft.flow.views.access import Access, product_access
from weft.flow.views.parts import Who, owner
from weft.flow.views.trust import Trust, together, trust
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Sight
    from weft.model import DataProduct
    from weft.seams import World

PAGE = 50


class ProductItem(Noun):
    """A product in a list."""

    name: str
    """domain.product."""
    domain: str
    domain_title: str = ""
    title: str = ""
    """As people call it; empty = its name."""
    purpose: str = ""
    status: str = ""
    version: str = ""
    owner: Who | None = None
    tags: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    """Names of its tables."""
    trust: Trust
    access: Access
    readers: int = 0
    """How many people and programs have read it."""


class ProductsView(Noun):
    """One page of products, by name."""

    items: tuple[ProductItem, ...]
    total: int
    """Products that fit, on all pages."""
    offset: int = 0
    domain: str = ""
    """Only of this domain; empty = all."""
    behind: int = 0
    """Events that what is shown does not know of yet."""


def products(world: World, viewer: Viewer, domain: str = "", *, offset: int = 0, limit: int = PAGE) -> ProductsView:
    """Products of the mesh, or of one domain; each is known to everybody, its rows are not.

    Raises:
        Invalid: nothing is applied yet.
    """
    with looking(world, viewer) as sight:
        fit = sorted((p for p in sight.known.products.values() if not domain or p.domain == domain), key=str)
        items = tuple(item(sight, product) for product in fit[offset : offset + limit])
        return ProductsView(items=items, total=len(fit), offset=offset, domain=domain, behind=sight.behind)


def item(sight: Sight, product: DataProduct) -> ProductItem:
    """One product: the same in every list and on its page."""
    tables = sight.tables(product)
    domain = sight.known.domains.get(product.domain)
    return ProductItem(
        name=str(product),
        domain=product.domain,
        domain_title=domain.title if domain else "",
        title=product.title,
        purpose=product.purpose,
        status=product.status,
        version=product.version,
        owner=owner(sight.known, product.domain),
        tags=product.tags,
        tables=tuple(str(p.name) if sight.known.tables[str(p.name)] is p else p.name.key for p in tables),
        trust=together(trust(sight, placed) for placed in tables),
        access=product_access(sight, tables),
        readers=len({who for placed in tables for who in catalog.readers(sight.unit.projections, placed.name.key)}),
    )
