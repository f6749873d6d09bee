"""DuckDB files: exact types, keys and comments, cursors, and nothing beyond the file."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest

from weft.connectors.sql.kind import Sql, SqlStream
from weft.errors import Invalid, Unavailable
from weft.seams import Window


def run(reach, sql):
    with duckdb.connect(str(reach.folder / "w.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(sql)


def source(**config):
    return Sql(url="duckdb:///w.duckdb", **config)


def read(reach, stream=None, cursor=None, window=None):
    found = []
    for batch in source().read(reach, "t", stream or SqlStream(), cursor or {}, window):
        found += batch.scan.reader.read_all().to_pylist()
        last = batch.cursor
    return found, last


EXACT = {
    "i": ("BIGINT", "9223372036854775807", 2**63 - 1),
    "u": ("UBIGINT", "18446744073709551615", "18446744073709551615"),
    "h": ("HUGEINT", "170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
    "n": ("DECIMAL(38,10)", "1.0000000001", "1.0000000001"),
    "f": ("DOUBLE", "'nan'", "nan"),
    "b": ("BLOB", "'\\x00\\xFF'::BLOB", "\\x00ff"),
    "v": ("INTERVAL", "INTERVAL 1 MONTH", "1 month"),
    "g": ("UUID", "'00000000-0000-0000-0000-000000000001'", "00000000-0000-0000-0000-000000000001"),
    "e": ("ENUM('a', 'b')", "'b'", "b"),
    "j": ("JSON", "'{\"a\": 1}'", '{"a": 1}'),
    "s": ("STRUCT(x INTEGER, y VARCHAR)", "{'x': 1, 'y': 'z'}", "{'x': 1, 'y': 'z'}"),
    "l": ("HUGEINT[]", "[1]", "[1]"),
    "z": ("TIMESTAMP WITH TIME ZONE", "'2026-01-01 12:00:00+02'", "2026-01-01 10:00:00+00:00"),
    "d": ("DATE", "'2026-01-01'", "2026-01-01"),
}


def test_every_type_comes_exactly(reach):
    columns = ", ".join(f"{name} {kind}" for name, (kind, *_) in EXACT.items())
    values = ", ".join(value for _, value, _ in EXACT.values())
    run(reach, f"CREATE TABLE t({columns}); INSERT INTO t VALUES ({values}); INSERT INTO t(i) VALUES (NULL)")
    (first, nothing), _ = read(reach)
    assert {name: str(value) for name, value in first.items()} == {n: str(w) for n, (*_, w) in EXACT.items()}
    assert set(nothing.values()) == {None}


def test_tables_views_keys_and_comments_are_discovered(reach):
    run(
        reach,
        "CREATE TABLE t(a BIGINT, b VARCHAR NOT NULL, PRIMARY KEY (b, a)); COMMENT ON TABLE t IS 'All of it';"
        "COMMENT ON COLUMN t.a IS 'First'; CREATE VIEW v AS SELECT a FROM t; CREATE SCHEMA x; CREATE TABLE x.o(c DATE)",
    )
    table, view = source().discover(reach, {})
    assert (table.name, table.comment, table.key, table.kind) == ("t", "All of it", ("b", "a"), "table")
    assert [(c.name, c.type, c.nullable, c.comment) for c in table.columns] == [
        ("a", "BIGINT", False, "First"),
        ("b", "VARCHAR", False, ""),
    ]
    assert (view.name, view.kind, [c.name for c in view.columns]) == ("v", "view", ["a"])
    assert [s.name for s in source(schema="x").discover(reach, {})] == ["o"]


@pytest.mark.parametrize(
    ("kind", "values", "back"),
    [
        ("BIGINT", ("1", "2", "3"), "1"),
        ("DECIMAL(12,2)", ("0.10", "0.20", "0.30"), "0.10"),
        ("TIMESTAMP", ("'2026-01-01'", "'2026-01-01 00:00:01'", "'2026-01-01 00:00:01.5'"), "1 s"),
        ("TIMESTAMP WITH TIME ZONE", ("'2026-01-01 00:00Z'", "'2026-01-02 00:00Z'", "'2026-01-03 00:00Z'"), "1 day"),
        ("DATE", ("'2026-01-01'", "'2026-01-02'", "'2026-01-03'"), "1 day"),
        ("VARCHAR", ("'a'", "'b'", "'c'"), ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_cursor_of_any_type_brings_what_is_new(reach, kind, values, back):
    run(reach, f"CREATE TABLE t(n INTEGER, c {kind}); INSERT INTO t VALUES (1, {values[0]}), (2, {values[1]})")
    stream = SqlStream(cursor="c", look_back=back)
    rows, cursor = read(reach, stream)
    assert [r["n"] for r in rows] == [1, 2]
    assert list(source().read(reach, "t", stream, cursor)) == []
    run(reach, f"INSERT INTO t VALUES (3, {values[2]}), (4, NULL)")
    rows, cursor = read(reach, stream, cursor)
    assert [r["n"] for r in rows] == [3]
    if back:
        run(reach, f"INSERT INTO t VALUES (5, {values[1]})")
        rows, _ = read(reach, stream, cursor)
        assert [r["n"] for r in rows] == [5], "a late row within the look-back"


def test_a_window_is_filled_back(reach):
    run(reach, "CREATE TABLE t AS SELECT i AS n, DATE '2026-01-01' + i::INTEGER AS c FROM range(5) r(i)")
    rows, _ = read(reach, SqlStream(cursor="c"), window=Window("2026-01-02", "2026-01-04"))
    assert [r["n"] for r in rows] == [1, 2]


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        (SqlStream(table="nope"), "refused the question: Table with name nope does not exist"),
        (SqlStream(query="SELECT * FROM read_text('/etc/passwd')"), "refused the question: "),
        (SqlStream(query="ATTACH 'x.duckdb'"), "refused the question: "),
        (SqlStream(query="SELECT 'secret'::INTEGER AS a"), "failed on the data that the question saw"),
        (SqlStream(cursor="l"), "the column 'l' is BIGINT[], it cannot be a cursor"),
    ],
    ids=["no table", "a file", "attach", "a cast", "a list as cursor"],
)
def test_what_does_not_fit_is_told_without_values(reach, stream, text):
    run(reach, "CREATE TABLE t AS SELECT [i] AS l, i AS n FROM range(3) r(i)")
    with pytest.raises(Invalid) as caught:
        read(reach, stream)
    assert text in caught.value.message
    assert "secret" not in str(caught.value).replace("secret:", "")


def test_a_file_that_is_none(reach):
    (reach.folder / "w.duckdb").write_bytes(b"not a database" * 500)
    with pytest.raises(Invalid, match="is not a complete DuckDB database"):
        source().test(reach)
    with pytest.raises(Invalid, match="there is no file"):
        Sql(url="duckdb:///no.duckdb").test(reach)


def test_who_writes_to_it_is_waited_for(reach):
    run(reach, "CREATE TABLE t(a BIGINT)")
    program = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program, str(reach.folder / "w.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        other.stdout.readline()
        with pytest.raises(Unavailable, match="is open to somebody who writes to it"):
            source().test(reach)
        other.stdin.close()
    source().test(reach)
