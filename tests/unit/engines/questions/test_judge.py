"""What a statement names, and what is refused before anything is bound."""

from __future__ import annotations

import threading
from contextlib import suppress

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.engines.duck.functions import ALLOWED, LEFT_OUT, TABLES, why_not
from weft.engines.duck.judge import inspect
from weft.errors import Invalid

NAMED = {
    "SELECT 1": ({}, ()),
    "SELECT count(*) FROM a.b.c": ({"a.b.c": 1}, ()),
    'SELECT x FROM A.B.C, "a".b."C" d': ({"a.b.c": 2}, ("x",)),
    'SELECT x FROM a.b."c@1"': ({"a.b.c@1": 1}, ("x",)),
    "SELECT c.x + y AS z FROM a.b.c WHERE w.v > 1 GROUP BY ALL": ({"a.b.c": 1}, ("c", "v", "w", "x", "y")),
    "SELECT x.lower(), y FROM a.b.c": ({"a.b.c": 1}, ("x", "y")),
    "SELECT x FROM a.b.c JOIN a.b.d USING (k)": ({"a.b.c": 1, "a.b.d": 1}, ("k", "x")),
    "SELECT x FROM a.b.c NATURAL JOIN a.b.d": ({"a.b.c": 1, "a.b.d": 1}, None),
    "SELECT c FROM a.b.c": ({"a.b.c": 1}, None),
    "SELECT k FROM a.b.c k": ({"a.b.c": 1}, None),
    "SELECT to_json(k), k.x FROM a.b.c k": ({"a.b.c": 1}, None),
    "SELECT k.to_json() FROM a.b.c k": ({"a.b.c": 1}, None),
    "SELECT b.c FROM a.b.c": ({"a.b.c": 1}, None),
    "FROM a.b.c": ({"a.b.c": 1}, None),
    "SELECT x FROM a.b.c t(x, y)": ({"a.b.c": 1}, None),
    "SELECT COLUMNS('x') FROM a.b.c": ({"a.b.c": 1}, None),
    "SELECT #1, x FROM a.b.c": ({"a.b.c": 1}, None),
    "SELECT x FROM a.b.c WHERE y IN (SELECT y FROM a.b.d)": ({"a.b.c": 1, "a.b.d": 2}, ("x", "y")),
    "WITH t AS (SELECT x FROM a.b.c) SELECT x FROM t, t u": ({"a.b.c": 2}, ("x",)),
    "WITH t AS (SELECT x FROM a.b.c), u AS (FROM t, t v) SELECT 1 FROM u, u w": ({"a.b.c": 4}, None),
    "WITH t AS (SELECT x FROM a.b.c) SELECT 1": ({"a.b.c": 1}, ("x",)),
    "WITH RECURSIVE r AS (SELECT x FROM a.b.c UNION SELECT x FROM r) SELECT x FROM r": ({"a.b.c": 2}, ("x",)),
    "SELECT x FROM (WITH s AS (SELECT x FROM a.b.c) SELECT x FROM s) q, s": ({"a.b.c": 1, "s": 1}, ("x",)),
    "WITH t AS (SELECT x FROM t) SELECT x FROM t": ({"t": 1}, ("x",)),
    "SELECT x FROM crm.deals": ({"crm.deals": 1}, ("x",)),
    "SELECT x FROM a.b.c UNION BY NAME SELECT y FROM a.b.d": ({"a.b.c": 1, "a.b.d": 1}, ("x", "y")),
    "SELECT sum(x) OVER (PARTITION BY y ORDER BY z) FROM a.b.c": ({"a.b.c": 1}, ("x", "y", "z")),
    "SELECT x FROM a.b.c ORDER BY y LIMIT (SELECT max(z) FROM a.b.d)": ({"a.b.c": 1, "a.b.d": 2}, ("x", "y", "z")),
    "SELECT x FROM a.b.c, LATERAL (SELECT y FROM a.b.d WHERE z) l": ({"a.b.c": 1, "a.b.d": 1}, ("x", "y", "z")),
    "SELECT 1 FROM a.b.c PIVOT (sum(x) FOR y IN (1))": ({"a.b.c": 1}, None),
}  # fmt: skip


@pytest.mark.parametrize("sql", NAMED)
def test_names(sql: str) -> None:
    found = inspect(sql)
    assert (found.counts, found.columns) == NAMED[sql]
    assert found.tables == tuple(found.counts)


SAID = {
    "": "The statement is empty.",
    "DELETE FROM a.b.c": "Found DELETE.",
    "SELECT 1; SELECT 2; SELECT 3": "Found 3 statements.",
    "DESCRIBE a.b.c": "The statement holds DESCRIBE, SHOW or SUMMARIZE, which is not allowed.",
    "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) FROM x": "The statement holds INSERT, which is not allowed.",
    "SELECT\n  1 +\nFROM": 'The statement cannot be parsed: syntax error at or near "FROM" (line 3, column 1: "FROM")',
    "FROM read_csv('x')": "The statement calls the table function 'read_csv', which is not allowed: it reads files or addresses.",
    "SELECT stats(x) FROM a.b.c": "The statement calls the function 'stats', which is not allowed: it shows statistics or the "
    "layout of files, which know rows that a filter hides.",
    "SELECT coutn(x) FROM a.b.c": "The statement calls the function 'coutn', which is not allowed.",
    "FROM 'x.csv'": "The statement reads 'x.csv', which is not the name of a table; files are not read.",
    "SELECT 1::geometry": "The statement names the type 'GEOMETRY', which is not allowed.",
    "PIVOT a.b.c ON x": "PIVOT without the list of its values is not allowed.",
    "SELECT ?": "The statement has a parameter (? or $1), but values are not handed over.",
    "SELECT 'a": 'The statement cannot be parsed: unterminated string literal (line 1, column 8: "SELECT \'a")',
}


@pytest.mark.parametrize("sql", SAID)
def test_what_is_said(sql: str) -> None:
    with pytest.raises(Invalid) as caught:
        inspect(sql)
    assert caught.value.message == SAID[sql]


def test_a_slip_of_the_pen_is_shown_the_nearest_names() -> None:
    with pytest.raises(Invalid) as caught:
        inspect("SELECT coutn(x) FROM a.b.c")
    assert caught.value.hint == "Allowed and near are count, cot, countif."


def catalogue() -> tuple[set[str], set[str]]:
    """Names that may stand in an expression, and those that may not."""
    with duckdb.connect() as con:
        rows = con.execute("SELECT DISTINCT lower(function_name), function_type FROM duckdb_functions()").fetchall()
    tables = {name for name, kind in rows if kind in {"table", "table_macro", "pragma"}}
    return {name for name, kind in rows if kind not in {"table", "table_macro", "pragma"}}, tables


def test_every_function_of_duckdb_is_decided() -> None:
    values, tables = catalogue()
    assert sorted(name for name in values - ALLOWED if not why_not(name)) == []
    assert sorted(name for name in tables - TABLES if not why_not(name)) == []


def test_every_allowed_function_exists_and_no_family_names_it() -> None:
    values, tables = catalogue()
    assert sorted(ALLOWED - values - {"unnest"}) == []
    assert sorted(TABLES - tables) == []
    both = {"histogram", "repeat"}  # fine as values, refused as tables
    assert {name for name in ALLOWED | TABLES if why_not(name)} == both


def test_every_family_leaves_something_out() -> None:
    values, tables = catalogue()
    left = {why_not(name) for name in (values - ALLOWED) | (tables - TABLES)}
    assert left == set(LEFT_OUT)


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_what_is_left_out_is_refused(name: str) -> None:
    values, tables = catalogue()
    for function in (n for n in values - ALLOWED if why_not(n) == name and n.isidentifier()):
        with pytest.raises(Invalid):
            inspect(f'SELECT "{function}"(1)')
    for function in (n for n in tables - TABLES if why_not(n) == name):
        with pytest.raises(Invalid):
            inspect(f'FROM "{function}"(1)')


WORDS = (
    "SELECT FROM WHERE WITH AS ( ) , * a a.b.c 'x' 1 UNION JOIN ON x = count INSERT INTO VALUES RETURNING DELETE "
    "query read_csv ; [ ] { } lambda : CASE WHEN THEN END OVER PIVOT FOR IN USING SAMPLE $1 RECURSIVE"
)
words = st.sampled_from(WORDS.split())


@given(st.lists(words, max_size=25).map(" ".join) | st.text(max_size=60))
def test_any_text_is_judged_or_refused(sql: str) -> None:
    with suppress(Invalid):
        found = inspect(sql)
        assert set(found.tables) == set(found.counts)


def test_threads_may_judge_at_once() -> None:
    wrong: list[object] = []

    def many(n: int) -> None:
        wrong.extend(t for _ in range(30) if (t := inspect(f"SELECT x FROM a.b.c{n}").tables) != (f"a.b.c{n}",))

    threads = [threading.Thread(target=many, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_small_stack_is_enough() -> None:
    """Threads of other systems have 512 kB."""
    said: list[str] = []

    def deep() -> None:
        for sql in ("SELECT 1 FROM t" + ",t" * 9_900, "SELECT " + "(" * 199 + "1" + ")" * 199, "a" + " b" * 9_000):
            try:
                said.append(str(inspect(sql).tables))
            except Invalid as error:
                said.append(error.message[:20])

    size = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=deep)
        thread.start()
    finally:
        threading.stack_size(size)
    thread.join()
    assert said == ["The statement is nes", "()", "The statement cannot"]
