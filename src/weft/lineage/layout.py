"""Where the boxes of a graph stand: layers from left to right, few crossings, lines that go around boxes.

Layered drawing after Sugiyama, Tagawa and Toda (1981): longest-path layers, a bend point in each layer that a long line
passes, barycentre sweeps against crossings, and positions by isotonic regression (pool adjacent violators). The same
graph gives the same picture.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Point = tuple[float, float]

SWEEPS = 4
"""Times that the order is swept forth and back."""


class Sizes(NamedTuple):
    """Lengths in pixels."""

    width: float = 184
    height: float = 52
    across: float = 72
    """Between two layers."""
    below: float = 20
    """Between two boxes of a layer."""
    bend: float = 14
    """Height that a passing line takes."""


class Layout(NamedTuple):
    """A drawing; the left upper corner is (0, 0)."""

    nodes: dict[str, Point]
    """Left upper corner of each box."""
    edges: dict[tuple[str, str], tuple[Point, ...]]
    """Points of each line, from the right side of its source to the left side of its target."""
    width: float
    height: float


class _Drawing(NamedTuple):
    """Numbered nodes, bend points behind them; no line passes a layer."""

    layers: list[list[int]]
    before: list[list[int]]
    after: list[list[int]]
    chains: dict[tuple[str, str], list[int]]
    """Numbers that each line passes, from its left end to its right end."""


def layout(nodes: Sequence[str], edges: Iterable[tuple[str, str]], sizes: Sizes | None = None) -> Layout:
    """Place boxes of one size.

    Args:
        nodes: ids; their order decides ties.
        edges: source and target; circles are allowed, a line of a box to itself is left out.
        sizes: of boxes and gaps.
    """
    sizes = sizes or Sizes()
    numbers = {node: number for number, node in enumerate(nodes)}
    wanted = [(s, t) for s, t in dict.fromkeys(edges) if s != t and s in numbers and t in numbers]
    pairs = [(numbers[s], numbers[t]) for s, t in wanted]
    straight = _without_circles(len(numbers), pairs)
    drawing = _drawing(len(numbers), dict(zip(wanted, straight, strict=True)))
    _order(drawing)
    tops = _tops(drawing, len(numbers), sizes)
    return _placed(numbers, drawing, tops, sizes)


def _without_circles(count: int, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs, those that close a circle turned round."""
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in pairs:
        after[source].append(target)
    state, back = [0] * count, set()
    for start in range(count):
        stack = [(start, iter(after[start]))] if not state[start] else []
        state[start] = state[start] or 1
        while stack:
            node, following = stack[-1]
            target = next(following, -1)
            if target < 0:
                state[node] = 2
                stack.pop()
            elif state[target] == 1:
                back.add((node, target))
            elif not state[target]:
                state[target] = 1
                stack.append((target, iter(after[target])))
    return [(t, s) if (s, t) in back else (s, t) for s, t in pairs]


def _layer_of(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Longest way from the left; what only begins stands next to what it leads to."""
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in pairs:
        before[target].append(source)
        after[source].append(target)
    left = [len(b) for b in before]
    ready = [n for n in range(count) if not left[n]]
    layer = [0] * count
    for node in ready:  # grows while it is read: an order in which all sources come first
        for target in after[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            left[target] -= 1
            if not left[target]:
                ready.append(target)
    for node in range(count):
        if after[node] and not before[node]:
            layer[node] = min(layer[t] for t in after[node]) - 1
    return layer


def _drawing(count: int, lines: Mapping[tuple[str, str], tuple[int, int]]) -> _Drawing:
    layer = _layer_of(count, set(lines.values()))
    layers: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node in range(count):
        layers[layer[node]].append(node)
    drawing = _Drawing(layers, [[] for _ in range(count)], [[] for _ in range(count)], {})
    for line, (source, target) in lines.items():
        chain = [source]
        for passed in range(layer[source] + 1, layer[target]):
            chain.append(len(drawing.before))
            layers[passed].append(chain[-1])
            drawing.before.append([])
            drawing.after.append([])
        chain.append(target)
        for one, other in itertools.pairwise(chain):
            drawing.after[one].append(other)
            drawing.before[other].append(one)
        drawing.chains[line] = chain
    return drawing


def _order(drawing: _Drawing) -> None:
    """Sort each layer by where its neighbours stand, forth and back."""
    place = [0.0] * len(drawing.before)
    for nodes in drawing.layers:
        for number, node in enumerate(nodes):
            place[node] = number
    for _ in range(SWEEPS):
        for layers, beside in ((drawing.layers, drawing.before), (drawing.layers[::-1], drawing.after)):
            for nodes in layers:
                _sort(nodes, beside, place)


def _sort(nodes: list[int], beside: list[list[int]], place: list[float]) -> None:
    wanted = {
        node: sum(place[n] for n in beside[node]) / len(beside[node]) if beside[node] else place[node] for node in nodes
    }
    nodes.sort(key=wanted.__getitem__)  # stable: ties stay as they are
    for number, node in enumerate(nodes):
        place[node] = number


def _tops(drawing: _Drawing, count: int, sizes: Sizes) -> list[float]:
    """Middle of each box and bend point, as near to its neighbours as the others of its layer allow."""
    half = [sizes.height / 2 if n < count else sizes.bend / 2 for n in range(len(drawing.before))]
    middle = [0.0] * len(half)
    for nodes in drawing.layers:
        for node, offset in zip(nodes, _offsets(nodes, half, sizes), strict=True):
            middle[node] = offset
    for _ in range(2):
        for layers, beside in ((drawing.layers, drawing.before), (drawing.layers[::-1], drawing.after)):
            for nodes in layers:
                _settle(nodes, beside, middle, _offsets(nodes, half, sizes))
    top = min((middle[n] - half[n] for n in range(len(middle))), default=0.0)
    return [m - top for m in middle]


def _offsets(nodes: list[int], half: list[float], sizes: Sizes) -> list[float]:
    """Middles when all stand as close as they may."""
    offsets, bottom = [], -sizes.below
    for node in nodes:
        offsets.append(bottom + sizes.below + half[node])
        bottom += sizes.below + 2 * half[node]
    return offsets


def _settle(nodes: list[int], beside: list[list[int]], middle: list[float], offsets: list[float]) -> None:
    """Move the nodes of a layer to where they want, in their order and without overlap: least squares."""
    blocks: list[list[float]] = []  # sum of what is wanted, number of nodes
    for node, offset in zip(nodes, offsets, strict=True):
        near = beside[node]
        wanted = sum(middle[n] for n in near) / len(near) if near else middle[node]
        blocks.append([wanted - offset, 1])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]:
            total, size = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += size
    number = 0
    for total, size in blocks:
        for _ in range(int(size)):
            middle[nodes[number]] = total / size + offsets[number]
            number += 1


def _placed(numbers: Mapping[str, int], drawing: _Drawing, middle: list[float], sizes: Sizes) -> Layout:
    left: dict[int, float] = {}
    for number, nodes in enumerate(drawing.layers):
        left |= dict.fromkeys(nodes, number * (sizes.width + sizes.across))
    edges = {line: _points(chain, left, middle, sizes) for line, chain in drawing.chains.items()}
    for line, chain in drawing.chains.items():
        if chain[0] != numbers[line[0]]:  # it closed a circle: drawn from right to left
            edges[line] = edges[line][::-1]
    bottoms: dict[int, float] = defaultdict(float)
    for nodes in drawing.layers:
        for node in nodes:
            bottoms[node] = middle[node] + (sizes.height if node < len(numbers) else sizes.bend) / 2
    return Layout(
        nodes={node: (round(left[n], 1), round(middle[n] - sizes.height / 2, 1)) for node, n in numbers.items()},
        edges=edges,
        width=max(0.0, len(drawing.layers) * (sizes.width + sizes.across) - sizes.across),
        height=round(max(bottoms.values(), default=0.0), 1),
    )


def _points(chain: list[int], left: Mapping[int, float], middle: list[float], sizes: Sizes) -> tuple[Point, ...]:
    points = [(left[chain[0]] + sizes.width, round(middle[chain[0]], 1))]
    for bend in chain[1:-1]:
        points += [(left[bend], round(middle[bend], 1)), (left[bend] + sizes.width, round(middle[bend], 1))]
    return (*points, (left[chain[-1]], round(middle[chain[-1]], 1)))
