"""Rules exchanged with dbt: read leniently, put into contracts without touching the rest, written, read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from walks.mesh import ADA, BASE, product, source, write
from walks.terminal import weft
from weft import spec

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
version: 2
models:
  - name: orders
    data_tests:
      - dbt_utils.unique_combination_of_columns:
          arguments: {combination_of_columns: [customer, day]}
      - dbt_expectations.expect_table_row_count_to_be_between: {min_value: 1}
    columns:
      - name: id
        tests: [unique, not_null]
      - name: customer
        data_tests:
          - relationships: {to: ref('customers'), field: id}
          - relationships: {to: "{{ ref('nowhere') }}", field: id}
      - name: status
        data_tests:
          - accepted_values: {values: [open, paid, "it's"], config: {severity: warn}}
          - not_null: {config: {error_if: ">10"}}
          - not_null: {config: {where: "status <> 'x'"}}
      - name: amount
        data_tests:
          - dbt_utils.accepted_range: {arguments: {min_value: 0, max_value: 900}}
          - dbt_utils.expression_is_true: {expression: ">= 0"}
          - dbt_utils.not_null_proportion: {at_least: 0.95}
sources:
  - name: raw
    tables:
      - name: customers
        columns:
          - {name: id, data_tests: [not_null, not_null_if_full_moon]}
"""
ORDERS = """
# made by hand, with care
schema:
  - name: orders
    properties:
      - name: id   # the number
        logicalType: integer
        required: true
      - {name: customer, logicalType: string}
      - name: status
        logicalType: string
        quality:
        # what we agreed on
        - {metric: missingValues, mustBe: 0, arguments: {missingValues: ['']}}
      - {name: amount, logicalType: number, quality: [{metric: nullValues, mustBe: 0}]}
      - {name: day, logicalType: date}
"""
CUSTOMERS = "schema:\n  - name: customers\n    properties:\n      - {name: id, logicalType: string}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    src = source("inbox", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
    write(tmp_path, {**BASE, **src, **product("p", ORDERS), **product("q", CUSTOMERS), "schema.yml": SCHEMA})
    return tmp_path


def test_dbts_tests_become_rules_and_what_is_not_understood_is_told(folder: Path) -> None:
    found = weft(folder, "quality", "import", "schema.yml", "--json").json()
    assert [yaml.safe_load(text) for text in found["rules"]["orders"]] == [
        {
            "metric": "duplicateValues",
            "arguments": {"properties": ["customer", "day"]},
            "mustBe": 0,
            "severity": "error",
        },
        {"metric": "duplicateValues", "mustBe": 0, "severity": "error"},
        {"metric": "nullValues", "mustBe": 0, "severity": "error"},
        {
            "type": "custom",
            "severity": "error",
            "engine": "weft",
            "implementation": {"kind": "ForeignKey", "references": "d.q.customers.id", "mustBe": 0},
        },
        {
            "metric": "invalidValues",
            "arguments": {"validValues": ["open", "paid", "it's"]},
            "mustBe": 0,
            "severity": "warning",
        },
        {"metric": "nullValues", "mustBeLessOrEqualTo": 10, "severity": "error"},
        {"metric": "invalidValues", "arguments": {"validMin": 0, "validMax": 900}, "mustBe": 0, "severity": "error"},
        {
            "name": "amount.expression_is_true",
            "type": "sql",
            "query": "SELECT count(*) FROM {object} WHERE NOT ({property} >= 0)",
            "mustBe": 0,
            "severity": "error",
        },
        {"metric": "nullValues", "mustBeLessOrEqualTo": 5.0, "unit": "percent", "severity": "error"},
    ]
    assert found["left"] == [
        "orders: dbt_expectations.expect_table_row_count_to_be_between: weft knows no such test",
        "orders.customer: relationships: '{{ ref('nowhere') }}' is no table of this mesh",
        "orders.status: not_null: the setting 'where' has no counterpart",
        "customers.id: not_null_if_full_moon: weft knows no such test",
    ]


def test_a_contract_keeps_everything_else_as_it_is_written(folder: Path) -> None:
    path = folder / "domains/d/p/out.odcs.yaml"
    before = path.read_text()
    done = weft(folder, "quality", "import", "schema.yml", "--into", str(path))
    assert done.out.splitlines()[-1] == "10 rules read, 8 added, 6 left"
    assert "left  orders: id.nullValues: the column says it itself" in done.out
    after = path.read_text()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == [
        "      - {name: customer, logicalType: string}",
        "      - {name: amount, logicalType: number, quality: [{metric: nullValues, mustBe: 0}]}",
    ]
    for comment in ("# made by hand, with care", "# the number", "# what we agreed on"):
        assert comment in after
    contract = spec.read_contract(str(path), after.encode())
    assert len(contract.tables[0].rules) == 2 + 8
    assert weft(folder, "check").code == 0
    again = weft(folder, "quality", "import", "schema.yml", "--into", str(path))
    assert again.out.splitlines()[-1] == "10 rules read, 0 added, 14 left"
    assert path.read_text() == after


def test_what_is_exported_is_read_again_as_the_same_rules(folder: Path) -> None:
    path = folder / "domains/d/p/out.odcs.yaml"
    weft(folder, "quality", "import", "schema.yml", "--into", str(path))
    assert weft(folder, "apply", "--yes", WEFT_USER=ADA).code == 0
    done = weft(folder, "quality", "export", "d.p")
    (model,) = yaml.safe_load(done.out)["models"]
    assert model["data_tests"] == [
        {"dbt_utils.unique_combination_of_columns": {"arguments": {"combination_of_columns": ["customer", "day"]}}}
    ]
    columns = {c["name"]: c.get("data_tests") for c in model["columns"]}
    assert columns["id"] == ["not_null", "unique"]
    assert columns["customer"] == [{"relationships": {"arguments": {"to": "ref('customers')", "field": "id"}}}]
    assert {"not_null": {"config": {"error_if": ">10"}}} in columns["status"]
    assert {
        "accepted_values": {"arguments": {"values": ["open", "paid", "it's"]}, "config": {"severity": "warn"}}
    } in columns["status"]
    assert {"dbt_utils.not_null_proportion": {"arguments": {"at_least": 0.95}}} in columns["amount"]
    left = [line for line in done.err.splitlines() if line.startswith("left")]
    assert [line.rpartition("rule ")[2] for line in left] == [
        "'status.missingValues' has no counterpart in dbt",
        "'amount.expression_is_true' has no counterpart in dbt",
    ]
    (folder / "again.yml").write_text(done.out)
    again = weft(folder, "quality", "import", "again.yml", "--into", str(path)).out.splitlines()
    assert again[-1].endswith(" 0 added, 9 left"), again


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models: 7", "0 rules read, 0 added, 0 left"),
        ("- a\n- b\n", "0 rules read, 0 added, 0 left"),
        ("models: [{name: a, columns: [{name: b, tests: [[1]]}]}]", "left  a.b: a test is a name or a mapping"),
        (
            "models: [{name: a, columns: [{name: b, tests: [{unique: {error_if: 'many'}}]}]}]",
            "its bound is no plain number",
        ),
        (
            "models: [{name: a, columns: [{name: b, tests: [{accepted_values: {values: x}}]}]}]",
            "its values are no list",
        ),
    ],
)
def test_reading_is_lenient(folder: Path, text: str, said: str) -> None:
    (folder / "odd.yml").write_text(text)
    assert said in weft(folder, "quality", "import", "odd.yml").out


def test_what_is_no_yaml_is_refused(folder: Path) -> None:
    (folder / "odd.yml").write_text("models: [")
    done = weft(folder, "quality", "import", "odd.yml")
    assert (done.code, "odd.yml:" in done.err) == (2, True)
    assert weft(folder, "quality", "import", "nothere.yml").code == 2
