"""Attacks on the gateway, Q-01 to Q-15 of the trust catalogue."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from unit.engines.questions.conftest import HIDDEN, Asker
from unit.engines.questions.forms import FORMS
from weft.errors import Invalid, Unavailable, WeftError

if TYPE_CHECKING:
    from pathlib import Path

    from weft.engines.duck.gateway import Gateway


def outcome(asker: Asker, sql: str) -> Any:
    """Schema and rows, or class and text of the error; never anything that is hidden."""
    try:
        table = asker(sql)
    except WeftError as error:
        told: Any = (type(error).__name__, str(error))
    else:
        told = (table.schema, table.to_pylist())
    own = [text for text in HIDDEN if text in sql]
    assert [text for text in HIDDEN if text not in own and text in str(told)] == []
    return told


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", ["attacker", "streamed"])
def test_answers_are_those_over_a_masked_copy(
    form: str, way: str, oracle: Asker, request: pytest.FixtureRequest
) -> None:
    sql = FORMS[form].format(t="sales.crm.people", u="sales.crm.orders")
    assert outcome(request.getfixturevalue(way), sql) == outcome(oracle, sql)


def test_most_forms_are_answered(oracle: Asker) -> None:
    """Else the comparison would compare refusals only."""
    refused = {
        form for form, sql in FORMS.items() if outcome(oracle, sql.format(t="sales.crm.people", u="sales.crm.orders"))[0]
        in {"Invalid", "Unavailable"}
    }  # fmt: skip
    assert len(FORMS) - len(refused) > 55, refused
    assert {"describe", "summarize", "show", "explain", "stats", "views", "error", "time travel"} <= refused


def test_the_filter_and_the_masks_are_there(attacker: Asker, streamed: Asker) -> None:
    for asker in (attacker, streamed):
        rows = asker("SELECT id, email, name, born FROM sales.crm.people ORDER BY id").to_pylist()
        assert len(rows) == 100
        assert re.fullmatch("[0-9a-f]{64}", rows[1]["email"])
        assert rows[1]["name"] is None
        assert str(rows[1]["born"]) == "1980-01-01"


HIDDEN_SQL = {
    "query": "FROM query('SELECT 42')",
    "query_table": "FROM query_table('sales.crm.people')",
    "serialized": "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 42'))",
    "serialize": "SELECT json_serialize_plan('FROM sales.crm.people')",
    "histogram macro": "FROM histogram(sales.crm.people, id)",
    "setting": "SELECT current_setting('allowed_paths')",
    "variable": "SELECT getvariable('x')",
    "two": "SELECT 1; SELECT 2",
    "two in comment": "SELECT 1 /* ; */ ; -- \n SELECT 2",
    "prepare": "PREPARE x AS SELECT 1",
    "execute": "EXECUTE x",
    "parameter": "SELECT ?",
    "named parameter": "SELECT $people",
    "nested comment": "SELECT 1 /* /* */ FROM duckdb_views() */ FROM duckdb_settings()",
    "qualified": "FROM system.main.duckdb_settings()",
    "quoted function": 'FROM "duckdb_settings"()',
    "case of function": "FROM DuckDB_Settings()",
    "dollar quotes": "FROM query($$SELECT 42$$)",
    "escape string": "FROM query(E'SELECT \\x34\\x32')",
    "in subquery": "SELECT (SELECT count(*) FROM duckdb_settings())",
    "in lambda": "SELECT list_transform([1], lambda x: current_setting('threads'))",
    "in cte": "WITH a AS (WITH b AS (FROM duckdb_settings()) FROM b) FROM a",
    "in window": "SELECT sum(getvariable('a')) OVER (ORDER BY getvariable('b'))",
    "in order": "SELECT 1 ORDER BY current_setting('threads')",
    "in limit": "SELECT 1 LIMIT current_setting('threads')::INT",
    "in join": "SELECT 1 FROM range(1) a JOIN range(1) b ON current_setting('threads') = '1'",
    "in values": "VALUES (current_setting('threads'))",
    "in pivot": "FROM range(3) PIVOT (max(getvariable('x')) FOR range IN (1))",
    "in filter": "SELECT count(*) FILTER (WHERE getvariable('x') IS NULL)",
    "in case": "SELECT CASE WHEN getvariable('x') THEN 1 END",
    "in type": "SELECT 1::people",
    "aggregate state": "SELECT sum(1) EXPORT_STATE",
    "forged state": "SELECT finalize('x'::BLOB)",
}
FILES = {
    "read_text": "FROM read_text('{folder}/secret.txt')",
    "read_csv": "FROM read_csv('{folder}/secret.txt')",
    "string": "FROM '{folder}/people.parquet'",
    "quoted": 'FROM "{folder}/people.parquet"',
    "parts": 'FROM "sales.crm".people',
    "one part": "FROM people",
    "two parts": "FROM crm.people",
    "four parts": "FROM sales.crm.people.x",
    "stream's own name": "FROM _weft_stream_0",
    "stream in temp": "FROM temp.main._weft_stream_0",
    "read_parquet": "FROM read_parquet('{folder}/people.parquet')",
    "glob": "FROM glob('{folder}/*')",
    "metadata": "FROM parquet_metadata('{folder}/people.parquet')",
    "environ": "FROM read_blob('/proc/self/environ')",
    "http": "FROM read_csv('http://127.0.0.1/x')",
    "python": "SELECT * FROM os",
    "homoglyph": "FROM sales.crm.p\u0435ople",
    "kelvin sign": "FROM sales.crm.peop\u212ae",
    "zero width": "FROM sales.crm.peo\u200bple",
    "right to left": "FROM sales.crm.\u202epeople",
    "quote in name": 'FROM sales.crm."peo""ple"',
    "cte out of scope": "SELECT * FROM (WITH secret AS (SELECT 1) FROM secret) a, secret",
    "cte before its time": "WITH a AS (FROM b), b AS (SELECT 1) FROM a",
}
CHANGES = {
    "insert": "INSERT INTO sales.crm.people VALUES (1)",
    "insert in cte": "WITH x AS (INSERT INTO sales.crm.people VALUES (1) RETURNING *) FROM x",
    "delete in cte": "WITH x AS (DELETE FROM sales.crm.people RETURNING *) FROM x",
    "update in cte": "WITH x AS (UPDATE sales.crm.people SET id = 1 RETURNING *) FROM x",
    "copy in cte": "WITH x AS (COPY sales.crm.people TO '{folder}/x') FROM x",
    "change in nested cte": "SELECT (WITH x AS (DELETE FROM sales.crm.people RETURNING 1) SELECT 1)",
    "merge": "MERGE INTO sales.crm.people USING sales.crm.orders ON true WHEN MATCHED THEN DELETE",
    "create": "CREATE TABLE sales.crm.x AS SELECT 1",
    "replace view": "CREATE OR REPLACE VIEW sales.crm.people AS SELECT 1",
    "drop": "DROP VIEW sales.crm.people",
    "alter": "ALTER VIEW sales.crm.people RENAME TO x",
    "copy": "COPY sales.crm.people TO '{folder}/x.csv'",
    "export": "EXPORT DATABASE '{folder}/x'",
    "attach": "ATTACH ':memory:' AS m",
    "detach": "DETACH sales",
    "install": "INSTALL httpfs",
    "load": "LOAD json",
    "set": "SET threads = 8",
    "reset": "RESET threads",
    "pragma": "PRAGMA database_list",
    "call": "CALL pragma_version()",
    "begin": "BEGIN",
    "use": "USE sales",
    "vacuum": "VACUUM",
    "checkpoint": "CHECKPOINT",
    "macro": "CREATE MACRO f() AS 1",
    "secret": "CREATE SECRET (TYPE s3)",
    "comment": "COMMENT ON VIEW sales.crm.people IS 'x'",
    "write_log": "SELECT write_log('x')",
    "sequence": "SELECT nextval('x')",
    "nothing": "",
    "only a comment": "-- SELECT 1",
    "control character": "SELECT 1\x00; DROP VIEW sales.crm.people",
    "half a surrogate": "SELECT '\ud800'",
}


@pytest.mark.parametrize("sql", [pytest.param(s, id=n) for g in (HIDDEN_SQL, FILES, CHANGES) for n, s in g.items()])
def test_refused(sql: str, attacker: Asker, files: Path) -> None:
    with pytest.raises(Invalid) as caught:
        attacker(sql.replace("{folder}", str(files)))
    assert "hunter2" not in str(caught.value)
    assert caught.value.hint or "which is not allowed" in caught.value.message or "not valid" in caught.value.message
    assert sorted(p.name for p in files.iterdir()) == ["copy.parquet", "orders.parquet", "people.parquet", "secret.txt"]


@pytest.mark.parametrize("sql", [*list(CHANGES.values())[:-1], *HIDDEN_SQL.values(), "EXPLAIN SELECT 1"])
def test_the_worker_refuses_by_itself(sql: str, gateway: Gateway, attacker: Asker) -> None:
    """The second judge stands where the first was forgotten."""
    from weft.model import Question

    with pytest.raises(Invalid):
        gateway.pool.ask(Question(sql=sql, governed=()), [])


RUNAWAYS = {
    "cross join": "SELECT count(*) FROM sales.crm.orders a, sales.crm.orders b, sales.crm.orders c, sales.crm.orders d "
    "WHERE a.id + b.id + c.id + d.id = 77",
    "range": "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3",
    "recursion": "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT count(*) FROM r",
    "series": "SELECT sum(i) FROM generate_series(1, 1000000000000) t(i)",
}
BOMBS = {
    "repeat": "SELECT length(repeat('a', 4000000000))",
    "list": "SELECT len(range(1000000000))",
    "lpad": "SELECT length(lpad('a', 2000000000, 'b'))",
    "list of lists": "SELECT len(list(l)) FROM (SELECT list_transform(range(100000), lambda x: x || 'abcdefgh' || i) AS l "
    "FROM range(10000) t(i))",
    "string_agg": "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(10000)",
    "format": "SELECT length(format('{:>2000000000}', 1))",
}


@pytest.mark.slow
@pytest.mark.parametrize("sql", RUNAWAYS.values(), ids=RUNAWAYS)
def test_a_runaway_is_stopped_in_time(sql: str, attacker: Asker) -> None:
    with pytest.raises(Unavailable, match=r"ran longer than 0\.5 seconds"):
        attacker(sql, seconds=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("sql", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_defused(sql: str, attacker: Asker) -> None:
    with pytest.raises((Unavailable, Invalid)) as caught:
        attacker(sql, seconds=4, memory=200)
    assert "200 MB" in str(caught.value) or "4 seconds" in str(caught.value) or "cannot take" in str(caught.value)


LARGE = {
    "10 MB": ("SELECT '" + "x" * 10_000_000 + "'", "at most 100,000"),
    "parentheses": ("SELECT " + "(" * 9_000 + "1" + ")" * 9_000, "9,000 brackets"),
    "sub queries": ("SELECT * FROM " + "(SELECT * FROM " * 5_000 + "x" + ")" * 5_000, "brackets|words"),
    "unary": ("SELECT " + "NOT " * 15_000 + "true", "depth"),
    "joins": ("SELECT 1 FROM range(1) t" + ", range(1)" * 3_000, "nested too deeply"),
    "sets": (" UNION ".join(["SELECT 1"] * 9_000), "at most 100,000"),
    "words": ("SELECT 1 IN (" + "1," * 30_000 + "1)", "words"),
}


@pytest.mark.parametrize(("sql", "said"), LARGE.values(), ids=LARGE)
def test_large_statements_are_refused_quickly(sql: str, said: str, attacker: Asker) -> None:
    with pytest.raises((Invalid, Unavailable), match=said):
        attacker(sql)


@pytest.mark.slow
def test_a_runaway_does_not_hold_up_the_others(gateway: Gateway, attacker: Asker) -> None:
    """How much it slows them is the benchmark's matter."""
    ended: list[WeftError] = []

    def run_away() -> None:
        try:
            attacker(RUNAWAYS["range"], seconds=120)
        except WeftError as error:
            ended.append(error)

    thread = threading.Thread(target=run_away)
    thread.start()
    while not (busy := [p for p in list(gateway.pool._alive.values()) if p.busy]):
        time.sleep(0.01)
    assert [attacker("SELECT count(*) AS n FROM sales.crm.people").num_rows for _ in range(20)] == [1] * 20
    assert not ended, "the runaway must still run"
    busy[0].kill("test")
    thread.join()
    assert len(ended) == 1


@pytest.mark.slow
@pytest.mark.parametrize("sql", [" UNION ".join(["SELECT 1"] * 6_000), "SELECT 1 FROM range(1) t" + ", range(1)" * 90])
def test_what_is_slow_to_plan_is_stopped_too(sql: str, attacker: Asker) -> None:
    with suppress(Unavailable, Invalid):
        assert attacker(sql, seconds=1).num_rows == 1
    assert attacker("SELECT 1 AS a").num_rows == 1


def test_environment_of_a_worker_is_empty(gateway: Gateway, attacker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    from weft.engines.duck.process import _environment

    monkeypatch.setenv("WEFT_SECRET", "hunter2")
    assert set(_environment()) == {"PYTHONPATH", "ARROW_DEFAULT_MEMORY_POOL", "MALLOC_ARENA_MAX", "TZ", "LC_ALL"}
