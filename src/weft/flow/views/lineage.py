"""Where data comes from and whom it reaches: boxes with their states, placed for drawing, and who is hurt."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from weft import catalog
from weft import lineage as columns
from weft.errors import Invalid
from weft.flow import openlineage
from weft.flow.views.nodes import Level, NodeItem, node_item
from weft.flow.views.parts import State, Who
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.flow.views.viewer import Sight
    from weft.model import Declared
    from weft.seams import World

MOST = 150
"""Boxes that are drawn unasked."""
_STRENGTH = ("direct", "unknown", "indirect")


class Around(Noun):
    """Which part is looked at."""

    by: Level = "product"
    """What a box is: a product, a table or a column."""
    up: int = Field(default=1, ge=-1, le=1000)
    """Steps towards the origins; -1 = all."""
    down: int = Field(default=1, ge=-1, le=1000)
    """Steps towards the consumers; -1 = all."""
    most: int = Field(default=MOST, ge=1, le=5000)
    """Boxes at most; the nearest are shown."""


class EdgeItem(Noun):
    """Something goes from one box to another."""

    source: str
    target: str
    how: Literal["direct", "indirect", "unknown"]
    """direct: values reach it; indirect: they decide which rows there are; unknown: either, it cannot be told."""
    columns: tuple[str, ...] = ()
    """Columns that go along it, as `column -> column`; at most 50."""
    points: tuple[tuple[float, float], ...] = ()
    """Corners of its line, from left to right, in pixels."""


class Hurt(Noun):
    """What depends on it, however far away."""

    kind: str
    """product, metric, board or dataset."""
    name: str
    title: str = ""
    owner: Who | None = None
    steps: int
    """How far away."""
    readers: int = 0
    """People and programs who read it."""
    state: State = "quiet"


class LineageView(Noun):
    """A part of the lineage around something."""

    name: str
    around: Around
    nodes: tuple[NodeItem, ...]
    edges: tuple[EdgeItem, ...]
    more: int = 0
    """Boxes within that distance that are not shown."""
    hurt: tuple[Hurt, ...] = ()
    """Everything that is made from it, nearest first."""
    width: float = 0
    """Of the drawing, in pixels."""
    height: float = 0
    box: tuple[float, float] = (columns.Sizes().width, columns.Sizes().height)
    """Width and height of every box."""
    behind: int = 0


class _Ways:
    """The graph seen from one level: boxes and what goes from one to the next."""

    def __init__(self, graph: columns.Graph, by: Level) -> None:
        self.edges: dict[tuple[str, str], dict[str, list[str]]] = {}
        for edge in graph.edges:
            ends = (_box(graph, edge.source, by), _box(graph, edge.target, by))
            if ends[0] != ends[1]:
                pair = [graph.nodes[end].column for end in (edge.source, edge.target)]
                self.edges.setdefault(ends, defaultdict(list))[edge.how].append(" -> ".join(filter(None, pair)))
        self.boxes = dict.fromkeys([*(_box(graph, n, by) for n in graph.nodes), *(b for e in self.edges for b in e)])
        self.after: dict[str, list[str]] = defaultdict(list)
        self.before: dict[str, list[str]] = defaultdict(list)
        for source, target in self.edges:
            self.after[source].append(target)
            self.before[target].append(source)


def lineage(world: World, viewer: Viewer, name: str, around: Around | None = None) -> LineageView:
    """What leads to something and what it leads to.

    Args:
        world: the open mesh.
        viewer: who looks.
        name: a product, table, column, `metric:x`, `board:x`, or a source as `domain.source`.
        around: which part.

    Raises:
        Unknown: nothing has that name.
    """
    part = around or Around()
    with looking(world, viewer) as sight:
        graph = _graph(sight)
        ways = _ways(sight, graph, part.by)
        center = _center(sight, graph, ways, name, part.by)
        up, down = _reach(center, ways.before, part.up), _reach(center, ways.after, part.down)
        distance = {box: -far for box, far in up.items()} | down | dict.fromkeys(center, 0)
        near = sorted(distance, key=lambda box: (abs(distance[box]), box))
        kept = near[: max(part.most, 1)]
        there = set(kept)
        lines = {ends: how for ends, how in ways.edges.items() if there.issuperset(ends)}
        drawn = columns.layout(sorted(kept), sorted(lines))
        return LineageView(
            name=name,
            around=part,
            nodes=tuple(_node(sight, box, ways, distance, drawn) for box in kept),
            edges=tuple(_edge(ends, how, drawn) for ends, how in sorted(lines.items())),
            more=len(near) - len(kept),
            hurt=_hurt(sight, graph, name),
            width=drawn.width,
            height=drawn.height,
            behind=sight.behind,
        )


def _graph(sight: Sight) -> columns.Graph:
    """The whole graph; computed once for each state of the documents and of what other tools told."""
    told = sight.unit.journal.read(types=("lineage.imported",), limit=1, newest=True)
    state = (sight.known, told[0].sequence if told else 0)
    kept: tuple[tuple[Declared, int], columns.Graph, dict[str, _Ways]] | None = sight.world.memo.get("lineage")
    if kept is None or kept[0][0] is not state[0] or kept[0][1] != state[1]:
        kept = sight.world.memo["lineage"] = (state, openlineage.whole(sight.unit, sight.known), {})
    return kept[1]


def _ways(sight: Sight, graph: columns.Graph, by: Level) -> _Ways:
    kept: dict[str, _Ways] = sight.world.memo["lineage"][2]
    if by not in kept:
        kept[by] = _Ways(graph, by)
    return kept[by]


def _box(graph: columns.Graph, identifier: str, by: Level) -> str:
    """The box that a column stands in."""
    node = graph.nodes[identifier]
    if node.kind in ("metric", "board") or by == "column":
        return identifier
    if by == "table" or node.kind == "dataset":
        return node.of
    if node.kind == "stream":
        return node.of.rpartition(".")[0].replace("stream:", "source:", 1)
    return ".".join(node.of.split(".")[:2])


def _center(sight: Sight, graph: columns.Graph, ways: _Ways, name: str, by: Level) -> list[str]:
    """The boxes that a name means.

    Raises:
        Unknown: nothing has that name.
        Invalid: it names no column.
    """
    for asked in (name, f"source:{name}"):
        if asked in ways.boxes:
            return [asked]
    named = graph.named(name) or graph.named(f"stream:{name}")
    found = list(dict.fromkeys(_box(graph, node.id, by) for node in named))
    if found:
        return found
    if name in sight.known.products or name in sight.known.sources:
        return [name]  # nothing leads to it or from it
    sight.known.table(".".join(name.split(".")[:3]))
    raise Invalid(f"'{name}' names no column", hint="A column is named domain.product.table.column.")


def _reach(center: Iterable[str], ways: Mapping[str, list[str]], steps: int) -> dict[str, int]:
    """Boxes within so many steps, by how many it takes; a negative number of steps is all."""
    found = dict.fromkeys(center, 0)
    level, far = list(found), 0
    while level and far != steps:
        far += 1
        level = [other for box in level for other in ways.get(box, ()) if other not in found]
        found |= dict.fromkeys(level, far)
        level = list(dict.fromkeys(level))
    return found


def _node(sight: Sight, box: str, ways: _Ways, distance: Mapping[str, int], drawn: columns.Layout) -> NodeItem:
    hidden = [sum(other not in drawn.nodes for other in side.get(box, ())) for side in (ways.before, ways.after)]
    x, y = drawn.nodes[box]
    more = {"x": x, "y": y, "distance": distance[box], "more_up": hidden[0], "more_down": hidden[1]}
    return node_item(sight, box).model_copy(update=more)


def _edge(ends: tuple[str, str], how: Mapping[str, list[str]], drawn: columns.Layout) -> EdgeItem:
    strongest = next(kind for kind in _STRENGTH if kind in how)
    pairs = list(dict.fromkeys(pair for kind in _STRENGTH for pair in how.get(kind, ()) if pair))
    return EdgeItem.model_validate(
        {
            "source": ends[0],
            "target": ends[1],
            "how": strongest,
            "columns": tuple(pairs[:50]),
            "points": drawn.edges[ends],
        }
    )


def _hurt(sight: Sight, graph: columns.Graph, name: str) -> tuple[Hurt, ...]:
    ways = _ways(sight, graph, "product")
    center = _center(sight, graph, ways, name, "product")
    found = []
    for box, steps in sorted(_reach(center, ways.after, -1).items(), key=lambda one: (one[1], one[0])):
        if steps:
            node = node_item(sight, box)
            product = sight.known.products.get(box)
            tables = sight.tables(product) if product else ()
            readers = {who for p in tables for who in catalog.readers(sight.unit.projections, p.name.key)}
            found.append(
                Hurt(
                    kind=node.kind,
                    name=node.name,
                    title=node.title,
                    owner=node.owner,
                    steps=steps,
                    readers=len(readers),
                    state=node.state,
                )
            )
    return tuple(found)
