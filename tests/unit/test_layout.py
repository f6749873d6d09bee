"""Boxes of a graph: no two overlap, no line crosses a box, and the same graph gives the same picture."""

from __future__ import annotations

import itertools
import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from weft.lineage import Sizes, layout

SIZES = Sizes()


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 14))
    nodes = [f"n{i}" for i in range(count)]
    pairs = st.tuples(st.sampled_from(nodes), st.sampled_from(nodes))
    return nodes, draw(st.lists(pairs, max_size=30))


def crosses(one, other, box):
    """Whether a piece of a line goes through the inside of a box."""
    (x1, y1), (x2, y2) = sorted((one, other))
    left, top = box
    right, bottom = left + SIZES.width, top + SIZES.height
    low, high = max(x1, left), min(x2, right)
    if low >= high:
        return False
    at = [y1 + (y2 - y1) * ((x - x1) / (x2 - x1)) for x in (low, high)]
    return max(at) > top + 0.2 and min(at) < bottom - 0.2  # positions are rounded


@given(graphs())
@settings(max_examples=150)
def test_boxes_do_not_overlap_and_lines_go_around_them(graph) -> None:
    nodes, edges = graph
    drawn = layout(nodes, edges)
    assert drawn == layout(nodes, edges)
    assert set(drawn.nodes) == set(nodes)
    assert set(drawn.edges) == {(s, t) for s, t in edges if s != t}
    columns: dict[float, list[float]] = {}
    for x, y in drawn.nodes.values():
        assert 0 <= x <= drawn.width - SIZES.width
        assert 0 <= y <= drawn.height - SIZES.height + 0.2
        columns.setdefault(x, []).append(y)
    for tops in columns.values():
        tops.sort()
        assert all(b - a >= SIZES.height + SIZES.below - 0.2 for a, b in itertools.pairwise(tops))
    for points in drawn.edges.values():
        for one, other in itertools.pairwise(points):
            assert not any(crosses(one, other, box) for box in drawn.nodes.values())


def test_a_line_ends_at_its_boxes_and_goes_from_left_to_right() -> None:
    drawn = layout(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    middles = {n: y + SIZES.height / 2 for n, (_, y) in drawn.nodes.items()}
    for (source, target), points in drawn.edges.items():
        assert points[0] == (drawn.nodes[source][0] + SIZES.width, middles[source])
        assert points[-1] == (drawn.nodes[target][0], middles[target])
    assert len(drawn.edges["a", "c"]) == 4  # it bends around b
    assert [x for x, _ in drawn.nodes.values()] == [0, 256, 512]


def test_what_begins_late_stands_beside_what_it_leads_to() -> None:
    drawn = layout(["a", "b", "c", "late"], [("a", "b"), ("b", "c"), ("late", "c")])
    assert drawn.nodes["late"][0] == drawn.nodes["b"][0]


def test_lines_that_need_not_cross_do_not() -> None:
    nodes = [f"{side}{i}" for side in "ab" for i in range(8)]
    drawn = layout(nodes, [(f"a{i}", f"b{7 - i}") for i in range(8)])
    order = sorted(range(8), key=lambda i: drawn.nodes[f"a{i}"][1])
    assert [drawn.nodes[f"b{7 - i}"][1] for i in order] == sorted(drawn.nodes[f"b{i}"][1] for i in range(8))


def test_a_circle_is_drawn_too() -> None:
    drawn = layout(["a", "b"], [("a", "b"), ("b", "a")])
    assert drawn.edges["b", "a"] == drawn.edges["a", "b"][::-1]


def wide(count: int = 1000) -> tuple[list[str], list[tuple[str, str]]]:
    dice = random.Random(7)
    layer = [dice.randrange(10) for _ in range(count)]
    edges = []
    while len(edges) < 1.35 * count:
        a, b = dice.randrange(count), dice.randrange(count)
        if layer[a] < layer[b] <= layer[a] + 3:
            edges.append((f"n{a}", f"n{b}"))
    return [f"n{i}" for i in range(count)], edges


if __name__ == "__main__":
    graph = wide()
    begun = time.process_time()
    for _ in range(10):
        layout(*graph)
    print(f"{(time.process_time() - begun) * 100:.1f} ms")
