"""What is personal is seen in the domain that owns it, and masked for whoever else may read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from weft.errors import Denied

if TYPE_CHECKING:
    from walks.real.conftest import Walk

CLEAR = "SELECT age, gender, monthly_income, hourly_rate, monthly_rate, employee_number FROM people.staff.employees"


def test_the_people_domain_sees_all(real: Walk) -> None:
    straight = """SELECT "Age"::BIGINT AS age, "Gender" AS gender, "MonthlyIncome"::DECIMAL(12, 2) AS monthly_income,
                         "HourlyRate"::BIGINT AS hourly_rate, "MonthlyRate"::DECIMAL(12, 2) AS monthly_rate,
                         "EmployeeNumber"::BIGINT AS employee_number
                  FROM {hr_employees} ORDER BY ALL"""
    assert real.ask("paula", f"{CLEAR} ORDER BY ALL") == real.expect(straight)


@pytest.mark.parametrize(("actor", "purpose"), [("nora", ""), ("sam", "steering"), ("cleo", "steering")])
def test_nobody_else_does(real: Walk, actor: str, purpose: str) -> None:
    rows = real.ask(actor, CLEAR, purpose)
    assert len(rows) == 1470
    for column in ("monthly_income", "hourly_rate", "monthly_rate"):
        assert {row[column] for row in rows} == {None}
    assert {row["gender"] for row in rows} <= {"***", None}
    assert {row["age"] for row in rows} == {10, 20, 30, 40, 50, 60}
    numbers = {row["employee_number"] for row in rows} - {None}
    assert len(numbers) == 1468
    assert {len(number) for number in numbers} == {64}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) AS n FROM people.staff.employees WHERE monthly_income > 0",
        "SELECT count(*) AS n FROM people.staff.employees WHERE gender IN ('Male', 'Female')",
        "SELECT count(*) AS n FROM people.staff.employees WHERE age % 10 <> 0",
        "SELECT count(*) AS n FROM people.staff.employees e JOIN people.staff.employees o USING (monthly_income)",
        "WITH e AS (SELECT * FROM people.staff.employees) SELECT count(*) AS n FROM e WHERE e.monthly_income IS NOT NULL",
    ],
)
def test_no_question_reaches_below_a_mask(real: Walk, sql: str) -> None:
    assert real.ask("nora", sql) == [{"n": 0}]
    assert real.ask("paula", sql)[0]["n"] > 1000


def test_what_is_not_personal_is_the_same_for_all(real: Walk) -> None:
    sql = """SELECT department, count(*) AS n, count(*) FILTER (WHERE attrition) AS gone
             FROM people.staff.employees GROUP BY 1 ORDER BY 1 NULLS FIRST"""
    assert real.ask("sam", sql, "steering") == real.ask("paula", sql)


def test_a_customers_gender_is_seen_by_those_who_look_after_customers(real: Walk) -> None:
    sql = "SELECT gender, count(*) AS n FROM success.customers.customers GROUP BY 1 ORDER BY 1"
    assert real.ask("cleo", sql) == real.expect(
        "SELECT gender, count(*) AS n FROM {customer_churn} GROUP BY 1 ORDER BY 1"
    )
    assert real.ask("nora", sql) == [{"gender": "***", "n": 7043}]


@pytest.mark.parametrize(
    ("actor", "purpose", "table"),
    [
        ("sam", "", "people.staff.employees"),  # the grant holds for steering only
        ("sam", "operations", "people.staff.employees"),
        ("paula", "steering", "success.customers.customers"),
        ("mira", "steering", "management.board.kpis"),
        ("stranger", "steering", "people.staff.employees"),
    ],
)
def test_who_has_no_grant_reads_nothing(real: Walk, actor: str, purpose: str, table: str) -> None:
    with pytest.raises(Denied, match=table):
        real.ask(actor, f"SELECT count(*) FROM {table}", purpose)


def test_the_decision_tells_why(real: Walk) -> None:
    result = real.mesh.ask(CLEAR, actor="sam@real.example", purpose="steering")
    assert len(result.to_pylist()) == 1470
    (decision,) = result.decisions
    masks = {column: mask.kind for column, mask in decision.masks.items()}
    assert masks == {
        "age": "bucket",
        "employee_number": "hash",
        "gender": "redact",
        **dict.fromkeys(("hourly_rate", "monthly_income", "monthly_rate", "percent_salary_hike"), "null"),
    }
    assert "by policy 'incomes'" in decision.columns["monthly_income"][0].text
    assert any("staff-for-leads" in reason.text for reason in decision.reasons)


def test_personal_data_stays_out_of_the_statistics(real: Walk) -> None:
    log = real.folder / ".weft/tables/people/staff/employees/v1/table/_delta_log"
    lines = [json.loads(line) for path in sorted(log.glob("*.json")) for line in path.read_text().splitlines()]
    stats = [json.loads(line["add"]["stats"]) for line in lines if "add" in line]
    assert stats
    for one in stats:
        told = {name for part in ("minValues", "maxValues") for name in one.get(part, {})}
        assert "department" in told
        assert told.isdisjoint({"age", "gender", "monthly_income", "hourly_rate", "monthly_rate", "employee_number"})
