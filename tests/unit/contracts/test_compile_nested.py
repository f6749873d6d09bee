"""Objects and lists of a contract, compiled: cast part by part, and what is wrong inside of them."""

from __future__ import annotations

import pytest

from unit.contracts.conftest import table
from unit.contracts.nested import ADDRESS, LINES


def test_objects_are_cast_part_by_part_from_structs_and_from_json(run):
    good = {"zip": "123", "floor": 2, "since": None, "geo": {"lat": 1.5}}
    (row,) = run(table(ADDRESS), "SELECT {'ZIP': '123', 'floor': '2', 'more': 1, 'geo': {'lat': 1.5}} AS address")
    assert row.values == {"address": good}
    text = """SELECT '{"zip": "123", "floor": 2.0, "geo": {"lat": "1.5"}, "more": []}' AS address"""
    assert run(table(ADDRESS), text)[0].values == {"address": good}
    assert run(table(ADDRESS), text.replace("' AS", "'::JSON AS"))[0].values == {"address": good}


@pytest.mark.parametrize(
    ("json_text", "rules"),
    [
        ('{"zip": "1", "floor": 2.5}', ("address.type",)),
        ('{"zip": "1", "since": "2024-02-30"}', ("address.type",)),
        ('{"zip": "1", "geo": 7}', ("address.type",)),
        ('{"floor": 1}', ("address.zip.required",)),
        ('{"zip": null}', ("address.zip.required",)),
        ('{"zip": "x"}', ("address.zip.pattern",)),
        ("[1]", ("address.type",)),
        ("broken", ("address.type",)),
        ('"text"', ("address.type",)),
        ('{"zip": "1", "geo": null}', ()),
    ],
)
def test_what_is_wrong_inside_an_object(run, json_text, rules):
    assert run(table(ADDRESS), f"SELECT '{json_text}' AS address")[0].why == rules


def test_a_json_null_is_no_object_and_no_fault(run):
    for source in ("NULL::JSON", "'null'::JSON", "NULL::VARCHAR", "NULL"):
        (row,) = run(table(ADDRESS), f"SELECT {source} AS address")
        assert (row.values, row.why) == ({"address": None}, ())


def test_a_struct_of_the_wrong_kind(run):
    assert run(table(ADDRESS), "SELECT 5 AS address")[0].why == ("address.type",)
    assert run(table(ADDRESS), "SELECT [1] AS address")[0].why == ("address.type",)


def test_arrays_of_objects_of_arrays(run):
    good = [{"sku": "ab", "counts": [1, 2]}, {"sku": None, "counts": None}]
    for source in (
        """'[{"sku": "ab", "counts": [1, "2"]}, {}]'""",
        "[{'sku': 'ab', 'counts': ['1', '2']}, {'sku': NULL, 'counts': NULL}]",
    ):
        assert run(table(LINES), f"SELECT {source} AS lines")[0].values == {"lines": good}


@pytest.mark.parametrize(
    ("json_text", "rules"),
    [
        ('[{"counts": [1.5]}]', ("lines.type",)),
        ('[{"counts": 1}]', ("lines.type",)),
        ("[5]", ("lines.type",)),
        ("{}", ("lines.type",)),
        ("[]", ("lines.minItems",)),
        ('[{"sku": "a"}]', ("lines.items.sku.minLength",)),
        ('[{"counts": [0, -1]}]', ("lines.items.counts.items.minimum",)),
    ],
)
def test_what_is_wrong_inside_an_array(run, json_text, rules):
    assert run(table(LINES), f"SELECT '{json_text}' AS lines")[0].why == rules
