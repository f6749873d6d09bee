"""Every read leaves a trace: who, which table, what for and why; never a value, never the statement's own constants."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from walks.governed.asking import CANARY, Company, statement
from walks.governed.cases import CASES
from walks.mesh import ADA, BO

if TYPE_CHECKING:
    from walks.governed.cases import Case

SECRET = "zqdecafbad"
"""Stands in statements only."""


def _case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def _told(company: Company, sql: str, actor: str, purpose: str = "") -> list[tuple[str, str, str, dict]]:
    """Type, actor, subject and data of the events of one question."""
    before = company.head()
    company.ask(sql, actor, purpose)
    return [(e.type, e.actor, e.subject, e.data) for e in company.events(after=before)]


def test_an_allowed_read_is_told_for_each_table(company: Company) -> None:
    company.under(_case("granted for a purpose"))
    sql = f"SELECT count(*) FROM d.crm.people p JOIN d.folk.members m USING (id) WHERE p.email = '{SECRET}'"
    people, members = _told(company, sql, BO, "reporting")
    asked = people[3]["ask"]
    assert people == (
        "read.allowed",
        BO,
        "d.crm.people@1",
        {
            "purpose": "reporting",
            "sql": hashlib.sha256(sql.encode()).hexdigest(),
            "ask": asked,
            "why": ["allow partners", "filter f"],
            "masked": ["income:bucket", "phone:deny"],
        },
    )
    assert (members[0], members[2], members[3]["ask"]) == ("read.allowed", "d.folk.members@1", asked)
    assert members[3]["masked"] == ["pay:bucket"]


def test_a_refused_read_is_told_for_each_table_with_the_deciding_rule(company: Company) -> None:
    company.under(_case("granted for a purpose"))
    sql = f"SELECT 1 FROM d.crm.orders, d.crm.people WHERE email = '{SECRET}'"
    told = _told(company, sql, BO, "support")
    assert [(kind, who, table) for kind, who, table, _ in told] == [
        ("read.refused", BO, "d.crm.orders@1"),
        ("read.refused", BO, "d.crm.people@1"),
    ]
    for *_, data in told:
        assert data["purpose"] == "support"
        assert data["why"] == (
            f"{BO} may not read d.crm.orders: Only members of the domain d and who has a grant of it may read this table"
        )


@pytest.mark.parametrize(
    ("sql", "subjects"),
    [  # the last two name what is not there
        (f"SELECT error('{SECRET}') FROM d.crm.people", [""]),
        (f"DROP VIEW {SECRET}", [""]),
        (f"SELECT '{SECRET}", [""]),
        (f"SELECT 1 FROM d.crm.people, d.crm.{SECRET}", ["d.crm.people@1"]),
        (f"SELECT 1 FROM d.crm.{SECRET}", [""]),
    ],
)
def test_what_is_no_question_is_told_too(sql: str, subjects: list[str], company: Company) -> None:
    company.under(_case("whole"))
    told = _told(company, sql, ADA, "reporting")
    assert [(kind, who, table) for kind, who, table, _ in told] == [("read.refused", ADA, s) for s in subjects]
    why = "Unknown" if f"d.crm.{SECRET}" in sql else "Invalid"
    assert all((data["why"], data["purpose"]) == (why, "reporting") for *_, data in told)


def test_a_question_that_fails_on_the_data_was_a_read(company: Company) -> None:
    company.under(_case("whole"))
    told = _told(company, f"SELECT CAST(email || '{SECRET}' AS INTEGER) FROM d.crm.people", ADA)
    assert [kind for kind, *_ in told] == ["read.allowed"]


def test_an_unknown_actor_is_told_by_the_name_that_was_given(company: Company) -> None:
    company.under(_case("closed"))
    told = _told(company, "FROM d.crm.people", "mallory@x.example")
    assert [(kind, who) for kind, who, *_ in told] == [("read.refused", "mallory@x.example")]


def test_usage_counts_them(company: Company) -> None:
    from weft import catalog

    company.under(_case("closed"))
    company.ask("FROM d.crm.calls", "eve@x.example")
    company.ask("FROM d.crm.calls", ADA, "support")
    with company.world.registry.transaction(write=True) as unit:
        catalog.catch_up(unit)
        found = {use.actor: use for use in catalog.uses(unit.projections, "d.crm.calls")}
    assert (found["eve@x.example"].allowed, found["eve@x.example"].refused) == (0, 1)
    assert found[ADA].purposes["support"] >= 1


def test_no_value_and_no_constant_is_left_anywhere(company: Company, capfd: pytest.CaptureFixture[str]) -> None:
    from walks.governed.forms import FORMS

    before = company.head()
    for case in (_case("null"), _case("rows"), _case("closed")):
        company.under(case)
        for form in FORMS.values():
            for each in form[::14]:
                company.ask(f"{statement(each, company.rows)} -- {SECRET}", case.actor, case.purpose)
    events = company.events(after=before)
    assert len(events) > 60
    assert CANARY.findall(json.dumps([event.model_dump(mode="json") for event in events])) == []
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
    with sqlite3.connect(company.world.folder / ".weft" / "registry.db") as registry:
        assert CANARY.findall("\n".join(registry.iterdump())) == []
    registry.close()
    for path in (company.world.folder / ".weft").glob("*.jsonl"):
        assert CANARY.findall(path.read_text()) == []
    with company.world.registry.transaction() as unit:
        assert unit.journal.verify() == company.head()
