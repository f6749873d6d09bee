"""What is refused is refused alike for everyone, and says nothing that is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.governed.asking import canaries, statement
from walks.governed.cases import CASES
from walks.governed.forms import FORMS
from walks.governed.refused import REFUSED
from walks.mesh import ADA, BO

if TYPE_CHECKING:
    from walks.governed.asking import Company
    from walks.governed.cases import Case

EVERYBODY = (ADA, BO, "cy@x.example", "nobody@x.example", "service:none", "product:e.none", "")
"""Owner, member, somebody who left, and those whom no document knows."""
MASKED = next(case for case in CASES if case.name == "deny")
CLOSED = next(case for case in CASES if case.name == "closed")


@pytest.mark.parametrize("form", REFUSED)
def test_refused_alike(form: str, company: Company) -> None:
    company.under(MASKED)
    for each in REFUSED[form]:
        sql = statement(each, company.rows).replace("{folder}", str(company.world.folder))
        told = {company.ask(sql, actor) for actor in EVERYBODY[:4]}
        assert len(told) == 1, sql
        kind, text = told.pop()
        assert kind in {"Invalid", "Unknown"}, (sql, text)
        assert canaries(text) <= canaries(sql)
        # What the statement itself says may be said back; where the mesh lies may not be told.
        assert "{folder}" in each or str(company.world.folder) not in text


def test_nothing_was_written(company: Company) -> None:
    assert not (company.world.folder / "x.csv").exists()
    assert company.ask("SELECT count(*) FROM d.crm.people")[1].to_pylist() == [
        {"count_star()": len(company.rows["people"])}
    ]


def _forms(only: int) -> list[str]:
    return [form[only % len(form)] for form in FORMS.values()]


@pytest.mark.parametrize("actor", EVERYBODY[1:])
def test_who_may_not_read_is_told_the_same_whatever_is_asked(actor: str, company: Company) -> None:
    company.under(CLOSED)
    for number in range(3):
        for each in _forms(number):
            sql = statement(each, company.rows)
            kind, text = company.ask(sql, actor)
            if not company.world.engine.inspect(sql).tables:
                assert kind != "Denied", sql
                continue
            assert kind == "Denied", (sql, text)
            assert text.startswith(f"{actor} may not read d.")
            assert "Only members of the domain d and who has a grant of it may read this table" in text
            assert f"Ask {ADA}, owner of the domain d, for a Grant" in text
            assert canaries(text) == set()


def test_a_table_that_is_denied_refuses_the_whole_statement(company: Company) -> None:
    """Also where what is denied could not reach the answer."""
    company.under(_granted_orders())
    assert company.ask("SELECT count(*) FROM d.crm.orders", BO)[1].num_rows == 1
    for sql in (
        "SELECT 1 FROM d.crm.orders WHERE false AND EXISTS (FROM d.crm.people)",
        "WITH unused AS (FROM d.crm.people) SELECT id FROM d.crm.orders",
        "SELECT id FROM d.crm.orders UNION ALL SELECT id FROM d.crm.people WHERE false",
        "SELECT (SELECT max(mail) FROM d.folk.members) FROM d.crm.orders LIMIT 0",
    ):
        assert company.ask(sql, BO)[0] == "Denied", sql


def _granted_orders() -> Case:
    from walks.governed.cases import CLOSED as CLOSED_FILES
    from walks.governed.cases import Case, _grant

    return Case("orders only", CLOSED_FILES | _grant("crm.orders"))


def test_a_purpose_that_the_mesh_does_not_know_is_refused(company: Company) -> None:
    company.under(MASKED)
    kind, text = company.ask("FROM d.crm.people", BO, "marketing")
    assert (kind, text.splitlines()[0]) == (
        "Invalid",
        "'marketing' is not a purpose of this mesh, known are reporting, support",
    )
