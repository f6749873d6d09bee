"""Tests of SQL that owners write: run by the way that a batch takes, with a difference that people can read."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from walks.mesh import BASE, product, source, write
from walks.terminal import weft

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = """
schema:
  - name: orders
    customProperties: [{property: weft.stream, value: till.orders}]
    properties:
      - {name: id, logicalType: integer, primaryKey: true}
      - {name: day, logicalType: date, required: true, logicalTypeOptions: {format: d.M.yyyy}}
      - {name: amount, logicalType: number, physicalType: "decimal(9,2)", quality: [{metric: invalidValues, mustBe: 0, arguments: {validMin: 0}}]}
      - {name: note, logicalType: string}
"""
TURNOVER = """
schema:
  - name: turnover
    properties:
      - {name: day, logicalType: date, primaryKey: true}
      - {name: amount, logicalType: number, physicalType: "decimal(18,2)"}
      - {name: orders, logicalType: integer}
"""
MESH = {
    **BASE,
    **source("till", "connector: files\nconfig: {path: data}\nstreams: {orders: {path: '*.csv', decimal: ','}}\n"),
    **product("shop", ORDERS, reads=("stream:till.orders",)),
    "domains/d/shop/orders.sql": "SELECT id, day, replace(amount, ' EUR', '') AS amount, note FROM till.orders WHERE id <> '0'\n",
    **product("board", TURNOVER, reads=("d-shop-c",), domain="e"),
    "domains/e/board/turnover.sql": "SELECT day, sum(amount) AS amount, count(*) AS orders FROM d.shop.orders GROUP BY day\n",
}
HEAD = "apiVersion: weft/v1\nkind: SqlTest\ntests:\n"
SHAPE = """
  - name: currencies are cut off
    given:
      till.orders:
        - {id: 1, day: 5.1.2026, amount: "1,50 EUR"}
        - {id: 0, day: 5.1.2026, amount: "9,99"}
        - {id: 3, day: soon, amount: "2,00"}
        - {id: 4, day: 5.1.2026, amount: "-2,00"}
    expect:
      - {id: 1, day: 2026-01-05, amount: 1.5}
    quarantined: 2
"""
DERIVED = """
  - name: orders of a day are one row
    given:
      d.shop.orders:
        - {id: 1, day: 2026-01-05, amount: 10.50}
        - {id: 2, day: 2026-01-05, amount: 2.25}
        - {id: 3, day: 2026-01-06, amount: 1}
    expect:
      - {day: 2026-01-06, amount: 1.00, orders: 1}
      - {day: 2026-01-05, amount: 12.75, orders: 2}
  - name: no orders, no days
    expect: []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, MESH)
    given(tmp_path, "d/shop/orders", SHAPE)
    given(tmp_path, "e/board/turnover", DERIVED)
    return tmp_path


def given(folder: Path, table: str, text: str) -> None:
    (folder / f"domains/{table}.test.yaml").write_text(HEAD + textwrap.dedent(text).strip("\n") + "\n")


def test_shapes_and_derived_tables_are_tested(folder: Path) -> None:
    done = weft(folder, "check", "--tests")
    assert done.out.splitlines() == [
        "ok    d.shop.orders: currencies are cut off",
        "ok    e.board.turnover: orders of a day are one row",
        "ok    e.board.turnover: no orders, no days",
        "everything is in order",
        "3 tests, 0 failed",
    ]
    assert done.code == 0
    assert not (folder / ".weft").exists(), "no state is needed or made"
    assert weft(folder, "check", "--tests", "domains/d").out.splitlines()[-1] == "1 test, 0 failed"
    assert weft(folder, "check", "domains/d/shop/orders.test.yaml").code == 0
    assert weft(folder, "check").out == "everything is in order\n", "tests are no documents of the mesh"


def test_a_difference_is_shown_row_by_row(folder: Path) -> None:
    path = folder / "domains/e/board/turnover.sql"
    path.write_text(path.read_text().replace("sum(amount)", "max(amount)"))
    done = weft(folder, "check", "--tests", "domains/e")
    assert done.code == 1
    assert done.out.splitlines()[:5] == [
        "FAILS e.board.turnover: orders of a day are one row  (domains/e/board/turnover.test.yaml:4:3)",
        "            day         amount  orders",
        "──────────────────────────────────────",
        "- expected  2026-01-05  12.75   2",
        "+ found     2026-01-05  10.50   2",
    ]
    (failed, _) = weft(folder, "check", "--tests", "domains/e", "--json").json()["tests"]
    assert (failed["missing"], failed["surplus"]) == (
        [{"day": "2026-01-05", "amount": 12.75, "orders": 2}],
        [{"day": "2026-01-05", "amount": 10.5, "orders": 2}],
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("quarantined: 2", "quarantined: 1", "expected 1, found 2 (amount.invalidValues 1, day.type 1)"),
        ("amount: 1.5}", "amount: 1.5}\n      - {id: 1, day: 2026-01-05, amount: 1.5}", "- expected"),
        ("till.orders:", "till.other:", "does not read 'till.other', it reads till.orders"),
        ("amount: 1.5}", "amount: much}", "the expected rows of d.shop.orders are not of its types: amount.type"),
        ("amount: 1.5}", "sum: 1.5}", "'sum' is a column that expected rows name, which d.shop.orders does not have"),
    ],
)
def test_what_is_wrong_with_a_test_is_said(folder: Path, old: str, new: str, said: str) -> None:
    assert old in SHAPE
    given(folder, "d/shop/orders", SHAPE.replace(old, new))
    done = weft(folder, "check", "--tests", "domains/d")
    assert (done.code, said in done.out) == (1, True), done.out


def test_a_table_that_is_not_read_and_a_column_that_is_not_there(folder: Path) -> None:
    given(folder, "e/board/turnover", "- {name: a, given: {e.board.turnover: []}, expect: []}\n")
    assert (
        "does not read 'e.board.turnover', it reads d.shop.orders" in weft(folder, "check", "--tests", "domains/e").out
    )
    given(folder, "e/board/turnover", "- {name: a, given: {d.shop.orders: [{nope: 1}]}, expect: []}\n")
    assert "'nope' is a column that rows of d.shop.orders name" in weft(folder, "check", "--tests", "domains/e").out


def test_only_the_columns_that_are_expected_are_compared(folder: Path) -> None:
    text = "- {name: a, given: {d.shop.orders: [{id: 1, day: 2026-01-05, amount: 3}]}, expect: [{orders: 1}]}\n"
    given(folder, "e/board/turnover", text)
    assert weft(folder, "check", "--tests", "domains/e").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("apiVersion: weft/v1\nkind: Other\n", "'kind' is Other, allowed is SqlTest"),
        (HEAD + "  - {nam: a}\n", "did you mean 'name'"),
        (HEAD + "  - {name: a, quarantined: -1}\n", "quarantined"),
        ("tests: [", "this is not YAML"),
    ],
)
def test_a_document_of_tests_is_judged(folder: Path, text: str, said: str) -> None:
    path = folder / "domains/d/shop/orders.test.yaml"
    path.write_text(text)
    assert said in weft(folder, "check", str(path)).out
    done = weft(folder, "check", "--tests")
    assert (done.code, said in done.err) == (2, True)


def test_a_test_beside_no_table(folder: Path) -> None:
    given(folder, "d/shop/nothing", "- {name: a, expect: []}\n")
    assert "no product offers a table 'd.shop.nothing'" in weft(folder, "check", "--tests").out
    assert "there are no tests of SQL in domains/d/sources" in weft(folder, "check", "--tests", "domains/d/sources").err
