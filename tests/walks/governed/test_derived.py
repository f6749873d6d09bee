"""Q-12: a derived product reads as itself, and what it makes is protected like what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.governed.asking import Company
from walks.mesh import ADA, BASE, BO, open_mesh, product, reapply, rows, source
from weft.errors import Denied, Invalid
from weft.flow.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.model import Run
    from weft.seams import World

STAFF = {
    **source("hr", "connector: files\nconfig: {path: silo}\nstreams: {staff: {path: staff.csv}}\n"),
    "silo/staff.csv": "id,email,pay,city\n1,ann@x,10,Rome\n2,bob@x,20,Ulm\n3,cy@x,30,Rome\n",
    **product(
        "staff",
        """
        schema:
          - name: staff
            customProperties: [{property: weft.stream, value: hr.staff}]
            properties:
              - {name: id, logicalType: integer}
              - {name: email, logicalType: string, tags: [pii.email]}
              - {name: pay, logicalType: integer, classification: confidential}
              - {name: city, logicalType: string}
        """,
        reads=("stream:hr.staff",),
    ),
}
MASK = """
    apiVersion: weft/v1
    kind: Policy
    name: mails
    type: Mask
    match: {tags: [pii.email]}
    mask: hash
    except: [{domains: [d]}]
"""
CITIES = "{apiVersion: weft/v1, kind: Policy, name: cities, type: RowFilter, match: {tables: [d.staff.staff]}, where: [{column: city, value: Rome}], except: [{domains: [d]}]}"


def _made(sql: str, columns: str, *, domain: str = "e", name: str = "made", reads: str = "d-staff-c") -> dict[str, str]:
    properties = "".join(f"\n      - {{{column}}}" for column in columns.split(" | "))
    contract = f"schema:\n  - name: out\n    properties:{properties}\n"
    return {**product(name, contract, reads=(reads,), domain=domain), f"domains/{domain}/{name}/out.sql": sql}


COPY = _made(
    "SELECT id, email AS mail, pay, city FROM d.staff.staff",
    "name: id, logicalType: integer | name: mail | name: pay, logicalType: integer | name: city",
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = open_mesh(tmp_path, STAFF, {"policies/mails.yaml": MASK, "policies/cities.yaml": CITIES})
    yield opened
    opened.close()


def _run(world: World) -> dict[str, Run]:
    return {one.product: one for one in run(world)}


def test_it_reads_as_its_own_actor(world: World) -> None:
    """What lies in the table of another domain's product is already masked and filtered."""
    reapply(world, COPY)
    assert _run(world)["e.made"].state == "succeeded"
    made = rows(world, "FROM e.made.out ORDER BY id", BO)
    assert [(row["id"], row["pay"], row["city"]) for row in made] == [(1, None, "Rome"), (3, None, "Rome")]
    hashed = {row["id"]: row["email"] for row in rows(world, "FROM d.staff.staff", BO)}
    company = Company(world, {})
    (event,) = [e for e in company.events("read.allowed") if e.actor == "product:e.made"]
    assert event.subject == "d.staff.staff@1"
    assert (event.data["for"], event.data["purpose"]) == ("e.made.out@1", "")
    assert event.data["masked"] == ["email:hash", "pay:null"]
    # Even bo, whose domain made it, sees the hash hashed: the tag came along, and the policy excepts d only.
    assert len(hashed) == len(made)
    assert all(len(row["mail"]) == 64 and row["mail"] != hashed[row["id"]] for row in made)
    assert all(row["mail"] == hashed[row["id"]] for row in rows(world, "FROM e.made.out", ADA))


def test_without_a_grant_it_does_not_run_and_that_is_told(world: World) -> None:
    closed = {"mesh.yaml": BASE["mesh.yaml"].replace("stance: open", "stance: closed")}
    reapply(world, COPY | closed)
    ran = _run(world)["e.made"]
    assert ran.state == "failed"
    assert f"Ask {ADA}, owner of the domain d, for a Grant" in ran.tables[0].error
    (event,) = Company(world, {}).events("read.refused")
    assert (event.actor, event.subject) == ("product:e.made", "d.staff.staff@1")
    assert "product:e.made may not read d.staff.staff: Only members of the domain d" in event.data["why"]
    with pytest.raises(Denied):
        rows(world, "FROM e.made.out", ADA)
    grant = "{apiVersion: weft/v1, kind: Grant, name: g, to: ['product:e.made'], tables: [staff.staff]}"
    reapply(world, {"domains/d/policies/g.yaml": grant})
    assert _run(world)["e.made"].state == "succeeded"
    assert [row["pay"] for row in rows(world, "FROM e.made.out ORDER BY id", BO)] == [10, 30]


def test_a_new_policy_makes_it_anew(world: World) -> None:
    reapply(world, COPY)
    _run(world)
    assert _run(world)["e.made"].tables[0].batches == 0
    reapply(
        world, {"policies/city.yaml": MASK.replace("mails", "city").replace("tags: [pii.email]", "columns: [city]")}
    )
    assert _run(world)["e.made"].tables[0].batches == 1
    assert all(len(row["city"]) == 64 for row in rows(world, "FROM e.made.out", ADA))


def test_masks_travel_by_tag_through_any_number_of_tables(world: World) -> None:
    """Made in the domain that sees all, so that raw values lie in the tables."""
    again = _made(
        "SELECT upper(mail) AS m, pay + 1 AS p FROM d.one.out",
        "name: m | name: p, logicalType: integer",
        domain="d",
        name="two",
        reads="d-one-c",
    )
    once = _made(
        "SELECT id, email.lower() AS mail, pay * 2 AS pay FROM d.staff.staff",
        "name: id, logicalType: integer | name: mail | name: pay, logicalType: integer",
        domain="d",
        name="one",
    )
    reapply(world, once | again)
    assert {one.state for one in _run(world).values()} == {"succeeded"}
    assert rows(world, "FROM d.two.out ORDER BY p") == [
        {"m": "ANN@X", "p": 21},
        {"m": "BOB@X", "p": 41},
        {"m": "CY@X", "p": 61},
    ]
    seen = rows(world, "FROM d.two.out", BO)
    assert all(len(row["m"]) == 64 and row["p"] is None for row in seen)
    assert rows(world, "SELECT count(*) AS n FROM d.two.out WHERE m = 'ANN@X' OR p > 0", BO) == [{"n": 0}]


@pytest.mark.parametrize(
    ("sql", "column", "said"),
    [
        (
            "SELECT pay * 2 AS x FROM d.staff.staff",
            "name: x, logicalType: integer, classification: internal",
            "'classification' of e.made.out.x is 'internal', but it is made from d.staff.staff.pay; allowed is 'confidential'",
        ),
        (
            "SELECT pay.abs() AS x FROM d.staff.staff",
            "name: x, logicalType: integer, classification: public",
            "'classification' of e.made.out.x is 'public', but it is made from d.staff.staff.pay; allowed is 'confidential'",
        ),
        (
            "SELECT COLUMNS('city') AS x FROM d.staff.staff",
            "name: x, classification: confidential",
            "but it cannot be told which columns of d.staff.staff it is made from; allowed is 'restricted'",
        ),
    ],
)
def test_a_contract_that_lowers_what_it_inherits_is_refused(world: World, sql: str, column: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        reapply(world, _made(sql, column))
    assert said in "\n".join(str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COLUMNS('city') AS x FROM d.staff.staff",
        "SELECT #4 AS x FROM d.staff.staff",
        "SELECT city AS x FROM d.staff.staff t(a, b, c, city)",
        "SELECT x FROM (FROM (SELECT city, id FROM d.staff.staff) UNPIVOT (x FOR k IN (city)))",
    ],
)
def test_unknown_lineage_is_the_strictest(world: World, sql: str) -> None:
    """It is only a city, but nobody can know: restricted, with the tags of all that the statement reads."""
    reapply(world, _made(sql, "name: x", domain="d"))
    assert _run(world)["d.made"].state == "succeeded"
    assert {row["x"] for row in rows(world, "FROM d.made.out")} == {"Rome", "Ulm"}
    assert {row["x"] for row in rows(world, "FROM d.made.out", BO)} == {None}
    grant = "{apiVersion: weft/v1, kind: Grant, name: g, to: [bo@x.example], tables: [made.out]}"
    reapply(world, {"domains/d/policies/g.yaml": grant})
    assert {len(row["x"]) for row in rows(world, "FROM d.made.out", BO)} == {64}


def test_a_filter_by_a_column_that_a_table_lacks_is_refused_at_plan(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        reapply(world, {"policies/cities.yaml": CITIES.replace("column: city", "column: town")})
    assert "d.staff.staff: the table 'staff' has no column 'town'" in str(caught.value.problems[0])
