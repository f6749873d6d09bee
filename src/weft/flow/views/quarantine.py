"""Rows that wait in quarantine: how many for everybody, which ones for owner and stewards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft import catalog
from weft.flow import base
from weft.flow import quarantine as bad
from weft.flow.views.access import knows
from weft.flow.views.parts import Who, owner
from weft.flow.views.quality import RowsView
from weft.flow.views.sample import read
from weft.flow.views.tables import TableItem, name_of, table_item
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from weft.seams import World


class WaitingItem(Noun):
    """A table with rows in quarantine."""

    table: str
    product: str
    title: str = ""
    owner: Who | None = None
    rows: int
    """That wait."""
    looks: bool
    """Whether the viewer may look at them and replay them."""


class QuarantineView(Noun):
    """Tables with rows in quarantine, the most first."""

    items: tuple[WaitingItem, ...]
    rows: int
    """Of all of them."""
    behind: int = 0


class Reason(Noun):
    """Why rows wait; a row may break several rules."""

    rule: str
    rows: int


class TableQuarantine(Noun):
    """What waits of one table, and why."""

    table: TableItem
    product: str
    waiting: int = 0
    reasons: tuple[Reason, ...] = ()
    looks: bool
    """Whether the viewer may look at the rows and replay them; others ask `table.access.ask`."""
    rows: RowsView | None = None
    """Rows as their source gave them, personal data masked; none when the viewer may not look."""
    behind: int = 0


def quarantine(world: World, viewer: Viewer, domain: str = "") -> QuarantineView:
    """Tables with rows in quarantine, of the mesh or of one domain."""
    with looking(world, viewer) as sight:
        found = []
        for health in catalog.all_health(sight.unit.projections):
            placed = sight.known.tables.get(health.table)
            if placed is None or not health.waiting or domain not in ("", placed.name.domain):
                continue
            found.append(
                WaitingItem(
                    table=name_of(sight.known, placed),
                    product=str(placed.product),
                    title=placed.table.business_name,
                    owner=owner(sight.known, placed.name.domain),
                    rows=health.waiting,
                    looks=knows(sight, placed).unpublished,
                )
            )
        items = tuple(sorted(found, key=lambda one: (-one.rows, one.table)))
        return QuarantineView(items=items, rows=sum(one.rows for one in items), behind=sight.behind)


def table_quarantine(world: World, viewer: Viewer, name: str, *, rows: int = 20) -> TableQuarantine:
    """What waits of one table by `domain.product.table`; looking at rows is an event.

    Raises:
        Unknown: no product offers that table.
    """
    with looking(world, viewer) as sight:
        placed = sight.known.table(name)
        looks = knows(sight, placed).unpublished
        view = TableQuarantine(
            table=table_item(sight, placed), product=str(placed.product), looks=looks, behind=sight.behind
        )
    known = base.declared(world)
    found = bad.waiting(world, known, name)
    if not found:
        return view
    shown = None
    if looks and rows:
        seen = bad.look(world, known, name, viewer.actor, rows)
        columns, values = read(seen.schema, seen.to_batches(), {})
        shown = RowsView(table=name, what="quarantine", columns=columns, rows=values)
    reasons = tuple(Reason(rule=rule, rows=count) for rule, count in found[0].reasons.items())
    return view.model_copy(update={"waiting": found[0].rows, "reasons": reasons, "rows": shown})
