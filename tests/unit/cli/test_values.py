"""Values as JSON and as cells."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.cli.values import cell, count, pretty, printable, when
from weft.flow.values import columns, encode, unique

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_what_json_knows_comes_back(value: object) -> None:
    assert json.loads(encode(value)) == value
    assert json.loads(pretty(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9))
def test_decimals_are_exact_numbers(value: Decimal) -> None:
    assert json.loads(encode({"d": value}), parse_float=Decimal) == {"d": value}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (dt.datetime(2026, 1, 5, 10, 0, 0, 250_000, tzinfo=dt.UTC), '"2026-01-05T10:00:00.250000Z"'),
        (dt.datetime.fromisoformat("2026-01-05T10:00:00"), '"2026-01-05T10:00:00"'),
        (dt.date(2026, 1, 5), '"2026-01-05"'),
        (dt.time(10, 30), '"10:30:00"'),
        (dt.timedelta(seconds=90), '"PT90.000000S"'),
        (b"\x00\xff", '"AP8="'),
        (float("nan"), '"NaN"'),
        (float("-inf"), '"-Infinity"'),
        (Decimal("NaN"), '"NaN"'),
        (Decimal("1E+3"), "1000"),
        ((1, "a"), '[1, "a"]'),
        ({1: None}, '{"1": null}'),
    ],
)
def test_what_json_does_not_know_has_one_form(value: object, text: str) -> None:
    assert encode(value) == text
    json.loads(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "·"),
        ("", ""),
        (True, "true"),
        (1234567, "1234567"),
        (Decimal("120.50"), "120.50"),
        (float("nan"), "NaN"),
        (dt.datetime(2026, 1, 5, 10, tzinfo=dt.UTC), "2026-01-05 10:00:00Z"),
        ({"a": ["é", None]}, '{"a": ["é", null]}'),
        ("two\nlines", "two\\nlines"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\u202eesrever", "\\u202eesrever"),
    ],
)
def test_cells_for_the_eye(value: object, text: str) -> None:
    assert cell(value) == text


@given(st.text())
def test_a_cell_steers_no_terminal(text: str) -> None:
    assert printable(text).isprintable()


ODD = """SELECT TIMESTAMP_NS '2026-01-05 10:00:00.123456789' AS a, TIME_NS '10:00:00.123456789' AS b,
    INTERVAL '1 month 2 days 1.5 seconds' AS c, MAP {'k': 1} AS d, 'infinity'::DATE AS e, '-infinity'::TIMESTAMP AS f,
    DATE '20000-01-01' AS g, NULL::INTERVAL AS h, TIMESTAMP '20000-01-01 00:00:00' AS i"""


def test_what_python_cannot_hold_comes_as_text() -> None:
    (batch,) = duckdb.sql(ODD).to_arrow_table().to_batches()
    assert [values[0] for values in columns(batch)] == [
        "2026-01-05T10:00:00.123456789",
        "10:00:00.123456789",
        "P1M2DT1.5S",
        {"k": 1},
        "infinity",
        "-infinity",
        "20000-01-01",
        None,
        "20000-01-01T00:00:00.000000",
    ]


def test_names_become_unique() -> None:
    assert unique(["a", "a", "a_1", "b", "a"]) == ["a", "a_1", "a_1_1", "b", "a_2"]


@given(st.lists(st.sampled_from(["a", "a_1", "a_2", "b"])))
def test_names_always_become_unique(names: list[str]) -> None:
    assert len(set(unique(names))) == len(names)


def test_small_words() -> None:
    assert (count(1, "row"), count(2000, "row"), count(0, "row")) == ("1 row", "2,000 rows", "0 rows")
    assert (when("2026-10-01T06:00:00.000Z"), when("never")) == ("2026-10-01 06:00:00", "never")
