"""Ways into a table: own domain, grants, roles of the contract, stance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from weft.errors import Invalid
from weft.model import Grant


def grant(**fields):
    return Grant(**({"name": "g", "domain": "people", "to": ("ada@acme",), "tables": ("staff.*",)} | fields))


def texts(decision):
    return " | ".join(reason.text for reason in decision.reasons)


@pytest.mark.parametrize("who", ["own@acme", "bob@acme", "dan@acme", "product:people.staff"])
def test_ones_own_domain_is_read(small, who):
    decision = small().decide(who)
    assert decision.allowed
    assert decision.whole
    assert decision.reasons[0].rule == "own domain"


@pytest.mark.parametrize("who", ["ada@acme", "fay@acme", "eve@acme", "stranger", "product:sales.none"])
def test_closed_means_closed(small, who):
    decision = small().decide(who)
    assert not decision.allowed
    assert not decision.masks
    assert "Only members of the domain people" in texts(decision)


def test_a_role_of_the_contract_reads_but_not_one_that_only_writes(small):
    assert small().decide("cyd@acme").allowed
    assert small().decide("service:bot").allowed
    assert not small().decide("fay@acme").allowed


@pytest.mark.parametrize("to", ["ada@acme", "team:both", "domain:sales"])
def test_a_grant_reaches_person_team_and_domain(small, to):
    decision = small(grants=(grant(to=(to,)),)).decide("ada@acme")
    assert decision.allowed
    assert decision.whole
    assert f"lets {to} read" in texts(decision)


def test_a_grant_reaches_roles_services_and_products(small):
    mesh = small(grants=(grant(to=("role:loader", "product:people.staff")),))
    assert mesh.decide("fay@acme").allowed
    assert not mesh.decide("ada@acme").allowed


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        ("staff.employees", True),
        ("staff.*", True),
        ("staff.emp*", True),
        ("employees", True),
        ("*", True),
        ("people.staff.employees", True),
        ("people.staff.employees@1", True),
        ("people.*.*", True),
        ("staff.employees@2", False),
        ("staff.employee", False),
        ("staf.employees", False),
        ("people.*", False),
        ("sales.staff.employees", False),
        ("staff.employee[s]", False),
        ("staff.e.ployees", False),
    ],
)
def test_patterns_of_tables(small, pattern, allowed):
    assert small(grants=(grant(tables=(pattern,)),)).decide("ada@acme").allowed is allowed


@pytest.mark.parametrize("domain", ["sales", ""])
def test_only_the_owning_domain_grants(small, domain):
    assert (
        not small(grants=(grant(domain=domain, tables=("people.staff.employees", "*.*.*")),)).decide("ada@acme").allowed
    )


def test_a_grant_for_a_purpose_holds_for_it_alone(small):
    mesh = small(grants=(grant(purposes=("billing",)),))
    assert mesh.decide("ada@acme", "billing").allowed
    for purpose in ("", "research"):
        refused = mesh.decide("ada@acme", purpose)
        assert not refused.allowed
        assert "holds only for billing" in texts(refused)


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("2026-12-31", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31T10:00:00", datetime(2026, 12, 31, 10, tzinfo=UTC)),
        ("2026-12-31T10:00:00+02:00", datetime(2026, 12, 31, 8, tzinfo=UTC)),
        ("2026-12-31T10:00:00Z", datetime(2026, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_grant_ends_at_the_second(small, until, end):
    mesh = small(grants=(grant(until=until),))
    assert mesh.decide("ada@acme", now=end - timedelta(seconds=1)).allowed
    refused = mesh.decide("ada@acme", now=end)
    assert not refused.allowed
    assert "ended at" in texts(refused)


def test_an_end_that_cannot_be_read_grants_nothing(small):
    refused = small(grants=(grant(until="someday"),)).decide("ada@acme")
    assert not refused.allowed
    assert "does not count" in texts(refused)


def test_nobody_who_is_unknown_is_granted_anything(small):
    mesh = small(grants=(grant(to=("eve@acme", "stranger", "role:", "team:")),))
    assert not mesh.decide("eve@acme").allowed
    assert not mesh.decide("stranger").allowed


def test_open_lets_members_read_what_is_at_most_internal(small):
    decision = small(stance="open").decide("ada@acme")
    assert decision.allowed
    assert {name: mask.kind for name, mask in decision.masks.items()} == {"income": "null"}
    assert "classified confidential" in decision.columns["income"][0].text


def test_open_shows_strangers_public_tables_only(small):
    assert not small(stance="open").decide("stranger").allowed
    decision = small(stance="open", custom={"weft.classification": "public"}).decide("stranger")
    assert decision.allowed
    assert {mask.kind for mask in decision.masks.values()} == {"null"}
    assert len(decision.masks) == 6  # its columns are internal
    assert small(stance="open", custom={"weft.classification": "public"}).decide("ada@acme").allowed


@pytest.mark.parametrize("word", ["confidential", "restricted", "top secret"])
def test_above_internal_a_table_needs_a_grant(small, word):
    custom = {"weft.classification": word}
    assert not small(stance="open", custom=custom).decide("ada@acme").allowed
    granted = small(stance="open", custom=custom, grants=(grant(),)).decide("ada@acme")
    assert granted.allowed
    assert granted.whole


def test_an_unknown_word_counts_as_restricted_and_inheritance_is_told(small):
    from weft.model import Effective

    mesh = small(stance="open")
    effective = dict(mesh.context().effective)
    effective["region"] = Effective(classification="secret!", inherited=("a.b.c.d",))
    decision = mesh.decide("ada@acme", effective=effective)
    assert decision.masks["region"].kind == "null"
    assert "inherited from a.b.c.d" in decision.columns["region"][0].text


def test_a_column_without_known_protection_is_not_there(small):
    mesh = small()
    effective = {k: v for k, v in mesh.context().effective.items() if k != "region"}
    assert mesh.decide("own@acme", effective=effective).masks["region"].kind == "deny"
    assert not mesh.decide("own@acme", effective={}).allowed


def test_a_purpose_must_be_listed(small):
    with pytest.raises(Invalid, match=r"'fun' is not a purpose of this mesh, known are billing, research"):
        small().decide("own@acme", "fun")
