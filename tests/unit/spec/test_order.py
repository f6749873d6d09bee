from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from weft.spec.order import _sorted, cycles

nodes = st.sampled_from("abcdef")
graphs = st.dictionaries(nodes, st.sets(nodes, max_size=3), max_size=6)


@given(graphs)
def test_every_cycle_told_is_one_and_none_stays(graph):
    found = cycles(graph)
    for cycle in found:
        assert cycle[0] == cycle[-1] == min(cycle)
        assert all(after in graph[before] for before, after in pairwise(cycle))
    assert bool(found) == any(reaches(graph, node, node) for node in graph)


def reaches(graph, start, end):
    seen, todo = set(), list(graph.get(start, ()))
    while todo:
        node = todo.pop()
        if node == end:
            return True
        if node not in seen:
            seen.add(node)
            todo += graph.get(node, ())
    return False


@given(graphs)
def test_what_is_read_stands_before_who_reads_it(graph):
    order = _sorted(graph)
    assert set(order) >= set(graph)
    assert len(order) == len(set(order))
    if not cycles(graph):
        assert all(order.index(read) < order.index(node) for node in graph for read in graph[node])
