"""The way of every column, from stream to consumer."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from weft.lineage.effective import inputs, traced
from weft.lineage.trace import Traced, trace
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weft.model import Declared, Metric, Placed


class Node(Noun):
    """One column, a metric, or a board."""

    id: str
    """`domain.product.table.column`, `stream:domain.source.stream.column`, `metric:name`, `board:name`, or
    `dataset:<namespace>/<name>.column` of another tool; an older major version has `@major` behind the table."""
    kind: Literal["stream", "table", "metric", "board", "dataset"]
    of: str
    """What it is a column of; a metric and a board are their own."""
    column: str = ""
    """Empty for a metric and a board; `*` when it cannot be told which columns there are."""

    def __hash__(self) -> int:
        return hash(self.id)


class Edge(Noun):
    """The source decides something about the target."""

    source: str
    target: str
    how: Literal["direct", "indirect", "unknown"] = "direct"
    """direct: values reach it; indirect: they decide which rows there are; unknown: either, it cannot be told."""

    def __hash__(self) -> int:
        return hash((self.source, self.target, self.how))


class Graph(Noun):
    """Columns and what goes from one to the next."""

    nodes: dict[str, Node] = {}
    """By id."""
    edges: tuple[Edge, ...] = ()

    def upstream(self, name: str, *, depth: int | None = None) -> Graph:
        """The part that leads to a column, or to any column of a table, stream or source.

        Args:
            name: id of a node, or what stands before its last dots.
            depth: steps to go; none = all.
        """
        return self._part(name, self._before, depth)

    def downstream(self, name: str, *, depth: int | None = None) -> Graph:
        """The part that a column, or any column of a table, stream or source, leads to; arguments as of `upstream`."""
        return self._part(name, self._after, depth)

    def named(self, name: str) -> tuple[Node, ...]:
        """The nodes that a name means: one column, or all of a table, stream, product or domain; case is ignored."""
        wanted = name.lower()
        return tuple(
            node
            for node in self.nodes.values()
            if node.id.lower() == wanted or node.id.lower().startswith((f"{wanted}.", f"{wanted}@"))
        )

    @cached_property
    def _before(self) -> Mapping[str, list[Edge]]:
        return _by(self.edges, "target")

    @cached_property
    def _after(self) -> Mapping[str, list[Edge]]:
        return _by(self.edges, "source")

    def _part(self, name: str, steps: Mapping[str, list[Edge]], depth: int | None) -> Graph:
        level = [node.id for node in self.named(name)]
        found: dict[str, None] = dict.fromkeys(level)
        edges: dict[Edge, None] = {}
        gone = 0
        while level and (depth is None or gone < depth):
            taken = [edge for id_ in level for edge in steps.get(id_, ())]
            edges |= dict.fromkeys(taken)
            level = [e for edge in taken for e in (edge.source, edge.target) if e not in found]
            level = list(dict.fromkeys(level))
            found |= dict.fromkeys(level)
            gone += 1
        return Graph(nodes={id_: self.nodes[id_] for id_ in found}, edges=tuple(edges))


def graph(declared: Declared) -> Graph:
    """Lineage of a whole mesh: streams, tables of all offered majors, metrics, boards."""
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    for placed in declared.placed:
        table = label(declared, placed)
        for prop in placed.table.properties:
            _add(nodes, table, prop.name)
        for edge in _edges(declared, placed):
            edges[edge] = None
    for metric in declared.metrics.values():
        nodes[f"metric:{metric.name}"] = Node(id=f"metric:{metric.name}", kind="metric", of=f"metric:{metric.name}")
        edges |= dict.fromkeys(_metric(declared, metric))
    for board in declared.boards.values():
        nodes[f"board:{board.name}"] = Node(id=f"board:{board.name}", kind="board", of=f"board:{board.name}")
        shown = (tile.metric for tile in board.tiles if tile.metric in declared.metrics)
        edges |= dict.fromkeys(Edge(source=f"metric:{name}", target=f"board:{board.name}") for name in shown)
    for edge in edges:
        if edge.source not in nodes:
            _add(nodes, *_split(edge.source))
    return Graph(nodes=nodes, edges=tuple(edges))


def label(declared: Declared, placed: Placed) -> str:
    """A table's name in the graph: without its major version for the newest."""
    newest = declared.tables.get(str(placed.name))
    return str(placed.name) if newest is not None and newest.name == placed.name else placed.name.key


def _by(edges: Iterable[Edge], end: Literal["source", "target"]) -> Mapping[str, list[Edge]]:
    found: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[getattr(edge, end)].append(edge)
    return found


def node_of(of: str, column: str) -> Node:
    """The node of a column of a table, `stream:...` or `dataset:...`."""
    prefix = of.partition(":")[0]
    kind: Literal["stream", "table", "dataset"] = (
        "stream" if prefix == "stream" else "dataset" if prefix == "dataset" else "table"
    )
    return Node(id=f"{of}.{column}", kind=kind, of=of, column=column)


def _add(nodes: dict[str, Node], of: str, column: str) -> None:
    node = node_of(of, column)
    nodes[node.id] = node


def _split(id_: str) -> tuple[str, str]:
    """Table and column of an id: a column's name may hold dots, the first three parts never do."""
    parts = id_.split(".", 3)
    return ".".join(parts[:3]), parts[3]


def _edges(declared: Declared, placed: Placed) -> Iterator[Edge]:
    table, shape = label(declared, placed), placed.shape
    if shape.kind == "columns":
        stream = f"stream:{placed.name.domain}.{shape.stream}"
        for prop in placed.table.properties:
            yield Edge(source=f"{stream}.{prop.source_name}", target=f"{table}.{prop.name}")
    elif shape.kind == "shape":
        # A stream's columns are not declared; what a star brings has its own name.
        found = trace(shape.sql, {shape.stream: ()})
        names = {shape.stream: f"stream:{placed.name.domain}.{shape.stream}"}
        star = {names[shape.stream]} if found.star else set()
        yield from _traced(placed, table, found, names, star)
    elif shape.kind == "derived":
        names = {name: label(declared, source) for name, source in inputs(declared, placed).items()}
        yield from _traced(placed, table, traced(declared, placed), names, set())


def _traced(placed: Placed, table: str, found: Traced, names: Mapping[str, str], star: Iterable[str]) -> Iterator[Edge]:
    """Edges into a table from what was traced.

    Args:
        placed: the table.
        table: its name in the graph.
        found: what was traced.
        names: names in the graph by those in the statement.
        star: names in the graph whose columns come as they are when nothing else is known.
    """
    for prop in placed.table.properties:
        target = f"{table}.{prop.name}"
        origins = found.columns.get(prop.name.lower())
        if origins is not None:
            yield from (Edge(source=f"{names[of]}.{column}", target=target) for of, column in origins)
        elif star:
            yield from (Edge(source=f"{of}.{prop.source_name}", target=target) for of in star)
        else:
            yield from (Edge(source=f"{of}.*", target=target, how="unknown") for of in sorted(set(names.values())))
        for of, column in found.indirect or ():
            yield Edge(source=f"{names[of]}.{column}", target=target, how="indirect")


def _metric(declared: Declared, metric: Metric) -> Iterator[Edge]:
    """Columns of its table that a metric names, and the metrics that it is derived from."""
    for name in metric.inputs.values():
        if name in declared.metrics:
            yield Edge(source=f"metric:{name}", target=f"metric:{metric.name}")
    placed = declared.tables.get(metric.table)
    if placed is None:
        return
    table, target = label(declared, placed), f"metric:{metric.name}"
    names = tuple(prop.name for prop in placed.table.properties)
    values = [text for text in (metric.expression, metric.numerator, metric.denominator) if text]
    parts = [*values, *metric.dimensions, *(c for c in (metric.time, metric.snapshot) if c)]
    where = f" WHERE {metric.where}" if metric.where else ""
    listed = ", ".join(f"({part}) AS c{n}" for n, part in enumerate(parts)) or "1 AS c0"
    found = trace(f"SELECT {listed} FROM {placed.name}{where}", {str(placed.name): names})
    for n in range(len(parts)):
        for _, column in found.columns.get(f"c{n}") or ():
            yield Edge(source=f"{table}.{column}", target=target, how="direct" if n < len(values) else "indirect")
    for _, column in found.indirect or ():
        yield Edge(source=f"{table}.{column}", target=target, how="indirect")
