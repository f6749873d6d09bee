"""Records to columns: drift, digits, the lattice; beside a slow reference that looks at every value."""

from __future__ import annotations

import json
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.connectors.rest.rows.columns import Columns
from weft.errors import Broken


def raw(record):
    return record if isinstance(record, bytes) else json.dumps(record).encode()


def taken(*pages, declared=None, memory=None):
    columns = Columns(declared, memory)
    for page in pages:
        columns.take([raw(record) for record in page])
    table = columns.flush()
    return columns, table


DRIFT = {
    "late null then int": ([{"a": None}], [{"a": 1}], "int64", [None, 1]),
    "int then float": ([{"a": 1}], [{"a": 1.5}], "double", [1.0, 1.5]),
    "int then string": ([{"a": 1}], [{"a": "x"}], "string", ["1", "x"]),
    "object then list": ([{"a": {"b": 1}}], [{"a": [1]}], "string", ['{"b": 1}', "[1]"]),
    "int or string": ([{"a": 1}, {"a": "x"}], [], "string", ["1", "x"]),
    "int or float": ([{"a": 1}, {"a": 1.5}], [], "double", [1.0, 1.5]),
    "object or string": ([{"a": {"b": 1}}, {"a": "x"}], [], "string", ['{"b": 1}', "x"]),
    "new column": ([{"b": 1}], [{"b": 1, "a": 2}], "int64", [None, 2]),
    "missing column": ([{"a": 1, "b": 1}], [{"b": 1}], "int64", [1, None]),
    "new nested key": (
        [{"a": {"b": 1}}],
        [{"a": {"c": "x"}}],
        "struct<b: int64, c: string>",
        [{"b": 1, "c": None}, {"b": None, "c": "x"}],
    ),
    "date-like then text": ([{"a": "2024-01-01"}], [{"a": "soon"}], "string", ["2024-01-01", "soon"]),
    "times with T and Z": (
        [{"a": "2024-01-01T00:00:00Z"}],
        [{"a": "2024-01-01T00:00:00.123Z"}],
        "string",
        ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.123Z"],
    ),
    "beyond 64 bits": ([b'{"a":9223372036854775808}'], [{"a": 1}], "string", ["9223372036854775808", "1"]),
    "a tenth": ([{"a": 0.1}], [], "double", [0.1]),
    "empty list then texts": ([{"a": []}], [{"a": ["x"]}], "list<item: string>", [[], ["x"]]),
    "empty object then object": ([{"a": {}}], [{"a": {"b": 1}}], "struct<b: int64>", [{"b": None}, {"b": 1}]),
    "NUL and a surrogate pair": ([b'{"a":"x\\u0000y"}'], [b'{"a":"\\ud83d\\ude00"}'], "string", ["x\0y", "\U0001f600"]),
    "map of 1000 keys": (
        [{"a": {f"k{n}": n}} for n in range(1000)],
        [],
        "string",
        [f'{{"k{n}": {n}}}' for n in range(1000)],
    ),
}


@pytest.mark.parametrize("case", DRIFT.values(), ids=DRIFT)
def test_drift(case):
    """The cases of messy sources: no row lost, no value changed, in one batch and over two runs."""
    first, second, kind, values = case
    columns, table = taken(first, second)
    assert (str(table.schema.field("a").type), table["a"].to_pylist()) == (kind, values)
    later, again = taken(second or first, memory=json.loads(json.dumps(columns.memory())))
    assert later.memory() == columns.memory()
    assert again.schema == table.schema


DIGITS = {
    "more than a double has": ([b'{"a":0.1234567890123456789}'], [b'{"a":1.50}'], ["0.1234567890123456789", "1.50"]),
    "too great": ([b'{"a":1e400}'], [b'{"a":-2.5E+3}'], ["1e400", "-2.5E+3"]),
    "too small": ([b'{"a":1e-400}'], [b'{"a":2}'], ["1e-400", "2"]),
    "whole and broken ones": ([b'{"a":9007199254740993}', b'{"a":0.5}'], [], ["9007199254740993", "0.5"]),
    "whole then broken": ([b'{"a":9007199254740993}'], [b'{"a":0.5}'], ["9007199254740993", "0.5"]),
    "broken then whole": ([b'{"a":0.5}'], [b'{"a":[9007199254740993]}'], ["0.5", "[9007199254740993]"]),
    "split by a point": ([b'{"a":123456789012.3456789012}'], [], ["123456789012.3456789012"]),
    "true": ([{"a": True}], [{"a": 0}], ["true", "0"]),
}


@pytest.mark.parametrize("case", DIGITS.values(), ids=DIGITS)
def test_numbers_keep_their_digits(case):
    _, table = taken(case[0], case[1])
    assert table["a"].to_pylist() == case[2]


@pytest.mark.parametrize(
    "token", ["9007199254740993", "0.1234567890123456789", "1e400", "1e-400", "-0.12345678901234567"]
)
def test_what_a_known_double_does_not_hold_keeps_its_digits(token):
    _, table = taken([b'{"a":0.5}', b'{"a":6.5e-05}', b'{"a":%b}' % token.encode()], memory={"a": "float"})
    assert table["a"].to_pylist() == ["0.5", "6.5e-05", token]


def test_doubles_as_programs_write_them_stay_doubles():
    written = [b"0.30000000000000004", b"0.10000000000000001", b"1e22", b"123456789012345678", b"0.000", b"-0.0"]
    _, table = taken([b'{"a":%b,"i":123456789012345678}' % token for token in written if b"8" not in token])
    assert [str(t) for t in table.schema.types] == ["double", "int64"]
    assert table["a"].to_pylist() == [0.30000000000000004, 0.1, 1e22, 0.0, -0.0]


def test_declared_types_hold_until_a_value_does_not_fit():
    declared = pa.schema(
        [("at", pa.timestamp("us", "UTC")), ("price", pa.decimal128(38, 2)), ("l", pa.list_(pa.timestamp("us", "UTC")))]
    )
    good = [{"at": "2024-01-01T00:00:00+05:30", "price": 1.25, "l": ["2024-01-01T00:00:00.5Z"]}, {"price": "3"}]
    columns, table = taken(good, declared=declared)
    assert table.schema == declared
    assert table["at"].to_pylist()[0].isoformat() == "2023-12-31T18:30:00+00:00"
    assert table["price"].to_pylist() == [Decimal("1.25"), Decimal("3.00")]
    columns.take([raw({"at": "0000-00-00", "price": 2, "l": []})])
    found = columns.flush()
    assert [str(t) for t in found.schema.types] == ["string", "decimal128(38, 2)", "list<item: timestamp[us, tz=UTC]>"]
    _, again = taken(good, declared=declared, memory=columns.memory())
    assert again["at"].to_pylist()[0] == "2024-01-01T00:00:00+05:30"


def test_a_declared_struct_may_be_wide():
    declared = pa.schema([("p", pa.struct([(f"k{n}", pa.string()) for n in range(600)]))])
    _, table = taken([{"p": {"k1": "x", "more": 1}}], declared=declared)
    assert table.schema.field("p").type.num_fields == 601


def test_a_key_twice():
    _, table = taken([b'{"a":1.50,"a":1.50,"b":{"c":null,"c":null}}'])
    assert table.to_pylist() == [{"a": 1.5, "b": {"c": None}}]
    for record in (b'{"a":1,"a":2}', b'{"b":{"c":"secret","c":null}}', b'{"a":"x","a":2}'):
        with pytest.raises(Broken, match=r"record 2 of a page names the key '[ac]' twice") as found:
            taken([{"a": 1}, record], [{"a": "x"}])
        assert "secret" not in str(found.value)


def test_records_are_objects():
    with pytest.raises(Broken, match=r"record 2 of a page is no object"):
        taken([{"a": 1}, b"null"])


def test_records_over_several_lines_and_of_any_space():
    _, table = taken([b'{\n "a"\t:\n 1,\n "b": [\nnull\n]}', b'{"a":"x","b":[{"c"  : 1}]}'])
    assert table.to_pylist() == [{"a": "1", "b": [None]}, {"a": "x", "b": [{"c": 1}]}]


# ---------------------------------------------------------------- beside a reference

numbers = st.one_of(
    st.integers(-5, 5),
    st.integers(2**53, 2**53 + 3),
    st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 0.5, -1.0, 1e300, 0.1, 0.30000000000000004]),
)
texts = st.sampled_from(
    ["", "x", "2024-01-01", "2024-01-01T00:00:00Z", "1", "true", "null", '"', "\\", "\u00fc\0", "\U0001f600", "9" * 20]
)
leaves = st.one_of(st.none(), st.booleans(), numbers, texts)
keys = st.sampled_from(["a", "b", "c", "a.b", "", '"', "\u00fc", "value"])
values = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)), max_leaves=6
)
narrow = st.dictionaries(
    st.sampled_from("abc"), st.one_of(st.integers(0, 3), st.none(), st.just(0.5), st.just("x")), max_size=3
)
records = st.dictionaries(keys, st.one_of(leaves, values, narrow), min_size=1, max_size=4)
pages = st.lists(st.lists(records, max_size=4), min_size=1, max_size=4)


def kind_of(value):
    """What one value needs: the reference's own words."""
    if isinstance(value, dict):
        return {k: kind_of(v) for k, v in value.items()}
    if isinstance(value, list):
        kind = "null"
        for item in value:
            kind = wider(kind, kind_of(item))
        return [kind]
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if abs(value) <= 2**53 else "long" if -(2**63) <= value < 2**63 else "any"
    return "float" if isinstance(value, float) else "text"


def wider(one, other):
    if other in (one, "null"):
        return one
    if one == "null":
        return other
    if isinstance(one, dict) and isinstance(other, dict):
        return {k: wider(one.get(k, "null"), other.get(k, "null")) for k in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [wider(one[0], other[0])]
    names = {one, other} if isinstance(one, str) and isinstance(other, str) else set()
    return {frozenset({"int", "long"}): "long", frozenset({"int", "float"}): "float"}.get(frozenset(names), "any")


def shown(value, kind):
    """A value as a column of that kind holds it."""
    if value is None or kind == "null":
        return None
    if kind in ("any", {}):
        return value if isinstance(value, str) else json.dumps(value)
    if isinstance(kind, dict):
        return {k: shown(value.get(k), inner) for k, inner in kind.items()}
    if isinstance(kind, list):
        return [shown(item, kind[0]) for item in value]
    return float(value) if kind == "float" else value


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages, st.data())
def test_equals_a_slow_reference(found, data):
    """Random nested records, cut into random pages, batches and runs: same rows, same values, a schema that widens."""
    columns, kind, batch = Columns(), {}, []
    for page in found:
        columns.take([raw(record) for record in page])
        batch += page
        if not data.draw(st.booleans(), label="flush") or not batch:
            continue
        for record in batch:
            kind = wider(kind, kind_of(record))
        table = columns.flush()
        kind = {k: decided(v) for k, v in kind.items()}
        assert columns.memory() == kind  # which is never narrower than before
        assert not any("null" in str(field.type) for field in table.schema)
        assert table.num_rows == len(batch)
        assert table.to_pylist() == [shown(record, kind) for record in batch]
        batch = []
        if data.draw(st.booleans(), label="new run"):
            columns = Columns(None, json.loads(json.dumps(columns.memory())))


def decided(kind):
    if isinstance(kind, dict):
        return {k: decided(v) for k, v in kind.items()} or "any"
    return [decided(kind[0])] if isinstance(kind, list) else kind
