"""Decisions as SQL, run by DuckDB over a small relation."""

from __future__ import annotations

import hashlib
import hmac

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.errors import Denied
from weft.model import Column, Comparison, Decision, Mask, TableName
from weft.policy import govern, purpose_key

KEY = b"0123456789abcdef0123456789abcdef"
NAME = TableName(domain="a", product="b", table="c")


def decision(masks=None, filters=(), purpose="", allowed=True):
    found = {name: Mask(kind=k) if isinstance(k, str) else k for name, k in (masks or {}).items()}
    return Decision(table=NAME, actor="x", purpose=purpose, allowed=allowed, masks=found, filters=filters)


def run(values, type_, mask, purpose="", *, key=KEY, zone="UTC"):
    """One column `v` of these SQL literals, masked; as text, and its type as DuckDB sees it."""
    columns, select, where = govern(decision({"v": mask}, purpose=purpose), [Column(name="v", type=type_)], key)
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{zone}'")
        rows = ", ".join(f"({n}, {v})" for n, v in enumerate(values))
        connection.execute(f"CREATE TABLE t AS SELECT n, CAST(x AS {type_}) AS v FROM (VALUES {rows}) s(n, x)")
        connection.execute("SET TimeZone = 'UTC'")
        relation = connection.sql(
            f"SELECT {select['v']} AS v FROM (SELECT * FROM t ORDER BY n){' WHERE ' + where if where else ''}"
        )
        assert str(relation.types[0]) == columns[0].type
        return [row[0] for row in connection.sql(f"SELECT CAST(v AS VARCHAR) FROM ({relation.sql_query()})").fetchall()]


def expected(text, purpose="", key=KEY):
    return hmac.new(purpose_key(key, purpose), text.encode(), hashlib.sha256).hexdigest()


def test_a_hash_is_an_hmac_of_the_text():
    assert run(["'ada'", "'gräß🙂'", "''", "NULL"], "VARCHAR", "hash", "billing") == [
        expected("ada", "billing"),
        expected("gräß🙂", "billing"),
        expected("", "billing"),
        None,
    ]


def test_a_hash_joins_within_a_purpose_across_types_and_nowhere_else():
    number, text = run(["42"], "BIGINT", "hash", "p"), run(["'42'"], "VARCHAR", "hash", "p")
    assert number == text
    assert run(["42"], "BIGINT", "hash", "q") != number
    assert run(["42"], "BIGINT", "hash") != number
    assert run(["42"], "BIGINT", "hash", "p", key=b"another key of 32 bytes, I think") != number


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("DOUBLE", "1.5"),
        ("BOOLEAN", "true"),
        ("DATE", "'2020-01-31'"),
        ("DECIMAL(10,2)", "1.5"),
        ("STRUCT(a BIGINT, b VARCHAR)", "{'a': 1, 'b': 'x'}"),
        ("VARCHAR[]", "['a', 'b']"),
        ("TIMESTAMP WITH TIME ZONE", "'2020-01-31 10:00:00+02'"),
    ],
)
def test_every_type_can_be_hashed_and_no_value_stays_none(type_, value):
    one, none = run([value, "NULL"], type_, "hash")
    assert len(one) == 64
    assert none is None


def test_a_hashed_instant_does_not_depend_on_the_session():
    columns, select, _ = govern(decision({"v": "hash"}), [Column(name="v", type="TIMESTAMP WITH TIME ZONE")], KEY)
    found = set()
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT TIMESTAMPTZ '2020-01-01 00:00:00+00' AS v")
        for zone in ("UTC", "Asia/Tokyo"):
            connection.execute(f"SET TimeZone = '{zone}'")
            found.add(connection.execute(f"SELECT {select['v']} FROM t").fetchone())
    assert len(found) == 1
    assert columns[0].type == "VARCHAR"


def test_null_and_redact_show_nothing_at_all():
    assert run(["'a'", "NULL"], "VARCHAR", "null") == [None, None]
    assert run(["'a'", "NULL"], "VARCHAR", "redact") == ["***", "***"]
    assert run(["1"], "STRUCT(a BIGINT)".replace("STRUCT(a BIGINT)", "BIGINT"), "null") == [None]


@pytest.mark.parametrize(
    ("keep", "value", "shown"),
    [
        (4, "'12345678'", "***5678"),
        (4, "'1234567'", "***"),
        (1, "'ab'", "***b"),
        (1, "'a'", "***"),
        (2, "''", "***"),
        (2, "'äöüß'", "***üß"),
    ],
)
def test_partial_keeps_the_end_and_never_more_than_half(keep, value, shown):
    assert run([value, "NULL"], "VARCHAR", Mask(kind="partial", parameters={"keep": keep})) == [shown, None]


def test_partial_of_a_number():
    assert run(["4111111111111111", "7"], "BIGINT", Mask(kind="partial", parameters={"keep": 4})) == ["***1111", "***"]


def test_year():
    assert run(["'2020-05-31'", "'0044-03-15 (BC)'", "NULL", "'infinity'"], "DATE", "year") == [
        "2020-01-01",
        "0044-01-01 (BC)",
        None,
        None,
    ]
    zoned = ["'2020-05-31 10:00:00+00'", "'2020-01-01 01:00:00+02'", "NULL", "'infinity'"]
    assert run(zoned, "TIMESTAMP WITH TIME ZONE", "year", zone="Asia/Tokyo") == [
        "2020-01-01 00:00:00+00",
        "2019-01-01 00:00:00+00",
        None,
        None,
    ]


def test_a_year_that_begins_before_all_time_is_no_value_and_no_error():
    assert run(["'5877642-06-25 (BC)'", "'5881580-07-10'", "'2020-05-31'"], "DATE", "year") == [
        None,
        None,
        "2020-01-01",
    ]
    first = ["'290309-12-22 (BC) 00:00:00+00'", "'2020-05-31 10:00:00+00'"]
    assert run(first, "TIMESTAMP WITH TIME ZONE", "year") == [None, "2020-01-01 00:00:00+00"]


@pytest.mark.parametrize(
    ("type_", "width", "value", "shown"),
    [
        ("BIGINT", 10, "37", "30"),
        ("BIGINT", 10, "-1", "-10"),
        ("BIGINT", 10, "-10", "-10"),
        ("BIGINT", 10, "9223372036854775807", "9223372036854775800"),
        ("BIGINT", 10, "-9223372036854775807", None),
        ("BIGINT", 2.5, "37", None),
        ("BIGINT", 2.0**62, "37", "0"),
        ("BIGINT", 1e30, "37", None),
        ("HUGEINT", 7, "-170141183460469231731687303715884105728", None),
        ("BIGINT", 1e300, "37", None),
        ("DOUBLE", 2.5, "7.4", "5.0"),
        ("DOUBLE", 1000, "-1", "-1000.0"),
        ("DOUBLE", 10, "'nan'", "nan"),
        ("DECIMAL(10,2)", 1000, "5993.17", "5000.00"),
        ("DECIMAL(38,9)", 0.5, "1.75", "1.500000000"),
        ("BIGINT", 10, "NULL", None),
    ],
)
def test_bucket(type_, width, value, shown):
    assert run([value], type_, Mask(kind="bucket", parameters={"width": width})) == [shown]


@pytest.mark.parametrize(
    ("type_", "mask"),
    [
        ("VARCHAR", Mask(kind="year")),
        ("VARCHAR", Mask(kind="bucket", parameters={"width": 10})),
        ("DATE", Mask(kind="partial", parameters={"keep": 4})),
        ("BIGINT", Mask(kind="bucket")),
        ("VARCHAR", Mask(kind="partial", parameters={"keep": 0})),
        ("VARCHAR", Mask(kind="invented")),
    ],
)
def test_what_cannot_be_computed_is_null(type_, mask):
    columns, select, _ = govern(decision({"v": mask}), [Column(name="v", type=type_)], KEY)
    assert select == {"v": f"CAST(NULL AS {type_})"}
    assert columns[0].type == type_


COLUMNS = [
    Column(name="Email", type="VARCHAR"),
    Column(name="n", type="BIGINT"),
    Column(name="_weft_file", type="VARCHAR"),
]


def test_denied_and_hidden_columns_are_not_there_whatever_their_case():
    columns, select, where = govern(decision({"EMAIL": "deny"}), COLUMNS, KEY)
    assert [c.name for c in columns] == ["n"]
    assert (select, where) == ({}, "")
    columns, select, _ = govern(decision({"email": "null"}), COLUMNS, KEY)
    assert list(select) == ["Email"]


def test_a_whole_table_is_left_alone():
    assert govern(decision(), COLUMNS, KEY) == (tuple(COLUMNS[:2]), {}, "")


def test_a_refusal_governs_nothing():
    with pytest.raises(Denied):
        govern(decision(allowed=False), COLUMNS, KEY)
    lost = decision(filters=(Comparison(column="gone", operator="=", value=1),))
    with pytest.raises(Denied, match="'gone'"):
        govern(lost, COLUMNS, KEY)


def kept(filters, rows="('a', 1), ('b', 2), (NULL, 3), ('it''s', NULL)"):
    columns = [Column(name="s", type="VARCHAR"), Column(name="n", type="BIGINT")]
    _, _, where = govern(decision(filters=filters), columns, KEY)
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT s, n FROM (VALUES {rows}) t(s, n) WHERE {where}").fetchall()


@pytest.mark.parametrize(
    ("column", "operator", "value", "rows"),
    [
        ("s", "=", "a", [("a", 1)]),
        ("s", "=", "it's", [("it's", None)]),
        ("s", "=", "' OR 1=1 --", []),
        ("s", "!=", "a", [("b", 2), ("it's", None)]),
        ("n", "<", 2, [("a", 1)]),
        ("n", "<=", -1, []),
        ("n", ">=", 2, [("b", 2), (None, 3)]),
        ("s", "in", ("a", "b"), [("a", 1), ("b", 2)]),
        ("s", "in", (), []),
        ("s", "not in", ("a",), [("b", 2), ("it's", None)]),
        ("s", "not in", (), [("a", 1), ("b", 2), ("it's", None)]),
    ],
)
def test_filters_show_rows_that_hold_and_never_those_without_a_value(column, operator, value, rows):
    assert kept((Comparison(column=column, operator=operator, value=value),)) == rows


def test_all_filters_hold_together():
    assert kept(
        (Comparison(column="n", operator=">", value=0), Comparison(column="s", operator="in", value=("b",)))
    ) == [("b", 2)]


@pytest.mark.parametrize(
    ("type_", "value", "count"),
    [
        ("DATE", "2020-01-02", 1),
        ("TIMESTAMP WITH TIME ZONE", "2020-01-02 00:00:00+00:00", 1),
        ("BOOLEAN", True, 1),
        ("DOUBLE", -1.5, 1),
        ("VARCHAR", "10:00:00", 1),
    ],
)
def test_constants_of_every_type(type_, value, count):
    columns = [Column(name="v", type=type_)]
    _, _, where = govern(decision(filters=(Comparison(column="v", operator="=", value=value),)), columns, KEY)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'")
        connection.execute(f"CREATE TABLE t (v {type_})")
        connection.execute("INSERT INTO t VALUES (?), (NULL)", [value])
        assert connection.execute(f"SELECT count(*) FROM t WHERE {where}").fetchone() == (count,)


def test_a_filter_sees_the_value_that_a_mask_hides():
    made = decision({"s": "hash"}, (Comparison(column="s", operator="=", value="a"),))
    _, select, where = govern(made, [Column(name="s", type="VARCHAR")], KEY)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 'a' AS s UNION ALL SELECT 'b'")
        assert connection.execute(f"SELECT {select['s']} AS s FROM t WHERE {where}").fetchall() == [(expected("a"),)]


def test_names_are_quoted():
    columns = [Column(name='a"b; c', type="VARCHAR")]
    made = decision(
        {'a"b; c': Mask(kind="partial", parameters={"keep": 1})},
        (Comparison(column='a"b; c', operator="=", value="xy"),),
    )
    _, select, where = govern(made, columns, KEY)
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE t AS SELECT \'xy\' AS "a""b; c"')
        assert connection.execute(f"SELECT {select[columns[0].name]} FROM t WHERE {where}").fetchall() == [("***y",)]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20))
def test_any_text_is_hashed_and_compared_as_python_does(text):
    _, select, where = govern(
        decision({"v": "hash"}, (Comparison(column="v", operator="=", value=text),)),
        [Column(name="v", type="VARCHAR")],
        KEY,
    )
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (v VARCHAR)")
        connection.execute("INSERT INTO t VALUES (?)", [text])
        assert connection.execute(f"SELECT {select['v']} FROM t WHERE {where}").fetchall() == [(expected(text),)]
