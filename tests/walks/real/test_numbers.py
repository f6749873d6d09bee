"""Every number that is asked under policy equals what DuckDB computes straight from the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from walks.real.questions import FILES, QUESTIONS

if TYPE_CHECKING:
    from walks.real.conftest import Walk


def columns(walk: Walk, table: str) -> dict[str, str]:
    """Name in the source by name in the contract."""
    folder = walk.folder / "domains" / "/".join(table.split(".")[:2])
    contract = yaml.safe_load(next(folder.glob("*.odcs.yaml")).read_text())
    found = next(t for t in contract["schema"] if t["name"] == table.rpartition(".")[2])
    return {p["name"]: p.get("physicalName", p["name"]) for p in found["properties"]}


def test_every_product_is_published(real: Walk) -> None:
    assert {name: run.state for name, run in real.runs.items()} == dict.fromkeys(
        (
            "sales.pipeline",
            "marketing.funnel",
            "people.staff",
            "success.customers",
            "manufacturing.machines",
            "management.board",
        ),
        "succeeded",
    )
    assert {str(t.table): t.quarantined for run in real.runs.values() for t in run.tables if t.quarantined} == {}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_numbers_are_those_of_the_files(real: Walk, name: str) -> None:
    actor, asked, straight = QUESTIONS[name]
    found = real.ask(actor, asked)
    assert len(found) > 1
    assert found == real.expect(straight)


@pytest.mark.parametrize("table", FILES)
def test_no_cell_is_lost(real: Walk, table: str) -> None:
    """Rows, and values and different values in every column; the same text is the same value and the other way round."""
    actor, file = FILES[table]
    named = columns(real, table)
    ours = ", ".join(f'count("{c}") AS "{c}", count(DISTINCT "{c}") AS "{c}_"' for c in named)
    theirs = ", ".join(
        f"""count(nullif(trim("{s}"), '')) AS "{c}", count(DISTINCT nullif(trim("{s}"), '')) AS "{c}_" """
        for c, s in named.items()
    )
    found = real.ask(actor, f"SELECT count(*) AS n, {ours} FROM {table}")
    assert found == real.expect(f"SELECT count(*) AS n, {theirs} FROM {{{file}}}")


def test_days_are_month_day_year(real: Walk) -> None:
    found = real.ask(
        "sam", "SELECT min(close_date)::VARCHAR AS a, max(close_date)::VARCHAR AS z FROM sales.pipeline.opportunities"
    )
    assert found == [{"a": "2017-03-01", "z": "2017-12-31"}]


def test_blank_charges_are_neither_zero_nor_gone(real: Walk) -> None:
    asked = """SELECT count(*) AS customers, count(total_charges) AS billed, count(*) - count(total_charges) AS blank,
                      count(*) FILTER (WHERE total_charges = 0) AS zero, avg(total_charges) AS mean
               FROM success.customers.customers"""
    straight = """SELECT count(*) AS customers, count(nullif(trim("TotalCharges"), '')) AS billed,
                         count(*) FILTER (WHERE trim("TotalCharges") = '') AS blank, 0::BIGINT AS zero,
                         avg(nullif(trim("TotalCharges"), '')::DECIMAL(12, 2)) AS mean
                  FROM {customer_churn}"""
    found = real.ask("cleo", asked)
    assert found == real.expect(straight)
    assert (found[0]["customers"], found[0]["blank"]) == (7043, 11)


def test_the_misspelt_product_is_a_finding_and_changes_nothing(real: Walk) -> None:
    found = real.finding("sales.pipeline.opportunities", "products are known")
    assert (found.passed, found.severity, found.found) == (False, "warning", 1480)
    assert real.table("sales.pipeline.opportunities").rows == 8800
    rows = real.ask("sam", "SELECT product, count(*) AS n FROM sales.pipeline.opportunities GROUP BY 1 ORDER BY 1")
    assert rows == real.expect("SELECT product, count(*) AS n FROM {crm_sales_pipeline} GROUP BY 1 ORDER BY 1")
    assert {"product": "GTXPro", "n": 1480} in rows
    known = real.mesh.table("sales.pipeline.opportunities").table
    assert known.published
    assert known.trust.checks.failed == 1


def test_two_employees_without_a_number_are_a_finding(real: Walk) -> None:
    found = real.finding("people.staff.employees", "numbers are given")
    assert (found.passed, found.severity, found.found) == (False, "warning", 2)


def test_running_again_changes_nothing(start, tmp_path) -> None:
    walk = start()
    walk.mesh.apply()
    asked = "SELECT count(*) AS n, sum(close_value) AS value FROM sales.pipeline.opportunities"
    walk.run("sales.pipeline")
    first = walk.ask("sam", asked)
    walk.run("sales.pipeline")
    assert walk.runs["sales.pipeline"].state == "succeeded"
    assert walk.ask("sam", asked) == first
