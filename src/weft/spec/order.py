"""Dependency order of tables, and cycles among products."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.model import Placed, Position
    from weft.spec.gather import Gathered

_MANY = 10  # cycles that are told


def ordered(found: Gathered, placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """What a table reads stands before it; complains of cycles. With cycles some order is given."""
    tables = {p.name.key: {name.key for name in p.shape.inputs} for p in placed}
    products: dict[str, set[str]] = {}
    for p in placed:
        read = {f"{name.domain}.{name.product}" for name in p.shape.inputs} - {str(p.product)}
        products.setdefault(str(p.product), set()).update(read)
    for cycle in cycles(products):
        found.complain(_where(placed, cycle), f"products read each other in a circle: {' -> '.join(cycle)}")
    for cycle in cycles(tables):
        if len({key.rpartition(".")[0] for key in cycle}) == 1:  # else told as a cycle of products
            names = " -> ".join(key.partition("@")[0] for key in cycle)
            found.complain(_where_table(placed, cycle[0]), f"tables read each other in a circle: {names}")
    if not cycles(tables):  # else told already
        _contracts(found, placed)
    by_key = {p.name.key: p for p in placed}
    return tuple(by_key[key] for key in _sorted(tables) if key in by_key)


def _contracts(found: Gathered, placed: Sequence[Placed]) -> None:
    """Complain of contracts of one product that read each other: the tables of one are published together."""
    of = {p.name.key: (str(p.product), p.contract.id, p.name.major) for p in placed}
    names = {key: f"{contract} {major}" for key, (_, contract, major) in of.items()}
    graph: dict[str, set[str]] = {}
    for p in placed:
        mine = of[p.name.key]
        read = {names[n.key] for n in p.shape.inputs if n.key in of and of[n.key][0] == mine[0]}
        graph.setdefault(names[p.name.key], set()).update(read - {names[p.name.key]})
    for cycle in cycles(graph):
        where = next((p.contract.position for p in placed if names[p.name.key] == cycle[0]), None)
        found.complain(where, f"contracts read each other in a circle: {' -> '.join(cycle)}")


def cycles(graph: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """Cycles of a graph (node -> what it reads), each closed: (a, b, a). One edge of each is cut to find the next."""
    left = {node: set(reads) for node, reads in graph.items()}
    result: list[tuple[str, ...]] = []
    while len(result) < _MANY:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            # graphlib gives each node before the one that reads it
            found = tuple(reversed(error.args[1]))
            result.append(_turned(found))
            left[found[0]].discard(found[1])
        else:
            break
    return result


def _turned(cycle: tuple[str, ...]) -> tuple[str, ...]:
    """The same cycle from its alphabetically first node, so that it is told alike every time."""
    nodes = cycle[:-1]
    first = nodes.index(min(nodes))
    return (*nodes[first:], *nodes[:first], nodes[first])


def _sorted(graph: dict[str, set[str]]) -> list[str]:
    """Nodes after what they read, else in their given order; nodes of a cycle come as given."""
    done: dict[str, None] = {}
    open_: set[str] = set()

    for start in graph:
        stack = [(start, iter(sorted(graph.get(start, ()))))]
        open_.add(start)
        while stack:
            node, reads = stack[-1]
            step = next((read for read in reads if read not in done and read not in open_), None)
            if step is None:
                stack.pop()
                done.setdefault(node)
            else:
                open_.add(step)
                stack.append((step, iter(sorted(graph.get(step, ())))))
    return list(done)


def _where(placed: Sequence[Placed], cycle: tuple[str, ...]) -> Position | None:
    return next((p.product.position for p in placed if str(p.product) == cycle[0]), None)


def _where_table(placed: Sequence[Placed], key: str) -> Position | None:
    return next((p.table.position for p in placed if p.name.key == key), None)
