"""Whether the consumers of a contract can live with a newer one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft import contracts
from weft.model import SLA, Contract, Property, Role, Rule, Table

BASE = Table(
    name="deals",
    properties=(
        Property(name="id", type="integer", key=1),
        Property(name="name", required=True, unique=True, options={"maxLength": 10}),
        Property(name="stage", enum=("won", "lost")),
        Property(name="amount", type="number", physical_type="decimal(12,2)", options={"minimum": 0}),
        Property(name="note", classification="internal", tags=("free",)),
        Property(name="geo", type="object", properties=(Property(name="lat", type="number", required=True),)),
        Property(name="tags", type="array", items=Property(name="tag", options={"minLength": 1})),
    ),
    quality=(Rule(name="rows", metric="rowCount", operator="mustBeGreaterThan", threshold=0),),
)


def contract(*tables, **more):
    return Contract(id="c", status="active", tables=tables or (BASE,), **more)


def alter(which, /, **changes):
    """The base with one property changed."""
    return BASE.model_copy(
        update={"properties": tuple(p.model_copy(update=changes) if p.name == which else p for p in BASE.properties)}
    )


def without(name):
    return BASE.model_copy(update={"properties": tuple(p for p in BASE.properties if p.name != name)})


def plus(*properties):
    return BASE.model_copy(update={"properties": (*BASE.properties, *properties)})


BREAKING = [
    ("taken away", without("note"), "note"),
    (
        "renamed to 'Note'",
        plus(Property(name="Note")).model_copy(
            update={"properties": (*without("note").properties, Property(name="Note"))}
        ),
        "note",
    ),
    ("renamed to 'remark'", alter("note", name="remark"), "note"),
    ("type of 'amount'", alter("amount", type="string"), "amount"),
    (
        "type of 'amount' goes from number (DECIMAL(12,2)) to number (DOUBLE)",
        alter("amount", physical_type=""),
        "amount",
    ),
    ("no longer required", alter("name", required=False), "name"),
    ("no longer unique", alter("name", unique=False), "name"),
    ("maxLength of 'name' goes from 10 to 20", alter("name", options={"maxLength": 20}), "name"),
    ("maxLength of 'name' goes from 10 to none", alter("name", options={}), "name"),
    ("minimum of 'amount'", alter("amount", options={"minimum": -5}), "amount"),
    ("new values (open)", alter("stage", enum=("won", "lost", "open")), "stage"),
    ("no longer a closed list", alter("stage", enum=()), "stage"),
    ("primary key of 'deals' goes from (id) to (id, name)", alter("name", key=2), ""),
    ("primary key of 'deals' goes from (id) to none", alter("id", key=0), ""),
    ("'geo.lat' is taken away", alter("geo", properties=(Property(name="lng", type="string"),)), "geo.lat"),
    ("'geo.lat' is no longer required", alter("geo", properties=(Property(name="lat", type="number"),)), "geo.lat"),
    ("type of 'tags.items'", alter("tags", items=Property(name="tag", type="integer")), "tags.items"),
    ("type of 'tags'", alter("tags", items=None), "tags"),
]


@pytest.mark.parametrize(("said", "changed", "column"), BREAKING, ids=[b[0] for b in BREAKING])
def test_what_breaks_consumers(said, changed, column):
    first = contracts.compare(contract(), contract(changed))[0]
    assert first.breaking
    assert (first.table, first.column) == ("deals", column)
    assert said in first.text


FINE = [
    ("'extra' is new", plus(Property(name="extra"))),
    ("which the source must have", plus(Property(name="extra", required=True))),
    ("becomes required", alter("note", required=True)),
    ("becomes unique", alter("note", unique=True)),
    ("maxLength of 'name' goes from 10 to 5", alter("name", options={"maxLength": 5})),
    ("pattern of 'name' goes from none", alter("name", options={"maxLength": 10, "pattern": "^a"})),
    ("may no longer be lost", alter("stage", enum=("won",))),
    ("become a closed list", alter("note", enum=("a",))),
    ("goes from internal to restricted", alter("note", classification="restricted")),
    ("goes from internal to public", alter("note", classification="public")),
    ("+pii, -free", alter("note", tags=("pii",))),
    ("description of 'note'", alter("note", description="what was said")),
    ("'rows' is dropped", BASE.model_copy(update={"quality": ()})),
    ("'rows' changes", BASE.model_copy(update={"quality": (BASE.quality[0].model_copy(update={"threshold": 9}),)})),
    ("'more' is new", BASE.model_copy(update={"quality": (*BASE.quality, Rule(name="more", metric="rowCount"))})),
]


@pytest.mark.parametrize(("said", "changed"), FINE, ids=[f[0] for f in FINE])
def test_what_consumers_can_live_with(said, changed):
    (found,) = contracts.compare(contract(), contract(changed))
    assert not found.breaking
    assert said in found.text


@pytest.mark.parametrize(
    "changed",
    [
        alter("note", physical_name="Other Name"),
        BASE.model_copy(update={"custom": {"weft.stream": "crm.other", "weft.drift": "freeze"}}),
        BASE.model_copy(update={"properties": tuple(reversed(BASE.properties))}),
    ],
)
def test_how_rows_come_in_is_no_promise(changed):
    assert contracts.compare(contract(), contract(changed)) == ()


def test_tables_come_go_and_are_renamed():
    other = BASE.model_copy(update={"name": "offers"})
    (renamed, new) = contracts.compare(contract(), contract(other))
    assert (renamed.breaking, renamed.table) == (True, "deals")
    assert "renamed to 'offers'" in renamed.text
    assert (new.breaking, new.table) == (False, "offers")
    (gone,) = contracts.compare(contract(BASE, other.model_copy(update={"properties": ()})), contract())
    assert "taken away" in gone.text


def test_lifecycle_access_and_service_never_need_a_new_major():
    old = contract(roles=(Role(role="sales"),))
    new = contract(roles=(Role(role="hr"),), sla=(SLA(property="freshness", value=1, unit="d"),))
    new = new.model_copy(update={"status": "retired"})
    found = contracts.compare(old, new)
    assert not any(d.breaking for d in found)
    assert len(found) == 4


def test_a_key_that_becomes_a_key_column_stays_required():
    old, new = alter("name", unique=True), alter("name", unique=True, required=False, key=2)
    assert not any("no longer required" in d.text for d in contracts.compare(contract(old), contract(new)))


NAMES = st.sampled_from(["a", "b", "c", "D", "d2"])
PROPERTIES = st.builds(
    Property,
    name=NAMES,
    type=st.sampled_from(["string", "integer", "date"]),
    required=st.booleans(),
    unique=st.booleans(),
    key=st.sampled_from([0, 0, 0, 1]),
    enum=st.sampled_from([(), ("1",), ("1", "2")]),
    options=st.sampled_from([{}, {"minimum": 1}, {"minimum": 2}, {"maxLength": 3}]),
)
TABLES = st.builds(
    Table, name=st.sampled_from(["t", "u"]), properties=st.lists(PROPERTIES, unique_by=lambda p: p.name).map(tuple)
)
CONTRACTS = st.builds(Contract, id=st.just("c"), tables=st.lists(TABLES, unique_by=lambda t: t.name).map(tuple))


@settings(max_examples=50)
@given(CONTRACTS)
def test_a_contract_does_not_differ_from_itself(one):
    assert contracts.compare(one, one) == ()


@settings(max_examples=50)
@given(CONTRACTS, CONTRACTS)
def test_breaking_ones_come_first_and_only_the_table_that_differs_is_named(one, other):
    found = contracts.compare(one, other)
    assert [d.breaking for d in found] == sorted((d.breaking for d in found), reverse=True)
    same = {t.name for t in one.tables} & {t.name for t in other.tables if t in one.tables}
    assert not any(d.table in same for d in found)


@settings(max_examples=50)
@given(
    CONTRACTS,
    CONTRACTS,
    st.lists(st.builds(Property, name=st.sampled_from(["new1", "new2"])), unique_by=lambda p: p.name),
)
def test_what_breaks_still_breaks_when_columns_are_added_too(one, other, more):
    grown = other.model_copy(
        update={"tables": tuple(t.model_copy(update={"properties": (*t.properties, *more)}) for t in other.tables)}
    )
    before = {(d.table, d.column) for d in contracts.compare(one, other) if d.breaking}
    after = {(d.table, d.column) for d in contracts.compare(one, grown) if d.breaking}
    assert before <= after


@settings(max_examples=50)
@given(CONTRACTS, CONTRACTS)
def test_what_breaks_neither_way_changes_no_values(one, other):
    """If neither direction breaks, both admit the same columns, types, keys and values."""
    ways = [*contracts.compare(one, other), *contracts.compare(other, one)]
    if not any(d.breaking for d in ways):
        promised = [
            {
                t.name: (
                    t.primary_key,
                    {p.name: (p.type, p.required or p.key > 0, p.unique, p.enum, p.options) for p in t.properties},
                )
                for t in c.tables
            }
            for c in (one, other)
        ]
        assert promised[0] == promised[1]
