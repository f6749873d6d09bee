"""Custom rules of weft's own: freshness, volume, distribution, foreign keys with tolerance; schedules; how many scans."""

from __future__ import annotations

import json
import math
from datetime import timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.quality.judging import NOW, placed
from weft import quality
from weft.model import (
    SLA,
    Column,
    Contract,
    Property,
    Relation,
    Rule,
    Table,
)
from weft.quality import Arrival, Past


def custom(kind, column=None, name="r", **parameters):
    more = {k: parameters.pop(k) for k in ("operator", "threshold", "unit", "severity", "schedule") if k in parameters}
    return Rule(name=name, type="custom", metric=kind, column=column, arguments=parameters, **more)


@pytest.fixture
def database():
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def judged(database, rows, table, past, others=()):
    """Findings by rule; `rows` and the relations (their only file) are SQL."""
    database.execute(f'CREATE OR REPLACE TEMP TABLE "rows" AS {rows}')
    plan = quality.compile(table, {n: Relation(files=(s,)) for n, s in dict(others).items()}, past)
    answers = []
    for step in plan.steps:
        for name, relation in step.relations.items():
            database.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {relation.files[0]}')
        answers.append(database.sql(step.sql).to_arrow_table().to_pylist())
    return {f.rule: f for f in quality.judge(plan, answers)}


STAMPS = "SELECT unnest([TIMESTAMPTZ '2026-11-22 06:00:00+00', TIMESTAMPTZ '2026-11-20 00:00:00+00']) AS at"


@pytest.mark.parametrize(
    ("within", "passed"),
    [("6h", True), ("7h", True), ("359m", False), ("1d", True), ("5 hours", False), ("0.25", True), ("0.2", False)],
)
def test_freshness_is_the_age_of_the_newest_row(database, within, passed):
    found = judged(database, STAMPS, placed(custom("Freshness", "at", within=within)), Past(now=NOW))["r"]
    assert (found.found, found.passed) == (6.0, passed)


def test_freshness_takes_the_promise_of_the_contract(database):
    levels = (
        SLA(property="frequency", value=1, unit="d"),
        SLA(property="latency", value=4, unit="h", element="deals.at"),
    )
    found = judged(
        database,
        STAMPS,
        placed(custom("Freshness", "at"), sla=levels),
        Past(now=NOW, contract=Contract(id="c", sla=levels)),
    )["r"]
    assert found.text == "r on at: found 6 hours, allowed: at most 4 hours"
    assert not found.passed
    own = placed(custom("Freshness", "at", operator="mustBeLessThan", threshold=7), sla=levels)
    assert judged(database, STAMPS, own, Past(now=NOW, contract=own.contract))["r"].passed


def test_freshness_of_a_date_and_of_nothing(database):
    table = placed(custom("Freshness", "day", within="12h"))
    assert judged(database, "SELECT DATE '2026-11-22' AS day", table, Past(now=NOW))["r"].found == 12
    nothing = judged(database, "SELECT NULL::DATE AS day", table, Past(now=NOW))["r"]
    assert (nothing.passed, nothing.found) == (False, None)


WRONG = [
    (custom("Freshness", "grp", within="1h"), "allowed are timestamp, date"),
    (custom("Freshness", "at", within="soon"), "allowed are such as 90m, 24h, 7d"),
    (custom("Freshness", "at"), "promise no freshness"),
    (custom("Distribution", "address"), "stands on a object"),
    (custom("Volume", least=1), "least"),
    (custom("ForeignKey", "grp", references="a.b.c.d", tolerance=-1), "tolerance"),
    (Rule(name="r", metric="nullValues", column="address.street"), "does not have"),
]


@pytest.mark.parametrize(("rule", "said"), WRONG, ids=[w[1][:25] for w in WRONG])
def test_what_cannot_be_judged_is_a_problem(rule, said):
    table = placed(rule)
    (problem,) = quality.problems(table.table, table.contract)
    assert (problem.severity, said in problem.message) == ("error", True), problem.message


REFERENCED = {"sales.catalog.groups": "SELECT 'a' AS code"}
ORPHANS = "SELECT unnest(['a', 'b', 'c', NULL]) AS grp"


@pytest.mark.parametrize(
    ("tolerance", "unit", "passed"), [(0, "rows", False), (1, "rows", False), (2, "rows", True), (50, "percent", True)]
)
def test_a_foreign_key_tolerates_so_many(database, tolerance, unit, passed):
    rule = custom("ForeignKey", "grp", references="sales.catalog.groups.code", tolerance=tolerance, unit=unit)
    found = judged(database, ORPHANS, placed(rule), Past(), REFERENCED)["r"]
    assert (found.found, found.passed) == (50 if unit == "percent" else 2, passed)


def test_a_tolerant_foreign_key_quarantines_no_row():
    relations = {"sales.catalog.groups": Relation()}
    strict = custom("ForeignKey", "grp", references="sales.catalog.groups.code", perRow=True)
    tolerant = custom("ForeignKey", "grp", references="sales.catalog.groups.code", perRow=True, tolerance=1)
    assert len(quality.row_checks(placed(strict).table, relations)) == 1
    assert quality.row_checks(placed(tolerant).table, relations) == ()
    assert len(quality.compile(placed(tolerant), relations).measures) == 1


def arrivals(*rows, hours=24, start=NOW - timedelta(days=40)):
    return tuple(Arrival(f"r{n}", start + timedelta(hours=hours * n), count) for n, count in enumerate(rows))


@pytest.mark.parametrize(
    ("rows", "passed"),
    [
        ((100, 101, 99, 100, 102, 98, 100, 100), True),
        ((100, 101, 99, 100, 102, 98, 100, 10), False),
        ((100, 101, 99, 100, 102, 98, 100, 1000), False),
        ((100, 100, 100, 100, 100, 100, 100, 110), True),  # no spread: a tenth of the median is one unit
        ((100, 100, 100, 100, 100, 100, 100, 150), False),
        ((50_000, 100, 101, 99, 100, 102, 98, 100), True),  # the first load is an outlier, the median is not moved
        ((100, 101, 99, 10), True),  # learning
    ],
)
def test_volume_against_the_rhythm_of_the_source(database, rows, passed):
    found = judged(database, STAMPS, placed(custom("Volume")), Past(now=NOW, arrivals=arrivals(*rows)))["r"]
    assert found.passed is passed
    if len(rows) < 8:
        assert found.text.endswith("(learning, 3 of 7 earlier numbers are known)")


def test_the_score_is_that_of_iglewicz_and_hoaglin(database):
    past = (100, 101, 99, 100, 102, 98, 100)  # median 100, median distance 1
    found = judged(database, STAMPS, placed(custom("Volume")), Past(now=NOW, arrivals=arrivals(*past, 104)))["r"]
    assert found.found == pytest.approx(0.6745 * 4)
    assert found.text.endswith("(104 rows came, the median is 100)")


def test_batches_of_one_run_are_one_number_and_days_without_rows_count(database):
    twice = tuple(Arrival(f"r{n // 2}", NOW - timedelta(days=20 - n), 50) for n in range(18))
    found = judged(database, STAMPS, placed(custom("Volume", per="run")), Past(now=NOW, arrivals=twice))["r"]
    assert found.text.endswith("(100 rows came, the median is 100)")
    daily = arrivals(*[100] * 9, start=NOW - timedelta(days=10))  # the last of them came two days ago
    found = judged(database, STAMPS, placed(custom("Volume", per="day")), Past(now=NOW, arrivals=daily))["r"]
    assert (found.passed, found.text.endswith("(0 rows came, the median is 100)")) == (False, True)
    weekends = arrivals(*([10] * 5 + [0] * 2) * 5, start=NOW - timedelta(days=35))
    weekly = placed(custom("Volume", per="day", weekly=True, least=3))
    assert judged(database, STAMPS, weekly, Past(now=NOW, arrivals=weekends))["r"].passed


def before(sql, *columns):
    return Past(now=NOW, before=Relation(files=(sql,), columns=tuple(Column(name=c, type="VARCHAR") for c in columns)))


@pytest.mark.parametrize(
    ("column", "old", "new", "passed"),
    [
        ("num", "SELECT range::DOUBLE AS num FROM range(1000)", "SELECT range::DOUBLE AS num FROM range(1000)", True),
        ("num", "SELECT range::DOUBLE AS num FROM range(1000)", "SELECT range * 1.02 AS num FROM range(1000)", True),
        ("num", "SELECT range::DOUBLE AS num FROM range(1000)", "SELECT range / 100.0 AS num FROM range(1000)", False),
        ("num", "SELECT range::DOUBLE AS num FROM range(9)", "SELECT NULL::DOUBLE AS num FROM range(9)", False),
        ("grp", "SELECT unnest(['a', 'b']) AS grp", "SELECT unnest(['a', 'b', 'a', 'b']) AS grp", True),
        ("grp", "SELECT unnest(['a', 'b']) AS grp", "SELECT unnest(['a', 'a', 'a', 'c']) AS grp", False),
        (
            "day",
            "SELECT DATE '2026-01-01' + range::INT AS day FROM range(99)",
            "SELECT DATE '2027-01-01' AS day",
            False,
        ),
        ("ok", "SELECT unnest([true, false]) AS ok", "SELECT true AS ok", False),
        ("num", "SELECT 1.0 AS num WHERE false", "SELECT 1.0 AS num", False),
        ("num", "SELECT 1.0 AS num", "SELECT 1.0 AS num WHERE false", False),
        ("num", "SELECT 1.0 AS num WHERE false", "SELECT 1.0 AS num WHERE false", True),
    ],
)
def test_a_distribution_that_shifts_is_found(database, column, old, new, passed):
    found = judged(database, new, placed(custom("Distribution", column)), before(old, column))["r"]
    assert found.passed is passed, found.text
    assert 0 <= found.found <= 1


def test_the_distance_is_that_of_jensen_and_shannon(database):
    old, new = "SELECT unnest(['a', 'b']) AS grp", "SELECT unnest(['a', 'a', 'b', 'c']) AS grp"
    found = judged(database, new, placed(custom("Distribution", "grp")), before(old, "grp"))["r"]
    p, q = (0.5, 0.5, 0.0), (0.5, 0.25, 0.25)  # a, b, the rest
    m = [(x + y) / 2 for x, y in zip(p, q, strict=True)]
    kl = [sum(x * math.log2(x / y) for x, y in zip(s, m, strict=True) if x) for s in (p, q)]
    assert found.found == pytest.approx(math.sqrt(sum(kl) / 2), abs=1e-6)


def test_a_distribution_without_a_published_version_passes(database):
    found = judged(database, "SELECT 1.0 AS num", placed(custom("Distribution", "num")), Past(now=NOW))["r"]
    assert (found.passed, found.text.endswith("(nothing is published yet to compare with)")) == (True, True)
    added = judged(
        database, "SELECT 1.0 AS num", placed(custom("Distribution", "num")), before("SELECT 1 AS id", "id")
    )["r"]
    assert added.text.endswith("(the published version does not have the column)")


def test_a_field_of_an_object_has_rules_too(database):
    rule = Rule(name="r", metric="nullValues", column="address.city")
    rows = "SELECT unnest([{'city': 'Ulm'}, {'city': NULL}, NULL]) AS address"
    assert judged(database, rows, placed(rule), Past())["r"].found == 2


def test_rules_on_elements_of_lists_are_told_not_to_run():
    element = Property(name="item", quality=(Rule(name="e", metric="nullValues", column="item"),))
    table = Table(name="t", properties=(Property(name="l", type="array", items=element),))
    (problem,) = quality.problems(table)
    assert (problem.severity, "which weft does not judge" in problem.message) == ("warning", True)
    assert table.rules == ()


MANY = [
    *[Rule(name=f"n{c}", metric="nullValues", column=c) for c in ("id", "grp", "num")],
    Rule(name="range", metric="invalidValues", column="num", arguments={"validMin": 0}),
    Rule(name="rows", metric="rowCount", operator="mustBeGreaterThan", threshold=0),
    Rule(name="dup", metric="duplicateValues", column="grp"),
    Rule(name="dups", metric="duplicateValues", arguments={"properties": ["grp", "id"]}),
    Rule(name="dups2", metric="duplicateValues", arguments={"properties": ["id", "grp"]}, unit="percent"),
    custom("ForeignKey", "grp", name="fk1", references="sales.catalog.groups.code"),
    custom("ForeignKey", "id", name="fk2", references="sales.catalog.ids.id", tolerance=9, unit="percent"),
    custom("Freshness", "at", name="fresh", within="1d"),
    custom("Volume", name="volume"),
]


def scans(database, sql):
    """How often the table's own rows are read."""
    (_, plan), *_ = database.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()

    def count(node):
        own = str(node.get("extra_info", {}).get("Table", "")).split(".")[-1].strip('"') == "rows"
        return int(own and "SCAN" in node["name"]) + sum(map(count, node["children"]))

    return sum(count(node) for node in json.loads(plan))


def test_twelve_rules_and_two_unique_columns_are_two_scans(database):
    database.execute("CREATE TEMP TABLE \"rows\" AS SELECT 1 AS id, 'a' AS grp, 1.0 AS num, now() AS at FROM range(10)")
    for name in ("groups", "ids"):
        database.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT 'a' AS code, 1 AS id")
    others = {f"sales.catalog.{n}": Relation(files=(f"SELECT * FROM {n}",)) for n in ("groups", "ids")}
    plan = quality.compile(placed(*MANY, unique=("id", "num")), others, Past(now=NOW))
    assert len(plan.measures) == 14
    found = []
    for step in plan.steps:
        for name, relation in step.relations.items():
            database.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {relation.files[0]}')
        found.append(scans(database, step.sql))
    assert found == [1, 1], "one scan, and one pass for uniqueness"
    assert scans(database, 'SELECT 1 FROM "rows" AS a, "rows" AS b') == 2, "the count counts"


cells = st.lists(
    st.tuples(st.sampled_from([None, 1, 2]), st.sampled_from([None, "a", "b"]), st.sampled_from([None, 0.0, 1.0])),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(cells)
def test_one_pass_counts_the_doubles_of_every_combination(rows):
    sets = [("id",), ("grp",), ("num",), ("id", "grp"), ("grp", "id"), ("num", "id", "grp"), ("grp", "num")]
    rules = [
        Rule(
            name="+".join(s),
            metric="duplicateValues",
            arguments={"properties": list(s)},
            operator="mustBe",
            threshold=0,
        )
        for s in sets
    ]
    plan = quality.compile(placed(*rules), {})
    assert len(plan.steps) == 1
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE "rows" (id BIGINT, grp VARCHAR, num DOUBLE)')
        if rows:
            connection.executemany('INSERT INTO "rows" VALUES (?, ?, ?)', rows)
        answers = [connection.sql(plan.steps[0].sql).to_arrow_table().to_pylist()]
    place = {"id": 0, "grp": 1, "num": 2}
    for names, finding in zip(sets, quality.judge(plan, answers), strict=True):
        there = [tuple(row[place[n]] for n in names) for row in rows]
        there = [row for row in there if None not in row]
        assert finding.found == len(there) - len(set(there)), names
