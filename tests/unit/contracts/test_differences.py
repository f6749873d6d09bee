"""Every difference has its class."""

from __future__ import annotations

import pytest

from weft.contracts import bump, differences
from weft.model import Contract, Property, Rule, Table, TeamMember


def contract(*props, rules=(), **more):
    table = more.pop("table", {})
    return Contract(id="c", tables=(Table(name="t", properties=props, quality=rules, **table),), **more)


ID = Property(name="id", type="integer")
WARN = Rule(name="w", metric="rowCount", severity="warning")


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        (contract(ID), contract(), "breaking", "the column 'id' is taken away"),
        (contract(ID), contract(ID.model_copy(update={"type": "string"})), "breaking", "the type of 'id'"),
        (contract(ID), contract(ID, Property(name="b")), "compatible", "the column 'b' is new"),
        (contract(ID), contract(ID, rules=(WARN,)), "compatible", "the rule 'w' (warning) is new"),
        (contract(ID, rules=(WARN,)), contract(ID), "compatible", "the rule 'w' (warning) is dropped"),
        (
            contract(ID, rules=(WARN,)),
            contract(ID, rules=(WARN.model_copy(update={"operator": "mustBe", "threshold": 3}),)),
            "compatible",
            "the rule 'w' changes",
        ),
        (contract(ID), contract(ID.model_copy(update={"physical_name": "no"})), "compatible", "comes from 'no'"),
        (contract(ID), contract(ID, table={"tags": ("hr",)}), "compatible", "the tags of 't' change"),
        (contract(ID), contract(ID, tags=("hr",)), "compatible", "the tags of the contract change"),
        (
            contract(ID),
            contract(ID, table={"custom": {"weft.stream": "a.b"}}),
            "compatible",
            "'weft.stream' of 't' is new",
        ),
        (contract(ID), contract(ID, custom={"wiki": "x"}), "documentation", "'wiki' of the contract is new"),
        (contract(ID), contract(ID, purpose="know"), "documentation", "the purpose of the contract changes"),
        (contract(ID), contract(ID, team=(TeamMember(username="a"),)), "documentation", "the team"),
        (contract(ID), contract(ID, table={"description": "d"}), "documentation", "the description of 't' changes"),
        (contract(ID), contract(ID.model_copy(update={"description": "d"})), "documentation", "description of 'id'"),
        (contract(ID), contract(ID.model_copy(update={"examples": (1,)})), "documentation", "the examples of 'id'"),
        (
            contract(ID, rules=(WARN,)),
            contract(ID, rules=(WARN.model_copy(update={"description": "d"}),)),
            "documentation",
            "the description of the rule 'w' changes",
        ),
        (
            contract(ID),
            contract(ID, rules=(Rule(name="be nice", type="text"),)),
            "documentation",
            "the rule 'be nice' (error) is new",
        ),
    ],
)
def test_each_change_is_told_once_in_its_class(old, new, kind, said):
    (one,) = differences(old, new)
    assert (one.kind, said in one.text) == (kind, True), one.text
    assert bump((one,)) == {"breaking": "major", "compatible": "minor", "documentation": "patch"}[kind]


def test_the_strictest_class_decides():
    found = differences(contract(ID), contract(Property(name="b", description="x"), purpose="p"))
    assert [d.kind for d in found] == ["breaking", "compatible", "documentation"]
    assert bump(found) == "major"


def test_equal_contracts_do_not_differ():
    one = contract(ID, rules=(WARN,))
    assert (differences(one, one), bump(())) == ((), "")
    # Places in a file and versions are no difference.
    assert differences(one, one.model_copy(update={"version": "2.0.0"})) == ()
