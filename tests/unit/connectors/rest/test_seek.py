"""Pages that are cut no finer than the columns want it: the same pages, the same rows, as when every record is cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.connectors.rest.rows import split
from weft.connectors.rest.rows.columns import Columns

WORDS = st.sampled_from(['"items":[', "]", '[{"x":1', "}]}", '\\"', "items", "ü", "\n", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["items", "x", "]"]), inner, max_size=2)
    ),
    max_leaves=6,
)
TOKENS = st.sampled_from(
    [
        "0.5",
        "1",
        "-2.25",
        "null",
        "0.1000000000000000055",
        "0.30000000000000004",
        "9007199254740993",
        "1e400",
        "NaN",
        "1E2",
    ]
)


@st.composite
def record(draw):
    fields = draw(st.dictionaries(st.sampled_from(["a", "items", "deep"]), VALUES, max_size=3))
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items()]
    if draw(st.integers(0, 9)):
        parts.insert(draw(st.integers(0, len(parts))), f'"x": {draw(TOKENS)}')
    return "{" + ", ".join(parts) + "}" if draw(st.integers(0, 19)) else draw(st.sampled_from(["null", "1", "[]"]))


@st.composite
def answer(draw):
    """A body, and where its records are."""
    space = draw(st.sampled_from(["", " ", "\n  "]))
    listed = f"[{space}" + f"{space},{space}".join(draw(st.lists(record(), max_size=5))) + f"{space}]"
    path = draw(st.sampled_from([(), ("items",), ("d", "items"), ("items", "items")]))
    for key in reversed(path):
        around = draw(st.dictionaries(st.sampled_from(["a", "items", "z", "d"]), VALUES, max_size=3))
        parts = [f"{json.dumps(name)}:{space}{json.dumps(value)}" for name, value in around.items() if name != key]
        parts.insert(draw(st.integers(0, len(parts))), f"{json.dumps(key)}{space}:{space}{listed}")
        listed = "{" + f",{space}".join(parts) + "}"
    return listed.encode(), path


def knowing(*, off=False):
    """Columns that know that `x` is a double."""
    columns = Columns()
    columns.take([b'{"x": 0.5}', b'{"x": 1.5}'])
    columns.flush()
    if off:
        columns.seek.look_for(None)
    return columns


def outcome(columns, body, path):
    """The page as anybody sees it, and its rows; or the error."""
    try:
        page = columns.seek.page(body, path)
        columns.take(page)
        table = columns.flush()
    except Exception as error:
        return type(error), str(error)
    seen = ([bytes(one) for one in page.records], page.count, json.loads(bytes(page.listed)), page.first, page.last)
    return (*map(repr, (*seen, page.response, page.whole, page.notes)), table.schema, repr(table.to_pylist()))


@settings(max_examples=200, deadline=None)
@given(answer())
def test_a_page_is_the_same_as_when_all_its_records_are_cut(asked):
    body, path = asked
    assert outcome(knowing(), body, path) == outcome(knowing(off=True), body, path)


@pytest.mark.parametrize("path", [(), ("items",), ("d", "items")])
def test_an_ordinary_page_is_read_once(path, monkeypatch):
    listed = b'[{"a":"]","x": 1.5, "t":["[{"]}, {"x":2.5,"z":{"items":[1]}} ]'
    body = listed
    for key in reversed(path):
        body = b'{"next":{"link":"items"},"%b" : %b,"more":[1]}' % (key.encode(), body)
    columns = knowing()
    monkeypatch.setattr(split, "page", None)
    page = columns.seek.page(body, path)
    assert bytes(page.listed) == listed
    assert page.numbers is not None
    columns.take(page)
    assert columns.flush().column("x").to_pylist() == [1.5, 2.5]


@pytest.mark.parametrize(("body", "tried"), [(b'[{"a":1},{"a":2}]', False), (b'[{"x":1.5}]', True), (b"[]", True)])
def test_pages_of_another_kind_are_no_longer_tried(body, tried):
    columns = knowing()
    for _ in range(5):
        assert columns.seek.page(body).count == len(json.loads(body))
    assert (columns.seek.page(b'[{"x":1.5},{"x":2}]').numbers is not None) == tried


def test_a_page_that_was_read_before_a_column_became_a_double_keeps_its_digits():
    columns = knowing()
    columns.take([b'{"x":0.5,"y":1}'])
    early = columns.seek.page(b'[{"x":0.5,"y":0.1000000000000000055},{"x":0.5,"y":2}]')
    columns.take([b'{"x":0.5,"y":2.5}'])
    columns.flush()
    columns.take(early)
    assert columns.flush().column("y").to_pylist() == ["0.1000000000000000055", "2"]
