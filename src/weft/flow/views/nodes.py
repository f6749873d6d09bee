"""One box of the lineage: what it is, who owns it, how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weft import catalog
from weft.flow.views.measure import leaves
from weft.flow.views.parts import State, Who, owner, who, worst
from weft.flow.views.sources import feeding, source_item
from weft.flow.views.trust import together, trust
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.trust import Trust
    from weft.flow.views.viewer import Sight

Level = Literal["product", "table", "column"]


class NodeItem(Noun):
    """A box."""

    id: str
    kind: Literal["source", "stream", "product", "table", "column", "metric", "board", "dataset"]
    name: str
    """As it is asked for: domain.product, domain.source, a metric's name, ..."""
    title: str = ""
    domain: str = ""
    owner: Who | None = None
    state: State = "quiet"
    late: bool = False
    """Older than is promised."""
    failing: int = 0
    """Rules that failed."""
    held: int = 0
    """Versions that are held back."""
    run: str = ""
    """Id of its last run; empty = none."""
    run_state: str = ""
    run_at: str = ""
    """When that run ended, or began, UTC."""
    distance: int = 0
    """Steps from what was asked for; negative = it leads to it."""
    more_up: int = 0
    """Boxes that lead to it and are not shown."""
    more_down: int = 0
    """Boxes that it leads to and that are not shown."""
    x: float = 0
    """Left side in the drawing, in pixels."""
    y: float = 0
    """Upper side."""


def node_item(sight: Sight, box: str) -> NodeItem:
    """A box by its id."""
    prefix, _, rest = box.partition(":")
    if prefix in ("metric", "board"):
        return _measure(sight, box, rest)
    if prefix in ("source", "stream"):
        return _source(sight, box, rest)
    if prefix == "dataset":
        return NodeItem(id=box, kind="dataset", name=rest)
    if box in sight.known.products:
        return _product(sight, box)
    return _table(sight, box)


def _product(sight: Sight, box: str) -> NodeItem:
    product = sight.known.products[box]
    facts = together(trust(sight, placed) for placed in sight.tables(product))
    last = next(iter(catalog.last_runs(sight.unit.projections, box, 1)), None)
    node = NodeItem(
        id=box,
        kind="product",
        name=box,
        title=product.title,
        domain=product.domain,
        owner=owner(sight.known, product.domain),
        run=last.id if last else "",
        run_state=last.state if last else "",
        run_at=(last.finished or last.started) if last else "",
    )
    return _with(node, facts)


def _table(sight: Sight, box: str) -> NodeItem:
    """A table, or a column of one."""
    parts = box.split(".", 3)
    table = ".".join(parts[:3])
    placed = sight.known.tables.get(table)
    if placed is None:
        return NodeItem(id=box, kind="dataset", name=box)
    prop = next((p for p in placed.table.properties if parts[3:] == [p.name]), None)
    node = NodeItem(
        id=box,
        kind="column" if parts[3:] else "table",
        name=box,
        title=prop.business_name if prop else "" if parts[3:] else placed.table.business_name,
        domain=placed.name.domain,
        owner=owner(sight.known, placed.name.domain),
    )
    return _with(node, trust(sight, placed))


def _source(sight: Sight, box: str, name: str) -> NodeItem:
    """A source, a stream of one, or a column of that."""
    domain, of, *rest = name.split(".", 3)
    source = sight.known.sources.get(f"{domain}.{of}")
    item = source_item(sight, source, feeding(sight)) if source else None
    streams = [s for s in item.streams if not rest or s.name == rest[0]] if item else []
    return NodeItem(
        id=box,
        kind="source" if not rest else "stream" if len(rest) == 1 else "column",
        name=name,
        domain=domain,
        owner=owner(sight.known, domain),
        state=worst(stream.state for stream in streams),
    )


def _measure(sight: Sight, box: str, name: str) -> NodeItem:
    """A metric, or a board; as its tables are."""
    known = sight.known
    board = known.boards.get(name) if box.startswith("board:") else None
    names = [tile.metric for tile in board.tiles] if board else [name]
    tables = {leaf.table for one in names if one in known.metrics for leaf in leaves(known, known.metrics[one])}
    found = board or known.metrics.get(name)
    node = NodeItem(
        id=box,
        kind="board" if board else "metric",
        name=name,
        title=found.title if found else "",
        owner=who(known, found.owner) if found and found.owner else None,
    )
    return _with(node, together(trust(sight, known.tables[table]) for table in sorted(tables) if table in known.tables))


def _with(node: NodeItem, facts: Trust) -> NodeItem:
    late = facts.fresh.state in ("watch", "bad")
    more = {"state": facts.state, "late": late, "failing": facts.checks.failed, "held": facts.held}
    return node.model_copy(update=more)
