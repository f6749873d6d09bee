"""SQLite: values of any type in any column."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.connectors.sql import sqlite
from weft.connectors.sql.kind import Sql, SqlStream
from weft.connectors.sql.look_back import earlier, seconds
from weft.errors import Invalid, Unavailable


def run(reach, sql, rows=(), name="crm.db"):
    connection = sqlite3.connect(reach.folder / name)
    with connection:
        connection.executemany(sql, rows) if rows else connection.executescript(sql)
    connection.close()


def read(reach, stream=None, url="sqlite:///crm.db", **config):
    tables = [b.scan.reader.read_all() for b in Sql(url=url, **config).read(reach, "t", stream or SqlStream(), {})]
    return tables[0]


def test_declared_types_decide(reach):
    run(reach, "CREATE TABLE t(i INTEGER, r DOUBLE, s VARCHAR(9), n DECIMAL(10,2), d DATETIME, b BOOLEAN, x, raw BLOB)")
    run(reach, "INSERT INTO t VALUES (?,?,?,?,?,?,?,?)", [(None,) * 8] * 40_000)
    run(
        reach, "INSERT INTO t VALUES (?,?,?,?,?,?,?,?)", [(2**62, 1, "Zoë", 1.25, "2024-01-01", True, 1.5, b"\x00\xff")]
    )
    found = read(reach)
    assert [str(t) for t in found.schema.types] == ["int64", "double", *["string"] * 6]
    assert found.num_rows == 40_001
    assert found.slice(40_000).to_pylist() == [
        {"i": 2**62, "r": 1.0, "s": "Zoë", "n": "1.25", "d": "2024-01-01", "b": "1", "x": "1.5", "raw": "\\x00ff"}
    ]


def test_an_empty_table_has_its_types(reach):
    run(reach, "CREATE TABLE t(i INT, r REAL, s TEXT)")
    assert [str(t) for t in read(reach).schema.types] == ["int64", "double", "string"]


def test_columns_of_mixed_type_come_as_text(reach):
    run(reach, "CREATE TABLE t(i INTEGER, r REAL)")
    run(reach, "INSERT INTO t VALUES (?,?)", [(1, 0.1), ("n/a", "?"), (1.5, None), (b"\x01", 1e300)])
    assert read(reach).to_pylist() == [
        {"i": "1", "r": "0.1"},
        {"i": "n/a", "r": "?"},
        {"i": "1.5", "r": None},
        {"i": "\\x01", "r": "1.0e+300"},
    ]


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")),
    st.binary(max_size=5),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=5))
def test_whatever_it_holds_can_be_told_again(reach, rows):
    run(reach, "DROP TABLE IF EXISTS t; CREATE TABLE t(i INTEGER, r REAL, s TEXT, x)")
    run(reach, "INSERT INTO t VALUES (?,?,?,?)", rows)
    connection = sqlite3.connect(reach.folder / "crm.db")
    stored = connection.execute("SELECT * FROM t").fetchall()
    connection.close()
    found = [tuple(row.values()) for row in read(reach).to_pylist()]
    assert [tuple(map(same, a, b)) for a, b in zip(stored, found, strict=True)] == [(True,) * 4] * len(rows)


def same(stored, found):
    if isinstance(stored, bytes):
        return found == "\\x" + stored.hex()
    if isinstance(stored, float) and isinstance(found, str):
        return float(found) == stored
    if isinstance(stored, int) and isinstance(found, str):
        return int(found) == stored
    return stored == found


def test_text_that_is_none(reach):
    run(reach, "CREATE TABLE t(s TEXT); INSERT INTO t VALUES (CAST(x'ff' AS TEXT))")
    with pytest.raises(Exception, match=r"holds text that is not UTF-8"):
        read(reach)


def test_queries_declare_nothing(reach):
    run(reach, "CREATE TABLE t(i INTEGER); INSERT INTO t VALUES (7)")
    assert read(reach, SqlStream(query="SELECT i, i / 2.0 AS h FROM t")).to_pylist() == [{"i": "7", "h": "3.5"}]


def test_discovery_tells_keys(reach):
    run(
        reach,
        "CREATE TABLE t(b INT NOT NULL, a TEXT, v, PRIMARY KEY (a, b)) WITHOUT ROWID; CREATE VIEW w AS SELECT v FROM t",
    )
    t, w = Sql(url="sqlite:///crm.db").discover(reach, {})
    assert (t.name, t.key, t.kind) == ("t", ("a", "b"), "table")
    assert [(c.name, c.type, c.nullable) for c in t.columns] == [
        ("b", "INT", False),
        ("a", "TEXT", False),
        ("v", "", True),
    ]
    assert (w.name, w.kind, [c.name for c in w.columns]) == ("w", "view", ["v"])


def test_numbers_as_cursor(reach):
    run(reach, "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    source, stream = Sql(url="sqlite:///crm.db"), SqlStream(cursor="id", look_back=1)
    for batch in source.read(reach, "t", stream, {}):
        batch.scan.reader.read_all()
        assert (batch.cursor["value"], batch.cursor["low"]) == (2, 1)
    run(reach, "UPDATE t SET v = 'z' WHERE id = 1; INSERT INTO t VALUES (3, 'c')")
    found = [b.scan.reader.read_all()["id"].to_pylist() for b in source.read(reach, "t", stream, batch.cursor)]
    assert found == [[1, 3]]


def test_files_that_are_no_databases(reach):
    with pytest.raises(Invalid, match=r"there is no file for the database 'no.db'"):
        Sql(url="sqlite:///no.db").test(reach)
    assert not (reach.folder / "no.db").exists()
    (reach.folder / "a.db").write_text("not a database at all, whatever it is " * 30)
    with pytest.raises(Invalid, match=r"'a.db' is not a complete SQLite database"):
        Sql(url="sqlite:///a.db").test(reach)


def test_odd_paths(reach):
    run(reach, "CREATE TABLE t(i INT); INSERT INTO t VALUES (1)", name="a ?#%41.db")
    assert read(reach, url="sqlite:///a %3F%23%2541.db").num_rows == 1
    assert read(reach, url=f"sqlite:///{reach.folder}/a%20%3F%23%2541.db").num_rows == 1


def test_a_lock_is_told(reach, monkeypatch):
    monkeypatch.setattr(sqlite, "_WAIT", 50)
    run(reach, "CREATE TABLE t(i INT)")
    program = f"""if True:
        import sqlite3, sys
        connection = sqlite3.connect({str(reach.folder / "crm.db")!r}, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        print("held", flush=True)
        sys.stdin.read()"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(Unavailable, match=r"is locked by somebody who writes to it"):
            Sql(url="sqlite:///crm.db").test(reach)


def test_a_database_that_may_only_be_read(reach):
    run(reach, "CREATE TABLE t(i INT); INSERT INTO t VALUES (1)")
    (reach.folder / "crm.db").chmod(0o444)
    assert read(reach).num_rows == 1


@pytest.mark.parametrize(
    ("value", "back", "expected"),
    [
        (10, "3", 7),
        (10, "0.5", 9.5),
        (1.5, "1", 0.5),
        ("2024-03-01", "1 day", "2024-02-29"),
        ("2024-01-01 00:05:00", "10 min", "2023-12-31 23:55:00"),
        ("2024-01-01T00:05", "10m", "2023-12-31T23:55"),
        ("2024-01-01T00:05:00.123Z", "1 s", "2024-01-01T00:04:59.123Z"),
        ("2024-01-01 00:05:00.123456+02:00", "2 h", "2023-12-31 22:05:00.123456+02:00"),
    ],
)
def test_looking_back_keeps_the_style(value, back, expected):
    assert earlier("c", value, back) == expected


@pytest.mark.parametrize(("value", "back"), [(5, "1 day"), ("yesterday", "1 day"), ("2024-01-01", "5")])
def test_looking_back_that_does_not_fit(value, back):
    with pytest.raises(Invalid, match=r"'c'"):
        earlier("c", value, back)


def test_durations():
    assert [seconds(t) for t in ("90 s", "10 minutes", "2h", "1 d", "1.5 hours", "7")] == [
        90,
        600,
        7200,
        86400,
        5400,
        None,
    ]
    with pytest.raises(ValueError, match=r"neither a number nor a duration"):
        seconds("P1D")
