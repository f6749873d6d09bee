"""A product: what it is, whether it can be trusted, and how to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import catalog
from weft.errors import Unknown
from weft.flow import life
from weft.flow.views.measures import Measured, measured
from weft.flow.views.parts import Who, who
from weft.flow.views.products import ProductItem, item
from weft.flow.views.snippets import Snippet, snippets
from weft.flow.views.tables import TableItem, table_item
from weft.flow.views.trust import Held, held
from weft.flow.views.viewer import Viewer, looking
from weft.model import SLA, Noun, Price

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.flow.views.viewer import Sight
    from weft.model import DataProduct, Declared, Placed
    from weft.seams import World


class Knowledge(Noun):
    """Answers to its questionnaire: what stays when people go."""

    why: str = ""
    """Why it exists."""
    who: tuple[str, ...] = ()
    """Who knows it."""
    odd: str = ""
    """What is odd about it."""


class Question(Noun):
    """A question that its owner says it answers (`weft.questions`)."""

    text: str
    sql: str = ""
    """How; empty = not said."""


class LastRun(Noun):
    """Its last run."""

    id: str
    state: str
    started: str
    finished: str = ""


class ProductView(Noun):
    """All there is to know about a product for somebody who judges it."""

    product: ProductItem
    usage: str = ""
    """What its owner says it is for."""
    limitations: str = ""
    notes: tuple[str, ...] = ()
    """What who reads it should know: that a table is deprecated, what to read instead."""
    stewards: tuple[Who, ...] = ()
    team: tuple[Who, ...] = ()
    knowledge: Knowledge = Knowledge()
    questions: tuple[Question, ...] = ()
    tables: tuple[TableItem, ...] = ()
    held: tuple[Held, ...] = ()
    """Versions that are held back."""
    reads: tuple[str, ...] = ()
    """Tables and streams (`domain.source.stream`) that it is made from."""
    feeds: tuple[str, ...] = ()
    """Products that are made from it."""
    measures: tuple[Measured, ...] = ()
    """Metrics and boards that are computed over it."""
    sla: tuple[SLA, ...] = ()
    price: Price | None = None
    contracts: tuple[str, ...] = ()
    """Ids of its contracts."""
    last_run: LastRun | None = None
    snippets: tuple[Snippet, ...] = ()
    """Ways to use its first table, ready to be copied."""
    behind: int = 0


def product(world: World, viewer: Viewer, name: str, *, address: str = "") -> ProductView:
    """One product by `domain.product`.

    Args:
        world: the open mesh.
        viewer: who looks.
        name: `domain.product`.
        address: URL of the portal, for the snippets.

    Raises:
        Unknown: there is no such product.
    """
    with looking(world, viewer) as sight:
        found = find(sight.known, name)
        tables = sight.tables(found)
        domain = sight.known.domains.get(found.domain)
        contracts = {p.contract.id: p.contract for p in tables}
        return ProductView(
            product=item(sight, found),
            usage=found.usage,
            limitations=found.limitations,
            notes=life.notes(tables),
            stewards=tuple(who(sight.known, one) for one in domain.stewards) if domain else (),
            team=tuple(who(sight.known, member.username) for member in found.team),
            knowledge=knowledge(found),
            questions=tuple(_questions(found)),
            tables=tuple(table_item(sight, placed) for placed in tables),
            held=tuple(one for placed in tables if (one := held(sight, placed))),
            reads=reads(tables),
            feeds=feeds(sight.known, tables),
            measures=measured(sight.known, tables),
            sla=tuple(dict.fromkeys(s for c in contracts.values() for s in c.sla)),
            price=next((c.price for c in contracts.values() if c.price), None),
            contracts=tuple(contracts),
            last_run=_last_run(sight, name),
            snippets=snippets(tables[0], viewer, address) if tables else (),
            behind=sight.behind,
        )


def find(known: Declared, name: str) -> DataProduct:
    """A product by `domain.product`.

    Raises:
        Unknown: there is none; lists the nearest names.
    """
    if name not in known.products:
        import difflib

        near = difflib.get_close_matches(name, known.products, n=3, cutoff=0.5) or sorted(known.products)[:3]
        raise Unknown(f"there is no product '{name}'", hint=f"Near it: {', '.join(near) or 'nothing'}.")
    return known.products[name]


def reads(tables: Sequence[Placed]) -> tuple[str, ...]:
    """Tables and streams (`domain.source.stream`) that a product is made from."""
    own = {p.name for p in tables}
    read = {str(name) for p in tables for name in p.shape.inputs if name not in own}
    return tuple(sorted(read | {f"{p.name.domain}.{p.shape.stream}" for p in tables if p.source}))


def feeds(known: Declared, tables: Sequence[Placed]) -> tuple[str, ...]:
    """Other products that are made from a product."""
    own = {str(p.product) for p in tables}
    return tuple(sorted({str(c.product) for p in tables for c in known.consumers(p.name)} - own))


def knowledge(found: DataProduct) -> Knowledge:
    """What its questionnaire says: knowledge that stays when people go."""
    said: dict[str, Any] = found.custom.get("weft.knowledge") or {}
    names = said.get("who", [])
    return Knowledge(
        why=str(said.get("why", "")),
        who=(names,) if isinstance(names, str) else tuple(map(str, names)),
        odd=str(said.get("odd", "")),
    )


def _questions(found: DataProduct) -> list[Question]:
    said = found.custom.get("weft.questions") or ()
    return [
        Question(text=str(one.get("question", "")), sql=str(one.get("sql", "")))
        if isinstance(one, dict)
        else Question(text=str(one))
        for one in (said if isinstance(said, list | tuple) else (said,))
    ]


def _last_run(sight: Sight, name: str) -> LastRun | None:
    last = next(iter(catalog.last_runs(sight.unit.projections, name, 1)), None)
    return LastRun(id=last.id, state=last.state, started=last.started, finished=last.finished) if last else None
