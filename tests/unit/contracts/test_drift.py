"""What a change of the source's columns does, by the contract's mode; what has not changed stops nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.contracts.conftest import CSV, placed, table
from weft import contracts
from weft.model import Column, Property, Shape

PROPS = (
    Property(name="id", type="integer", key=1),
    Property(name="name", physical_name="Full Name", required=True),
    Property(name="note"),
)
MODES = ("evolve", "freeze", "quarantine")
SEEN = {"id": "VARCHAR", "Full Name": "VARCHAR", "note": "VARCHAR", "extra": "VARCHAR"}


def goal(mode="evolve", props=PROPS, sql=""):
    shape = Shape(kind="shape", sql=sql, path="d.sql", stream="crm.deals") if sql else None
    return placed(table(*props, custom={"weft.drift": mode}), shape)


def seen(columns):
    return tuple(Column(name=name, type=kind) for name, kind in columns.items())


def less(*names):
    return {k: v for k, v in SEEN.items() if k not in names}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "now",
    [
        SEEN,
        dict(reversed(SEEN.items())),
        {"ID": "VARCHAR", "full name": "VARCHAR", "NOTE": "VARCHAR", " Extra ": "VARCHAR"},
        {**SEEN, "_weft_file": "VARCHAR"},
        less("extra"),
    ],
)
def test_order_case_and_padding_are_no_drift(mode, now):
    found = contracts.drift(goal(mode), seen(now), SEEN)
    assert (found.verdict, found.news, found.checks) == ("go", (), ())


@pytest.mark.parametrize(("mode", "verdict"), [("evolve", "go"), ("freeze", "refuse"), ("quarantine", "quarantine")])
@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        ({**SEEN, "shoe size": "BIGINT"}, "column 'shoe size' is new, and the contract does not take it"),
        (less("note"), "column 'note' is missing, 'note' is NULL"),
        ({**SEEN, "note": "BOOLEAN"}, "column 'note' was VARCHAR and is BOOLEAN"),
    ],
)
def test_a_change_does_what_the_contract_says(mode, verdict, now, sentence):
    found = contracts.drift(goal(mode), seen(now), SEEN)
    assert found.verdict == verdict
    assert found.news == (sentence,)
    assert bool(found.checks) is (verdict == "quarantine")


@pytest.mark.parametrize(
    ("mode", "verdict"), [("evolve", "refuse"), ("freeze", "refuse"), ("quarantine", "quarantine")]
)
@pytest.mark.parametrize("before", [SEEN, {}, less("id", "Full Name")])
@pytest.mark.parametrize("name", ["id", "Full Name"])
def test_a_missing_column_that_must_be_there_refuses_the_batch(mode, verdict, before, name):
    found = contracts.drift(goal(mode), seen(less(name)), before)
    assert found.verdict == verdict
    assert any(f"'{name}' is missing" in text for text in found.news)


def test_before_the_first_batch_nothing_is_new():
    found = contracts.drift(goal("freeze"), seen(SEEN), {})
    assert (found.verdict, found.new) == ("go", ())


def test_a_column_that_was_never_there_is_told_once():
    first = contracts.drift(goal(), seen(less("note")), {})
    assert first.missing == ("note",)
    assert contracts.drift(goal(), seen(less("note")), first.columns).news == ()


def test_a_column_that_comes_and_goes_is_new_once():
    grown = contracts.drift(goal(), seen({**SEEN, "x": "VARCHAR"}), SEEN)
    shrunk = contracts.drift(goal(), seen(SEEN), grown.columns)
    assert shrunk.news == ()
    assert contracts.drift(goal(), seen({**SEEN, "x": "VARCHAR"}), shrunk.columns).news == ()


def test_quarantine_lasts_until_it_is_mended():
    changed = {**SEEN, "x": "VARCHAR"}
    first = contracts.drift(goal("quarantine"), seen(changed), SEEN)
    assert first.columns == SEEN
    assert contracts.drift(goal("quarantine"), seen(changed), first.columns).verdict == "quarantine"
    taken = goal("quarantine", (*PROPS, Property(name="x")))
    assert contracts.drift(taken, seen(changed), first.columns).verdict == "go"


def test_a_column_that_the_contract_takes_is_not_new():
    now = {**SEEN, "added": "VARCHAR"}
    assert contracts.drift(goal("freeze", (*PROPS, Property(name="added"))), seen(now), SEEN).verdict == "go"


@pytest.mark.parametrize(
    "pair",
    [
        ("BIGINT", "DOUBLE"),
        ("VARCHAR", "JSON"),
        ("DATE", "TIMESTAMP"),
        ("BIGINT", '"NULL"'),
        ("DECIMAL(9,2)", "DECIMAL(12,4)"),
    ],
)
def test_how_one_reading_takes_a_file_is_no_drift(pair):
    was, now = ({**SEEN, "note": kind} for kind in pair)
    assert contracts.drift(goal("freeze"), seen(now), was).verdict == "go"
    assert contracts.drift(goal("freeze"), seen(was), now).verdict == "go"


def test_a_type_that_never_fits_is_told_before_the_first_row():
    now = {**SEEN, "id": "TIMESTAMP"}
    found = contracts.drift(goal("evolve"), seen(now), {})
    assert found.retyped == ("id",)
    assert found.news == ("column 'id' is TIMESTAMP, which is never the contract's integer",)
    assert found.verdict == "go"
    assert contracts.drift(goal("freeze"), seen(now), {}).verdict == "refuse"


def test_columns_that_only_the_sql_takes_count_too():
    sql = 'SELECT id, upper("Full Name") AS name, note FROM crm.deals WHERE extra IS NULL'
    assert contracts.drift(goal("freeze", sql=sql), seen(SEEN), SEEN).verdict == "go"
    for mode in MODES:
        found = contracts.drift(goal(mode, sql=sql), seen(less("extra")), SEEN)
        assert found.verdict == "refuse"
        assert found.news == ("column 'extra', which the table's SQL reads, is missing",)


def test_an_alias_that_where_uses_is_no_column_of_the_source():
    sql = "SELECT id, upper(\"Full Name\") AS name, note FROM crm.deals WHERE name <> 'X'"
    assert contracts.drift(goal("freeze", sql=sql), seen(SEEN), SEEN).verdict == "go"


def test_rows_of_a_drifted_batch_go_to_quarantine_with_the_reason(run):
    where = goal("quarantine")
    sql = "SELECT '1' AS id, 'Ann' AS \"Full Name\", 'x' AS note, 'y' AS added"
    found = contracts.drift(where, run.source(sql), SEEN)
    (row,) = run(where, sql, CSV, found.checks)
    assert row.why == ("drift",)
    assert "'added' is new" in run.split.reasons[-1].text


@given(
    st.dictionaries(st.sampled_from(["id", "Full Name", "note", "a", "B"]), st.sampled_from(["VARCHAR", "BIGINT", "DATE"])),
    st.sampled_from(["evolve", "freeze"]),
)  # fmt: skip
def test_once_a_batch_went_through_the_same_columns_go_through_again(columns, mode):
    first = contracts.drift(goal(mode), seen(columns), {})
    if first.verdict == "go":
        again = contracts.drift(goal(mode), seen(columns), first.columns)
        assert again.verdict == "go"
        assert not again.new
        assert not again.missing
