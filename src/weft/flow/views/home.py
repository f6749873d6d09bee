"""What waits for me, what is mine, what I used lately, what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weft import catalog
from weft.flow.views.access import knows, told
from weft.flow.views.parts import State, Told, Who, who
from weft.flow.views.products import ProductItem
from weft.flow.views.products import item as product_item
from weft.flow.views.trust import Held, held
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.views.viewer import Sight
    from weft.model import Placed
    from weft.seams import World

_EVENTS = 1000
"""Reads and changes that are looked back at."""
LISTED = 12
_ANSWERS = {"owner", "steward", "producer"}


class Todo(Noun):
    """Something that waits for the viewer, or that they should know."""

    what: Literal["held", "quarantine", "incident", "failed"]
    """held: a version is held back; quarantine: rows wait; incident: a rule fails; failed: the last run did."""
    state: State
    table: str
    product: str
    title: str = ""
    at: str = ""
    """Since when, UTC."""
    rows: int = 0
    """That wait, or that are held."""
    rule: str = ""
    text: str = ""
    """What was found; empty = not for this viewer."""
    mine: bool
    """In a domain that the viewer answers for; false = they read it lately."""
    held: Held | None = None


class Changed(Noun):
    """A document that was applied lately."""

    path: str
    product: str = ""
    """domain.product; empty = it is of none."""
    at: str
    by: Who
    added: bool = False
    """For the first time."""


class HomeView(Noun):
    """The first page."""

    who: Who
    known: bool
    """A document names the viewer."""
    mesh: str
    """Name of the mesh."""
    description: str = ""
    domains: int = 0
    products: int = 0
    waiting: tuple[Todo, ...] = ()
    """Worst first."""
    mine: tuple[ProductItem, ...] = ()
    """Of the domains that the viewer answers for."""
    recent: tuple[ProductItem, ...] = ()
    """Read lately by the viewer, newest first."""
    changed: tuple[Changed, ...] = ()
    """Newest first."""
    behind: int = 0


def home(world: World, viewer: Viewer) -> HomeView:
    """What concerns the viewer now.

    Raises:
        Invalid: nothing is applied yet.
    """
    with looking(world, viewer) as sight:
        known = sight.known
        domains = {name for name, roles in sight.who.domains.items() if _ANSWERS & set(roles)}
        own = [p for p in known.placed if p.name.domain in domains]
        read = _read(sight)
        todos = [*_todos(sight, own, mine=True), *_todos(sight, [p for p in read if p not in own], mine=False)]
        worst_first = sorted(todos, key=lambda t: (("bad", "watch").index(t.state), not t.mine, t.table, t.what))
        products = sorted((p for p in known.products.values() if p.domain in domains), key=str)
        recent = dict.fromkeys(str(p.product) for p in read)
        return HomeView(
            who=who(known, viewer.actor),
            known=sight.who.known,
            mesh=known.mesh.name,
            description=known.mesh.description,
            domains=len(known.domains),
            products=len(known.products),
            waiting=tuple(worst_first),
            mine=tuple(product_item(sight, p) for p in products),
            recent=tuple(product_item(sight, known.products[name]) for name in [*recent][:LISTED]),
            changed=tuple(_changed(sight)),
            behind=sight.behind,
        )


def _read(sight: Sight) -> list[Placed]:
    """Tables that the viewer read lately, newest first."""
    events = sight.unit.journal.read(types=("read.allowed",), limit=_EVENTS, newest=True)
    keys = dict.fromkeys(e.subject for e in events if e.actor == sight.viewer.actor)
    return [sight.known.tables[key] for key in keys if key in sight.known.tables]


def _todos(sight: Sight, tables: list[Placed], *, mine: bool) -> Iterator[Todo]:
    for placed in tables:
        health = sight.health(placed)
        same = {"table": str(placed.name), "product": str(placed.product), "title": placed.product.title, "mine": mine}
        if health.held is not None and (one := held(sight, placed)):
            yield Todo(what="held", state="watch", at=one.at, rows=one.rows, held=one, **same)
        if health.waiting and mine and knows(sight, placed).unpublished:
            yield Todo(what="quarantine", state="watch", rows=health.waiting, at=health.landed, **same)
        if health.error:
            yield Todo(what="failed", state="bad", text=health.error, **same)
        for incident in catalog.incidents(sight.unit.projections, placed.name.key):
            finding: Told = told(sight, placed, incident.model_dump())
            state: State = "bad" if incident.severity == "error" and health.held is None else "watch"
            yield Todo(what="incident", state=state, at=incident.opened, rule=finding.rule, text=finding.text, **same)


def _changed(sight: Sight) -> Iterator[Changed]:
    events = sight.unit.journal.read(types=("document.applied",), limit=LISTED, newest=True)
    for event in events:
        parts = event.subject.split("/")
        product = ".".join(parts[1:3]) if parts[0] == "domains" and len(parts) > 3 else ""  # noqa: PLR2004 - its folder
        yield Changed(
            path=event.subject,
            product=product if product in sight.known.products else "",
            at=event.at,
            by=who(sight.known, event.actor),
            added=event.data.get("action") == "add",
        )
