"""Tables that fit."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from weft.cli.table import lines, measure, wrap

ROWS = [("sales.pipeline.deals", 12_052, Decimal("1.50"), True), ("service.desk", 7, None, False)]


def test_numbers_stand_to_the_right_and_the_rest_to_the_left() -> None:
    assert list(lines(("table", "rows", "share", "ok"), ROWS, 110)) == [
        "table                  rows  share  ok",
        "─────────────────────────────────────────",
        "sales.pipeline.deals  12052   1.50  true",
        "service.desk              7      ·  false",
    ]


def test_long_cells_wrap_and_nothing_is_cut() -> None:
    rows = [("domains/sales/pipeline/opportunities.odcs.yaml", "One row per deal, in its latest state.")]
    assert list(lines(("path", "about"), rows, 50)) == [
        "path                      about",
        "──────────────────────────────────────────────────",
        "domains/sales/pipeline/   One row per deal, in its",
        "opportunities.odcs.yaml   latest state.",
    ]


def test_rows_stand_below_each_other_where_columns_have_no_room() -> None:
    names = [f"column_{n}" for n in range(12)]
    rows = [[f"a rather long value {n}" for n in range(12)], ["x"] * 12]
    written = list(lines(names, rows, 80))
    assert written[:3] == ["row 1", "  column_0   a rather long value 0", "  column_1   a rather long value 1"]
    assert written[13] == "row 2"


def test_wide_letters_take_two_columns() -> None:
    assert (measure("東京"), measure("e\u0301"), measure("ab")) == (4, 1, 2)
    assert list(lines(("city", "n"), [("東京", 1), ("Bonn", 2)], 80))[2:] == ["東京  1", "Bonn  2"]


def test_no_rows_leave_the_header() -> None:
    assert list(lines(("a", "b"), [], 80)) == ["a  b", "────"]


@given(st.text(alphabet="ab./ 東", max_size=60), st.integers(2, 20))
def test_wrapping_loses_nothing_and_fits(text: str, width: int) -> None:
    written = wrap(text, width)
    assert all(measure(line) <= width for line in written)
    assert "".join(written).replace(" ", "") == text.replace(" ", "")


@given(st.lists(st.tuples(st.text(max_size=40), st.integers(), st.text(max_size=40)), max_size=5), st.integers(50, 120))
def test_a_table_is_never_wider_than_there_is_room(rows: list[tuple[str, int, str]], width: int) -> None:
    assert all(measure(line) <= width for line in lines(("one", "two", "three"), rows, width))
