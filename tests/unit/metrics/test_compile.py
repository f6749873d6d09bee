"""Metrics compiled and run in DuckDB, beside SQL written by hand and the algebra that must hold."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft import metrics
from weft.engines.duck.judge import inspect
from weft.errors import Invalid
from weft.model import GRAINS, Metric

TODAY = date(2026, 8, 15)
T = "d.p.t"
# Columns are named as those of the answer, which must not get in their way.
COLUMNS = "day DATE, part VARCHAR, dimension VARCHAR, value INTEGER, rows INTEGER, period VARCHAR, seen DATE"
KNOWN = {
    m.name: m
    for m in (
        Metric(name="sum", table=T, expression="sum(value)", time="day", grain="day", dimensions=("part", "dimension")),
        Metric(
            name="rate",
            type="ratio",
            table=T,
            numerator="100 * sum(value)",
            denominator="sum(rows)",
            where="period <> 'x' -- a comment",
            time="day",
            grain="month",
            dimensions=("part",),
        ),
        Metric(name="kinds", table=T, expression="count(DISTINCT value)", time="day", dimensions=("part",)),
        Metric(name="stock", type="as_of", table=T, expression="sum(value)", time="day", dimensions=("part",)),
        Metric(
            name="first",
            type="as_of",
            table=T,
            expression="sum(value)",
            snapshot="seen",
            time="day",
            seen="start",
            grain="month",
        ),
        Metric(name="dear", type="as_of", table=T, expression="sum(value)", where="value > 4", time="day"),
        Metric(name="last", type="as_of", table=T, expression="sum(value)", snapshot="seen", time="day", grain="month"),
        Metric(
            name="both",
            type="derived",
            inputs={"a": "rate", "b": "sum"},
            expression="a + coalesce(b, 0)",
            grain="month",
            dimensions=("part",),
        ),
        Metric(name="deeper", type="derived", inputs={"x": "both"}, expression="2 * x", grain="quarter"),
    )
}


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH ':memory:' AS d; CREATE SCHEMA d.p; CREATE TABLE {T} ({COLUMNS})")
        yield connection


def fill(con, rows):
    """Rows are (day, part, value, rows); what else there is follows from them."""
    con.execute(f"DELETE FROM {T}")
    if rows:
        con.executemany(
            f"INSERT INTO {T} VALUES (?, ?, 'e', ?, ?, ?, ?)",
            [(d, p, v, n, "x" if v == 7 else "y", d) for d, p, v, n in rows],
        )


def answer(con, name, grain=None, by=(), **more):
    sql = metrics.compile(KNOWN[name], KNOWN, metrics.Wanted(**{"today": TODAY, "grain": grain, "by": by} | more))
    inspect(sql)
    return con.sql(sql).fetchall()


def whole(con, name, grain=None, **more):
    return {row[0]: row[3] for row in answer(con, name, grain, **more) if row[1] == ""}


def by_hand(con, sql):
    return {row[0]: None if row[1] is None else float(row[1]) for row in con.sql(sql).fetchall()}


DAYS = st.dates(date(2026, 5, 25), date(2026, 8, 20))
PARTS = st.sampled_from(["a", "b", None])
ROWS = st.lists(st.tuples(DAYS, PARTS, st.integers(-9, 9), st.integers(0, 9)), max_size=25)
SOME = [
    (date(2026, 6, 1), "a", 3, 2),
    (date(2026, 6, 30), None, 5, 0),
    (date(2026, 7, 1), "a", 7, 9),
    (date(2026, 7, 2), "b", 1, 4),
    (date(2026, 8, 15), "b", 9, 3),
    (date(2026, 8, 16), "b", 4, 3),
]


def test_as_one_would_write_it(con):
    fill(con, SOME)
    month, upto = "date_trunc('month', day)::DATE", "day <= DATE '2026-08-15'"
    assert whole(con, "sum", "month") == by_hand(con, f"SELECT {month}, sum(value) FROM {T} WHERE {upto} GROUP BY 1")
    rate = f"SELECT {month}, 100 * sum(value) / nullif(sum(rows), 0) FROM {T} WHERE {upto} AND period <> 'x' GROUP BY 1"
    assert whole(con, "rate", "month") == by_hand(con, rate)
    assert [row[1] for row in answer(con, "sum", "month", ("part",))][:4] == ["", "", "", "part"], "wholes come first"
    found = {row[2]: row[3:7] for row in answer(con, "rate", by=("part",)) if row[1]}
    assert found == {"a": (150.0, 300.0, 2.0, 1), "b": (1000 / 7, 1000.0, 7.0, 2), None: (None, 500.0, 0.0, 1)}
    both = whole(con, "both", "month")
    assert both == {date(2026, 6, 1): 408.0, date(2026, 7, 1): 33.0, date(2026, 8, 1): 309.0}
    assert whole(con, "deeper", "quarter") == {
        date(2026, 4, 1): 816.0,
        date(2026, 7, 1): 2 * (100 * 10 / 7 + 17),
    }
    assert whole(con, "sum", "month", since=date(2026, 7, 2), until=date(2026, 8, 1)) == {date(2026, 7, 1): 1.0}


def test_snapshots_are_picked_and_never_summed(con):
    fill(con, SOME)
    assert whole(con, "stock", "month") == {date(2026, 6, 1): 5.0, date(2026, 7, 1): 1.0, date(2026, 8, 1): 9.0}
    assert whole(con, "stock") == {None: 9.0}
    assert whole(con, "dear", "month") == {date(2026, 6, 1): 5.0, date(2026, 8, 1): 9.0}, "no older day comes back"
    assert whole(con, "stock", until=date(2026, 7, 2)) == {None: 7.0}
    seen = {row[0]: row[7] for row in answer(con, "stock", "week") if not row[1]}
    assert seen[date(2026, 7, 27)] == date(2026, 7, 2), "a week without a snapshot shows the one before"
    # what a month was about, as seen on its first and on its last day
    con.execute(f"DELETE FROM {T}")
    rows = [("2026-07-01", 5, "2026-06-28"), ("2026-07-01", 6, "2026-07-01"), ("2026-07-09", 8, "2026-07-20"),
            ("2026-08-01", 2, "2026-07-20"), ("2026-08-02", 3, "2026-08-10"), ("2026-08-02", 4, "2026-08-20")]  # fmt: skip
    con.executemany(f"INSERT INTO {T} (day, value, seen) VALUES (?, ?, ?)", rows)
    assert whole(con, "first", "month") == {date(2026, 7, 1): 6.0, date(2026, 8, 1): 2.0}
    assert whole(con, "last", "month") == {date(2026, 7, 1): 8.0, date(2026, 8, 1): 3.0}


@settings(max_examples=12, deadline=None)
@given(rows=ROWS)
def test_parts_of_what_adds_up_sum_to_the_whole(con, rows):
    fill(con, rows)
    found = answer(con, "sum", "month", ("part", "dimension"))
    for name in ("part", "dimension"):
        sums = {}
        for row in found:
            if row[1] == name:
                sums[row[0]] = sums.get(row[0], 0) + row[3]
        assert sums == {row[0]: row[3] for row in found if row[1] == ""}
    days = whole(con, "sum", "day")
    for grain in GRAINS:
        sums = {}
        for day, value in days.items():
            sums[metrics.start(grain, day)] = sums.get(metrics.start(grain, day), 0) + value
        assert sums == whole(con, "sum", grain)


@settings(max_examples=12, deadline=None)
@given(rows=ROWS)
def test_a_ratio_does_not_change_when_rows_are_split(con, rows):
    rows = [row for row in rows if row[2] != 7]
    fill(con, [(d, p, 2 * v, 2 * n) for d, p, v, n in rows])
    once = {row[:3]: row[3] for row in answer(con, "rate", "month", ("part",))}
    fill(con, [*rows, *rows])
    assert once == {row[:3]: row[3] for row in answer(con, "rate", "month", ("part",))}


@settings(max_examples=12, deadline=None)
@given(rows=ROWS)
def test_what_does_not_add_up_is_counted_anew(con, rows):
    fill(con, rows)
    for row in answer(con, "kinds", "quarter", ("part",)):
        inside = [r for r in rows if metrics.start("quarter", r[0]) == row[0] and r[0] <= TODAY]
        inside = [r for r in inside if not row[1] or r[1] == row[2]]
        assert row[3] == len({r[2] for r in inside})


@settings(max_examples=12, deadline=None)
@given(rows=ROWS, later=ROWS)
def test_later_snapshots_change_nothing_before_them(con, rows, later):
    fill(con, rows)
    before = whole(con, "stock", "week")
    edge = max((r[0] for r in rows if r[0] <= TODAY), default=None)
    fill(con, rows + [(max(d, edge + timedelta(days=1)), p, v, n) for d, p, v, n in later] if edge else rows)
    after = whole(con, "stock", "week")
    closed = {week: value for week, value in before.items() if edge and week + timedelta(days=7) <= edge}
    assert {week: after[week] for week in closed} == closed
    newest = whole(con, "stock")[None]
    assert all(found[max(found)] == newest for grain in GRAINS if (found := whole(con, "stock", grain)))


def test_what_is_not_there_is_refused():
    for name, wanted, says in (
        ("rate", {"grain": "day"}, "is not told by day"),
        ("first", {"grain": "year"}, "is not told by year"),
        ("rate", {"by": ("rows",)}, "has no dimension 'rows'"),
        ("deeper", {"grain": "month"}, "is not told by month"),
        ("both", {"grain": "month", "by": ("dimension",)}, "has no dimension 'dimension'"),
    ):
        with pytest.raises(Invalid, match=says):
            metrics.compile(KNOWN[name], KNOWN, metrics.Wanted(today=TODAY, **wanted))


@settings(max_examples=30, deadline=None)
@given(day=st.dates(date(1990, 1, 1), date(2050, 1, 1)), n=st.integers(-40, 40), grain=st.sampled_from(GRAINS))
def test_periods_follow_each_other(con, day, n, grain):
    first = metrics.start(grain, day)
    assert first <= day < metrics.shift(grain, first, 1)
    assert metrics.steps(grain, first, metrics.shift(grain, first, n)) == n
    assert metrics.start(grain, metrics.shift(grain, first, n)) == metrics.shift(grain, first, n)
    assert con.execute(f"SELECT date_trunc('{grain}', ?)::DATE", [day]).fetchone() == (first,)


ADDS = ["sum(a)", "100 * sum(a) / 3", "sum(a) - count(*) FILTER (WHERE b)", "coalesce(sum(a), 0)", "-(sum(a))"]
NOT = ["count(DISTINCT a)", "avg(a)", "sum(a) / sum(b)", "coalesce(sum(a), 1)", "sum(a) * sum(b)", "median(a)", "sum(DISTINCT a)", "sum(a) + 1"]  # fmt: skip


def test_what_adds_up():
    assert [text for text in ADDS if not metrics.adds_up(text)] == []
    assert [text for text in NOT if metrics.adds_up(text)] == []
