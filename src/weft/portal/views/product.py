"""A product and its tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from msgspec import Struct
from starlette.responses import Response

from weft.errors import Unknown
from weft.flow.views.contract import contract as view_contract
from weft.flow.views.history import history as view_history
from weft.flow.views.product import ProductView
from weft.flow.views.product import product as view_product
from weft.flow.views.quality import failing, table_quality
from weft.flow.views.sample import ROWS, sample
from weft.flow.views.table import table as view_table
from weft.flow.views.usage import usage as view_usage
from weft.portal.look import Look, Looking
from weft.portal.pages import Shown, page, routes
from weft.web import status_of, wants_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.model import Noun

router = routes()
_HERE = "/p/{domain}/{product}"


class Which(Struct, frozen=True):
    """A product, and one of its tables; none = the first that the viewer may read."""

    domain: str
    product: str
    table: str = ""

    @property
    def name(self) -> str:
        """domain.product."""
        return f"{self.domain}.{self.product}"


Named = Annotated[Which, Depends()]


@page(router, _HERE, "product_overview.html")
def overview(look: Looking, which: Named) -> Shown:
    """Can I trust and use this?"""
    head = head_of(look, which)
    readable = [t.name for t in head.tables if t.access.allowed and t.published]
    return Shown(head, {"head": head, "tab": "", "first": next(iter(readable), "")})


@page(router, _HERE + "/schema", "product_schema.html")
def schema(look: Looking, which: Named) -> Shown | Response:
    """Columns, what they mean, and how the viewer sees them."""
    return _tab(look, which, lambda table: view_table(look.world, look.viewer, table))


@page(router, _HERE + "/sample", "product_sample.html")
def rows(look: Looking, which: Named, rows: int = ROWS) -> Shown | Response:
    """A few rows as the viewer sees them."""
    return _tab(look, which, lambda table: sample(look.world, look.viewer, table, rows=rows))


@router.get(_HERE + "/sample/part", response_model=None)
def some_rows(look: Looking, which: Named, rows: int = ROWS) -> Response:
    """The rows alone, for another page, which stands when they fail."""
    table = f"{which.name}.{which.table}"
    return look.page("_sample.html", part=look.part(lambda: sample(look.world, look.viewer, table, rows=rows)))


@page(router, _HERE + "/quality", "product_quality.html")
def quality(look: Looking, which: Named) -> Shown | Response:
    """Rules with their history."""
    return _tab(look, which, lambda table: table_quality(look.world, look.viewer, table))


@page(router, _HERE + "/quality/rows", "rows.html")
def broken(look: Looking, which: Named, rule: str) -> Shown | Response:
    """Rows that break a rule, for who answers for them."""
    return _tab(look, which, lambda table: failing(look.world, look.viewer, (table, rule)))


@page(router, _HERE + "/use", "product_use.html")
def use(look: Looking, which: Named) -> Shown | Response:
    """Text to copy."""
    return _tab(look, which, lambda table: view_table(look.world, look.viewer, table, address=look.address))


@page(router, _HERE + "/usage", "product_usage.html")
def usage(look: Looking, which: Named) -> Shown:
    """Who reads it, when, how much."""
    return Shown(view_usage(look.world, look.viewer, which.name), {"head": head_of(look, which)})


@page(router, _HERE + "/contract", "product_contract.html")
def contract(look: Looking, which: Named) -> Shown | Response:
    """What is promised, as it is written, and how it changed."""
    return _tab(look, which, lambda table: view_contract(look.world, look.viewer, table))


@page(router, _HERE + "/history", "product_history.html")
def history(look: Looking, which: Named) -> Shown:
    """What happened to it."""
    return Shown(view_history(look.world, look.viewer, which.name), {"head": head_of(look, which)})


# The last of them, so that no tab is taken for a table.
@page(router, _HERE + "/{table}", "product_schema.html")
def one_table(look: Looking, which: Named) -> Shown | Response:
    """One table by its own address."""
    return _tab(look, which, lambda table: view_table(look.world, look.viewer, table))


def head_of(look: Look, which: Which) -> ProductView:
    """What all tabs have on top."""
    return view_product(look.world, look.viewer, which.name, address=look.address)


def _tab(look: Look, which: Which, view: Callable[[str], Noun]) -> Shown | Response:
    """A tab about one table; when it fails, what stands above it still does."""
    head = head_of(look, which)
    if not head.tables:
        raise Unknown(f"{which.name} offers no table yet", hint="Its overview says what there is.")
    readable = [t for t in head.tables if t.access.allowed and t.published]
    chosen = f"{which.name}.{which.table}" if which.table else (readable or list(head.tables))[0].name
    part = look.part(lambda: view(chosen))
    if part.error is None:
        return Shown(part.view, {"head": head, "table": chosen})
    if isinstance(part.error, Unknown) or wants_json(look.request):
        raise part.error
    tab = look.request.url.path.split("/")[4]
    return look.page("product_failed.html", status_of(part.error), head=head, table=chosen, tab=tab, error=part.error)
