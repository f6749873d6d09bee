"""Who asks."""

from __future__ import annotations

import pytest

from weft.policy import actor


def test_a_person_has_roles_of_teams_and_domains(small):
    found = actor(small().declared, "bob@acme")
    assert found.known
    assert found.roles == ("hr-reader",)
    assert found.teams == ("both", "hr")
    assert found.domains == {"people": ("steward",)}


def test_attributes_of_teams_come_together_and_ones_own_replace_them(small):
    assert actor(small().declared, "bob@acme").attributes == {"regions": ["EMEA", "AMER"]}
    assert actor(small().declared, "ada@acme").attributes["regions"] == ["EMEA", "APAC"]


def test_a_service_belongs_to_its_domain(small):
    found = actor(small().declared, "service:bot")
    assert (found.kind, found.domains, found.roles) == ("service", {"sales": ("consumer",)}, ("auditor",))


def test_a_product_acts_for_its_domain_only(small):
    found = actor(small().declared, "product:people.staff")
    assert (found.kind, found.known, found.domains, found.roles) == ("product", True, {"people": ("producer",)}, ())


@pytest.mark.parametrize(
    "name",
    [
        "eve@acme",
        "nobody",
        "ADA@acme",
        "\u0430da@acme",
        "service:none",
        "product:people.none",
        "team:hr",
        "service:",
        "",
    ],
)
def test_unknown_and_inactive_ones_have_nothing(small, name):
    found = actor(small().declared, name)
    assert (found.known, found.roles, found.domains, found.attributes) == (False, (), {}, {})
