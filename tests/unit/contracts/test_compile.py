"""One statement shapes, casts, checks and keeps the source's row beside what is bad."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.contracts.conftest import CSV, placed, table
from unit.contracts.nested import ADDRESS, LINES
from weft import contracts
from weft.errors import Invalid
from weft.model import ArrowScan, Column, Property, Relation, RowCheck, Shape


def why(run, prop, sql, scan=None):
    return [row.why for row in run(table(prop), f"SELECT unnest([{sql}]) AS x", scan)]


def test_columns_have_the_names_and_types_of_the_contract():
    found = contracts.columns(
        table(
            Property(name="id", type="integer", key=1),
            Property(name="at", type="timestamp", required=True),
            Property(name="price", type="number", physical_type="Decimal(12,2)"),
            Property(name="cost", type="number", physical_type="numeric"),
            Property(name="rate", type="number", physical_type="double"),
            Property(name="clock", type="time"),
            Property(name="any", type="object"),
            Property(
                name="address",
                type="object",
                properties=(Property(name="zip"), Property(name="Order", type="integer"), Property(name="a b")),
            ),
            Property(name="tags", type="array", items=Property(name="tag")),
            Property(name="loose", type="array"),
            Property(name="scores", type="map", items=Property(name="s", type="integer")),
        )
    )
    assert {c.name: c.type for c in found} == {
        "id": "BIGINT",
        "at": "TIMESTAMP WITH TIME ZONE",
        "price": "DECIMAL(12,2)",
        "cost": "DECIMAL(38,9)",
        "rate": "DOUBLE",
        "clock": "VARCHAR",
        "any": "VARCHAR",
        "address": 'STRUCT(zip VARCHAR, "Order" BIGINT, "a b" VARCHAR)',
        "tags": "VARCHAR[]",
        "loose": "VARCHAR",
        "scores": "VARCHAR",
    }
    assert [c.name for c in found if not c.nullable] == ["id", "at"]


def test_a_bad_row_keeps_the_whole_source_row_and_a_good_one_keeps_nothing(run):
    where = table(Property(name="id", type="integer"), Property(name="name", physical_name="Full Name"))
    rows = run(
        where, """SELECT * FROM (VALUES ('1', 'Ann', 'x'), ('one', NULL, 'y"')) t(id, "Full Name", other)""", CSV
    )
    assert rows[0] == ({"id": 1, "name": "Ann"}, "a.csv", (), None)
    assert rows[1].why == ("id.type",)
    assert json.loads(rows[1].raw) == {"id": "one", "Full Name": None, "other": 'y"'}


def test_rows_of_other_sources_have_no_file_and_those_of_quarantine_keep_theirs(run):
    assert run(table(Property(name="x")), "SELECT 'a' AS x")[0].file is None
    again = run(table(Property(name="x")), "SELECT 'a' AS x, 'old.csv' AS _weft_file", ArrowScan(reader=None))
    assert again[0].file == "old.csv"
    assert again[0].values == {"x": "a"}


@pytest.mark.parametrize(
    ("prop", "column"),
    [
        (Property(name="a", physical_name="Total [EUR]"), "Total [EUR]"),
        (Property(name="a", physical_name="TOTAL"), "total"),
        (Property(name="a", physical_name="total"), "  Total "),
        (Property(name="a", physical_name="gone"), "a"),
        (Property(name="Amount"), "amount"),
    ],
)
def test_columns_are_taken_by_physical_name_then_by_name_in_any_case(run, prop, column):
    (row,) = run(table(prop), f"SELECT 'v' AS \"{column}\", 'w' AS zz")
    assert row.values == {prop.name: "v"}


def test_the_exact_name_wins_over_another_case(run):
    prop = Property(name="key")
    (row,) = run(table(prop), "SELECT 'x' AS \"keY \", 'y' AS \"key\"")
    assert row.values == {"key": "y"}


def test_a_missing_column_is_null_and_bad_where_it_is_required(run):
    where = table(Property(name="a"), Property(name="b", type="date"), Property(name="c", required=True))
    (row,) = run(where, "SELECT 'x' AS a")
    assert row.why == ("c.required",)
    (row,) = run(table(Property(name="a"), Property(name="b", type="date")), "SELECT 'x' AS a")
    assert row.values == {"a": "x", "b": None}


def test_required_and_key_columns_must_have_a_value_that_fits(run):
    where = table(Property(name="id", type="integer", key=1), Property(name="n", type="integer", required=True))
    rows = run(where, "SELECT * FROM (VALUES ('1', '2'), (NULL, NULL), ('x', 'y')) t(id, n)", CSV)
    assert [r.why for r in rows] == [(), ("id.primaryKey", "n.required"), ("id.type", "n.type")]


OPTIONS = [
    (Property(name="x", options={"minLength": 2}), "'a', 'ab', NULL", [("x.minLength",), (), ()]),
    (Property(name="x", options={"maxLength": 2}), "'äöü', 'äö'", [("x.maxLength",), ()]),
    (Property(name="x", options={"pattern": "b+"}), "'abc', 'ac', NULL", [(), ("x.pattern",), ()]),
    (Property(name="x", options={"pattern": r"^\d{3}$"}), "'123', 'a123'", [(), ("x.pattern",)]),
    (Property(name="x", options={"pattern": "/^ab$/i"}), "'AB', 'abc'", [(), ("x.pattern",)]),
    (Property(name="x", options={"pattern": r"^\u00e9$"}), "'é', 'e'", [(), ("x.pattern",)]),
    (Property(name="x", options={"pattern": r"^a\/b$"}), "'a/b', 'ab'", [(), ("x.pattern",)]),
    (Property(name="x", options={"pattern": "it's"}), "'it''s', 'its'", [(), ("x.pattern",)]),
    (Property(name="x", options={"format": "email"}), "'a@b.c', 'ab', 'a b@c'", [(), ("x.format",), ("x.format",)]),
    (Property(name="x", options={"format": "uuid"}), "'00000000-0000-0000-0000-00000000000A', '1'", [(), ("x.format",)]),
    (Property(name="x", options={"format": "ipv4"}), "'10.0.0.255', '10.0.0.256'", [(), ("x.format",)]),
    (Property(name="x", options={"format": "uri"}), "'https://x.y/z', 'x y'", [(), ("x.format",)]),
    (Property(name="x", options={"format": "password"}), "'anything'", [()]),
    (Property(name="x", enum=("a", "b's")), "'a', 'b''s', 'c', NULL", [(), (), ("x.enum",), ()]),
    (Property(name="x", enum=({"value": "a", "label": "A"},)), "'a', 'A'", [(), ("x.enum",)]),
    (Property(name="x", type="integer", enum=(1, 2)), "'1', '3'", [(), ("x.enum",)]),
    (Property(name="x", type="integer", options={"minimum": 1, "maximum": 3}), "'0', '1', '3', '4'", [("x.minimum",), (), (), ("x.maximum",)]),
    (Property(name="x", type="integer", options={"exclusiveMinimum": 1}), "'1', '2'", [("x.exclusiveMinimum",), ()]),
    (Property(name="x", type="integer", options={"minimum": 1, "exclusiveMinimum": True}), "'1', '2'", [("x.minimum",), ()]),
    (Property(name="x", type="integer", options={"exclusiveMaximum": 2}), "'2', '1'", [("x.exclusiveMaximum",), ()]),
    (Property(name="x", type="integer", options={"multipleOf": 5}), "'10', '-5', '0', '7'", [(), (), (), ("x.multipleOf",)]),
    (Property(name="x", type="integer", options={"format": "u8"}), "'0', '255', '256', '-1'", [(), (), ("x.format",), ("x.format",)]),
    (Property(name="x", type="integer", options={"format": "i64"}), "'9223372036854775807'", [()]),
    (Property(name="x", type="integer", options={"format": "u64"}), "'-1', '5'", [("x.format",), ()]),
    (Property(name="x", type="number", options={"multipleOf": 0.1}), "'0.3', '0.35'", [(), ("x.multipleOf",)]),
    (Property(name="x", type="number", physical_type="decimal(9,2)", options={"multipleOf": 0.25}), "'0.75', '0.70'", [(), ("x.multipleOf",)]),
    (Property(name="x", type="number", options={"minimum": -0.5}), "'-0.5', '-0.6'", [(), ("x.minimum",)]),
    (Property(name="x", type="date", options={"minimum": "2024-01-01"}), "'2024-01-01', '2023-12-31'", [(), ("x.minimum",)]),
    (Property(name="x", type="date", options={"format": "M/d/yyyy", "maximum": "12/31/2024"}), "'12/31/2024', '1/1/2025'", [(), ("x.maximum",)]),
    (Property(name="x", type="timestamp", options={"exclusiveMaximum": "2024-01-01T00:00:00+02:00"}), "'2023-12-31 21:59:59', '2023-12-31 22:00:00'", [(), ("x.exclusiveMaximum",)]),
    (Property(name="x", type="timestamp", options={"minimum": "2024-07-01 00:00:00", "defaultTimezone": "Europe/Berlin"}), "'2024-06-30T22:00:00Z', '2024-06-30T21:59:59Z'", [(), ("x.minimum",)]),
    (Property(name="x", type="time", options={"minimum": "08:00", "maximum": "17:30"}), "'8:00', '17:30', '7:59', '17:30:00.5'", [(), (), ("x.minimum",), ("x.maximum",)]),
    (Property(name="x", type="boolean", enum=(True,)), "'yes', 'no'", [(), ("x.enum",)]),
    (Property(name="x", type="array", options={"minItems": 1, "maxItems": 2}), "'[]', '[1]', '[1,2,3]'", [("x.minItems",), (), ("x.maxItems",)]),
    (Property(name="x", type="array", options={"uniqueItems": True}), "'[1,1]', '[1,2]'", [("x.uniqueItems",), ()]),
    (Property(name="x", type="object", options={"minProperties": 1, "required": ["a"]}), """'{}', '{"b":1}', '{"a":1}'""", [("x.minProperties", "x.a.required"), ("x.a.required",), ()]),
]  # fmt: skip


@pytest.mark.parametrize(("prop", "sql", "wanted"), OPTIONS, ids=lambda v: str(v)[:40] if isinstance(v, str) else "")
def test_options(run, prop, sql, wanted):
    assert why(run, prop, sql, CSV) == wanted


def test_the_reasons_say_what_is_allowed_and_hold_no_value(run):
    prop = Property(name="x", type="integer", options={"minimum": 3}, required=True)
    run(table(prop), "SELECT 'secret' AS x", CSV)
    assert [(r.bit, r.rule, r.column, r.text) for r in run.split.reasons] == [
        (0, "x.required", "x", "a value"),
        (1, "x.type", "x", "integer"),
        (2, "x.minimum", "x", "at least 3"),
    ]


def test_row_checks_see_typed_columns_and_other_tables(run, database):
    database.execute("CREATE OR REPLACE TEMP TABLE known AS SELECT 'a' AS k UNION ALL SELECT NULL")
    there = Relation(files=("k.parquet",))
    checks = (
        RowCheck(rule="even", column="n", condition='"n" % 2 = 1', text="even numbers"),
        RowCheck(
            rule="fk", condition='"k" NOT IN (SELECT k FROM known WHERE k IS NOT NULL)', relations={"known": there}
        ),
    )
    where = table(Property(name="n", type="integer"), Property(name="k"))
    rows = run(where, "SELECT * FROM (VALUES ('2', 'a'), ('3', 'b'), (NULL, NULL)) t(n, k)", CSV, checks)
    assert [r.why for r in rows] == [(), ("even", "fk"), ()]
    assert run.split.relations == {"known": there}


def test_only_a_frozen_contract_is_fatal(run):
    for drift, fatal in (("evolve", False), ("quarantine", False), ("freeze", True)):
        run(table(Property(name="x"), custom={"weft.drift": drift}), "SELECT 'a' AS x")
        assert run.split.fatal is fatal


@pytest.mark.parametrize("count", [1, 30, 40, 100, 300])
def test_a_wide_table_finds_every_bad_row_and_names_the_column(run, count):
    props = [Property(name=f"c{i}", type="integer", required=True, options={"minimum": 0}) for i in range(count)]
    rows = []
    for i in range(0, count, max(count // 3, 1)):
        for value in ("'x'", "NULL", "'-1'"):
            cells = ", ".join(value if j == i else "'1'" for j in range(count))
            rows.append((i, f"({cells})"))
    names = ", ".join(f"c{j}" for j in range(count))
    found = run(table(*props), f"SELECT * FROM (VALUES {', '.join(sql for _, sql in rows)}) t({names})", CSV)
    assert len(run.split.reasons) <= 62
    for (i, _), row in zip(rows, found, strict=True):
        assert len(row.why) == 1
        assert any(part.startswith(f"c{i}.") for part in row.why[0].split(" or "))


def shape(sql):
    return Shape(kind="shape", sql=sql, path="deals.sql", stream="crm.deals")


DEALS = table(
    Property(name="id", type="integer", key=1),
    Property(name="name"),
    Property(name="at", type="date", options={"format": "M/d/yyyy"}),
)
ROWS = """SELECT * FROM (VALUES ('1', 'ann', '1/3/2017', 'Won'), ('x', 'bob', '31/1/2017', 'Lost'),
    ('3', 'eve', '2/1/2017', 'Open')) t(ID, name, "close date", stage)"""


@pytest.mark.parametrize(
    "sql",
    [
        """SELECT id, upper(name) AS name, "close date" AS at FROM crm.deals WHERE stage <> 'Open'""",
        """select d.id, upper(d.name) as name, d."close date" as at -- the day, from the crm
           from crm.deals d where stage is distinct from 'Open';""",
        """FROM crm.deals SELECT id, upper(name) AS name, "close date" AS at WHERE stage <> 'Open'""",
        """SELECT * REPLACE (upper(name) AS name), "close date" AS at FROM crm.deals WHERE deals.stage <> 'Open'""",
        """SELECT * EXCLUDE (name), upper(name) AS name, "close date" AS at FROM crm.deals AS x WHERE x.stage <> 'Open'""",
        """SELECT id, upper(substring(name FROM 1)) AS name, "close date" AS at FROM crm.deals
           WHERE CASE WHEN stage = 'Open' THEN false ELSE true END""",
    ],
)
def test_shape_sql_projects_and_filters_and_keeps_the_source_row(run, sql):
    rows = run(placed(DEALS, shape(sql)), ROWS, CSV)
    assert rows[0].values == {"id": 1, "name": "ANN", "at": __import__("datetime").date(2017, 1, 3)}
    assert rows[0].file == "a.csv"
    assert rows[1].why == ("id.type", "at.type")
    assert json.loads(rows[1].raw) == {"ID": "x", "name": "bob", "close date": "31/1/2017", "stage": "Lost"}
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("expression", "prop", "wanted"),
    [
        ("n * 1.5", Property(name="x", type="number"), 3.0),
        ("n + 1", Property(name="x", type="integer"), 3),
        ("n / 4", Property(name="x", type="integer"), None),
        ("n > 1", Property(name="x", type="boolean"), True),
        ("n > 1", Property(name="x", type="integer"), None),
        ("strptime(d, '%m/%d/%Y')", Property(name="x", type="date", options={"format": "M/d/yyyy"}), (2017, 1, 3)),
        ("strptime(d, '%m/%d/%Y')::DATE", Property(name="x", type="date"), (2017, 1, 3)),
        ("replace(d, '-', '/')", Property(name="x", type="date", options={"format": "M/d/yyyy"}), (2017, 1, 3)),
        ("{'a': n}", Property(name="x", type="object"), '{"a":2}'),
        ("[n, 3]", Property(name="x", type="array", items=Property(name="i", type="integer")), [2, 3]),
        ("{'a': d}", Property(name="x", type="object", properties=(Property(name="a"),)), {"a": "1/3/2017"}),
        ("lower(s)", Property(name="x", type="number"), 1.5),
        ("try_cast(replace(s, ',', '.') AS DOUBLE)", Property(name="x", type="number"), 1.5),
        ("NULL", Property(name="x", type="number"), "null"),
    ],
)  # fmt: skip
def test_a_computed_column_is_read_by_what_it_is(run, comma, expression, prop, wanted):
    sql = f"SELECT {expression} AS x FROM crm.deals"
    (row,) = run(placed(table(prop), shape(sql)), "SELECT 2 AS n, '1/3/2017' AS d, '1,5' AS s", comma)
    if wanted is None:
        assert row.why == ("x.type",)
        return
    assert row.why == ()
    value = row.values["x"]
    assert (value.timetuple()[:3] if isinstance(wanted, tuple) else "null" if value is None else value) == wanted


def test_hidden_columns_and_relations_do_not_collide_with_names_of_the_source(run):
    where = placed(
        table(Property(name="rows"), Property(name="select"), Property(name="t")),
        shape('SELECT "rows", "select", t FROM crm.t'),
    )
    (row,) = run(where, "SELECT 'a' AS rows, 'b' AS \"select\", 'c' AS t", CSV)
    assert row.values == {"rows": "a", "select": "b", "t": "c"}


def test_quoting_holds(run):
    name = """a"b'c"""
    where = table(Property(name="x", physical_name=name, required=True))
    rows = run(where, """SELECT unnest(['v', NULL]) AS "a""b'c" """)
    assert rows[0].values == {"x": "v"}
    assert json.loads(rows[1].raw) == {name: None}


WIDE = table(
    *(
        Property(name=f"c_{kind}_{n}", physical_name="x", type=kind, physical_type=physical, options=options)
        for n, (kind, physical, options) in enumerate(
            [
                ("string", "", {"pattern": "a", "maxLength": 3}),
                ("integer", "", {"minimum": 0}),
                ("number", "", {}),
                ("number", "decimal(12,3)", {}),
                ("boolean", "", {}),
                ("date", "", {}),
                ("date", "", {"format": "dd.MM.yyyy"}),
                ("timestamp", "", {}),
                ("timestamp", "", {"format": "M/d/yyyy H:mm[ XXX]"}),
                ("time", "", {}),
                ("object", "", {}),
                ("array", "", {}),
            ]
        )
    ),
    Property(name="deep", physical_name="x", type="object", properties=(ADDRESS,)),
    Property(name="list", physical_name="x", type="array", items=Property(name="i", type="date")),
)
CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
    st.text("0123456789-+.:/eE TZ_,", max_size=24),
    st.sampled_from(["[1, 2", '{"zip": 1}', '{"address": {"zip": "1"}}', '["2024-01-01"]', "null", "1e999", "0001-01-01"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(CELLS, min_size=1, max_size=20))
def test_no_text_whatever_makes_the_batch_fail(run, database, tmp_path_factory, cells):
    """Over read_csv too: there DuckDB may push the cast into the reader, where it threw once."""
    import csv

    path = tmp_path_factory.mktemp("csv") / "cells.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([["n", "x"], *([str(i), c] for i, c in enumerate(cells))])
    split = contracts.compile(placed(WIDE), (Column(name="x", type="VARCHAR"),), CSV, ())
    source = f"read_csv('{path}', all_varchar=true, header=true, quote='\"', escape='\"', delim=',', auto_detect=false, columns={{'n':'VARCHAR','x':'VARCHAR'}}, filename='_weft_file', nullstr='\1')"
    database.execute(f"CREATE OR REPLACE TEMP VIEW _weft_source AS SELECT * FROM {source}")
    rows = database.execute(f"SELECT _weft_why, _weft_raw FROM ({split.sql})").fetchall()
    assert len(rows) == len(cells)
    assert all((raw is None) == (bits == 0) for bits, raw in rows)
    assert [json.loads(raw)["x"] for bits, raw in rows if bits] == [
        c for c, (bits, _) in zip(cells, rows, strict=True) if bits
    ]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12),
        min_size=1,
        max_size=30,
    )
)
def test_a_number_is_good_exactly_when_nothing_of_it_is_lost(run, numbers):
    where = table(
        Property(name="whole", physical_name="x", type="integer"),
        Property(name="cents", physical_name="x", type="number", physical_type="decimal(18,2)"),
    )
    cells = ", ".join(f"'{n}'" for n in numbers)
    for row, number in zip(run(where, f"SELECT unnest([{cells}]) AS x", CSV), numbers, strict=True):
        assert ("whole.type" in row.why) == (number != int(number))
        assert ("cents.type" in row.why) == (number != round(number, 2))


@pytest.mark.parametrize(
    ("prop", "said"),
    [
        (Property(name="x", options={"pattern": "(?=a)b"}), "look-ahead"),
        (Property(name="x", options={"pattern": r"(a)\1"}), "back-reference"),
        (Property(name="x", options={"pattern": "(a"}), "no regular expression"),
        (Property(name="x", type="date", options={"format": "yyyy-QQ"}), "'QQ'"),
        (Property(name="x", type="date", options={"format": "yyyy-'x"}), "quote"),
        (Property(name="x", type="date", options={"format": "yyyy[-MM"}), "bracket"),
        (Property(name="x", type="date", options={"minimum": "soon"}), "'soon'"),
        (Property(name="x", type="integer", options={"maximum": "ten"}), "'ten'"),
    ],
)
def test_what_cannot_be_compiled_is_invalid_and_says_so(run, prop, said):
    with pytest.raises(Invalid, match=said):
        run(table(prop), "SELECT 'a' AS x", CSV)
    assert [said in p.message for p in contracts.problems(table(prop))] == [True]


def test_a_sound_table_has_no_problems():
    assert contracts.problems(WIDE) == ()
    assert contracts.problems(table(ADDRESS, LINES)) == ()


def test_an_unknown_zone_is_a_problem():
    prop = Property(name="x", type="timestamp", options={"defaultTimezone": "Mars/Base"})
    assert "'Mars/Base'" in contracts.problems(table(prop))[0].message
