"""PostgreSQL: nothing is lost, nothing is told that must not be."""

from __future__ import annotations

import builtins
import datetime as dt
from pathlib import Path

import pytest

from weft.connectors.sql.kind import Sql, SqlStream
from weft.errors import Invalid, Unavailable

TYPES = {
    "i2": ("smallint", "-32768", -32768),
    "i8": ("bigint", "9223372036854775807", 9223372036854775807),
    "f4": ("real", "'NaN'", "nan"),
    "f8": ("double precision", "0.1", 0.1),
    "inf": ("double precision", "'-Infinity'", float("-inf")),
    "num": ("numeric", "123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"),
    "nan": ("numeric", "'NaN'", "NaN"),
    "dec": ("numeric(10,2)", "12.3", "12.30"),
    "yes": ("boolean", "true", True),
    "txt": ("text", "'Zoë'", "Zoë"),
    "vc": ("varchar(9)", "' a '", " a "),
    "ch": ("char(5)", "'a'", "a"),
    "day": ("date", "'2024-02-29'", dt.date(2024, 2, 29)),
    "naive": ("timestamp", "'2024-01-01 10:00:00.123456'", dt.datetime(2024, 1, 1, 10, 0, 0, 123456)),  # noqa: DTZ001 - it has none
    "zoned": ("timestamptz", "'2024-01-01 10:00:00+02'", dt.datetime(2024, 1, 1, 8, tzinfo=dt.UTC)),
    "t": ("time", "'24:00:00'", "24:00:00"),
    "tz": ("timetz", "'10:00:00.5+02'", "10:00:00.5+02"),
    "iv": ("interval", "'1 month 2 days 3.5 seconds'", "P1M2DT3.5S"),
    "id": ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    "js": ("json", "'{\"a\":  1}'", '{"a":  1}'),
    "jb": ("jsonb", "'{\"a\":1}'", '{"a": 1}'),
    "raw": ("bytea", r"'\x00ff'", r"\x00ff"),
    "ip": ("inet", "'10.0.0.1/8'", "10.0.0.1/8"),
    "rng": ("int4range", "'[1,5)'", "[1,5)"),
    "pt": ("point", "'(1,2)'", "(1,2)"),
    "bits": ("bit(3)", "'101'", "101"),
    "cash": ("money", "12.5", "12.50"),
    "ai": ("int[]", "'{1,NULL,3}'", [1, None, 3]),
    "at": ("text[]", "'{a,\"b,c\"}'", ["a", "b,c"]),
    "an": ("numeric[]", "'{1.50,NaN}'", ["1.50", "NaN"]),
    "au": ("uuid[]", "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    "ad": ("date[]", "'{infinity}'", ["infinity"]),
    "aj": ("jsonb[]", "array['{\"a\":1}'::jsonb]", '[{"a": 1}]'),
    "grid": ("int[]", "'{{1,2},{3,4}}'", "[[1,2],[3,4]]"),
    "mood": ("mood", "'glad'", "glad"),
    "pos": ("positive", "5", 5),
}


def read(server, reach, stream, name="t"):
    source = Sql(url=server.url, user="postgres")
    tables = [b.scan.reader.read_all() for b in source.read(reach, name, stream, {})]
    assert len(tables) == 1
    return tables[0]


def test_every_type_comes_without_loss(server, reach):
    server.run("CREATE TYPE mood AS ENUM ('glad', 'sad')")
    server.run("CREATE DOMAIN positive AS int CHECK (value > 0)")
    server.run(
        "SET lc_monetary = 'C'; CREATE TABLE kinds(" + ", ".join(f'"{n}" {t}' for n, (t, _, _) in TYPES.items()) + ")"
    )
    server.run(
        "SET lc_monetary = 'C'; INSERT INTO kinds VALUES ("
        + ", ".join(f"({v})::{t}" for t, v, _ in TYPES.values())
        + ")"
    )
    server.run("INSERT INTO kinds DEFAULT VALUES")
    found = read(server, reach, SqlStream(table="kinds"))
    first, second = found.to_pylist()
    first["f4"] = str(first["f4"])
    assert first == {name: value for name, (_, _, value) in TYPES.items()}
    assert set(second.values()) == {None}
    assert not any("extension" in str(t) for t in found.schema.types)
    assert str(found.schema.field("zoned").type) == "timestamp[us, tz=UTC]"


def test_infinite_times_mean_to_duckdb_what_they_mean_here(server, reach):
    import duckdb

    query = (
        "SELECT n, t::date AS d, t::timestamp AS s, t::timestamptz AS z FROM "
        "(VALUES (1, '-infinity'), (2, '2024-01-01'), (3, 'infinity'), (4, NULL), (5, '0044-03-15 BC')) AS v(n, t)"
    )
    rows = read(server, reach, SqlStream(query=query))
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.register("rows", rows)
    told = con.execute("SELECT d::VARCHAR, s::VARCHAR, z::VARCHAR FROM rows ORDER BY n").fetchall()
    assert told == [
        ("-infinity", "-infinity", "-infinity"),
        ("2024-01-01", "2024-01-01 00:00:00", "2024-01-01 00:00:00+00"),
        ("infinity", "infinity", "infinity"),
        (None, None, None),
        ("0044-03-15 (BC)", "0044-03-15 (BC) 00:00:00", "0044-03-15 (BC) 00:00:00+00"),
    ]


@pytest.mark.parametrize(
    ("kind", "values", "newest"),
    [
        ("timestamptz", ("'2024-01-01 10:00+02'", "'2024-01-01 10:00:00.000001+00'", "'infinity'"), "2024-01-01 10:00:00.000001+00"),
        ("date", ("'2024-01-01'", "'2024-01-02'", "'infinity'"), "2024-01-02"),
        ("numeric", ("1", "12345678901234567890.5", "'NaN'"), "12345678901234567890.5"),
        ("float8", ("0.1", "0.30000000000000004", "'Infinity'"), "0.30000000000000004"),
        ("int", ("1", "2", "NULL"), "2"),
        ("text", ("'a'", "'b''\"'", "NULL"), "b'\""),
    ],
)  # fmt: skip
def test_cursors_are_exact(server, reach, kind, values, newest):
    server.run(f"DROP TABLE IF EXISTS c; CREATE TABLE c(v {kind})")
    server.run("INSERT INTO c VALUES " + ", ".join(f"({v}::{kind})" for v in values))
    source, stream = Sql(url=server.url, user="postgres"), SqlStream(cursor="v")
    for batch in source.read(reach, "c", stream, {}):
        assert batch.scan.reader.read_all().num_rows == 3
        cursor = batch.cursor
    assert cursor["value"] == newest
    assert list(source.read(reach, "c", stream, cursor)) == []


@pytest.mark.parametrize("kind", ["uuid", "jsonb", "int[]", "boolean", "interval"])
def test_some_types_are_no_cursors(server, reach, kind):
    server.run(f"DROP TABLE IF EXISTS c; CREATE TABLE c(v {kind})")
    with pytest.raises(Invalid, match="cannot be a cursor"):
        read(server, reach, SqlStream(cursor="v"), "c")


def test_the_catalogue_tells_keys_comments_and_views(server, reach):
    server.run(
        "CREATE SCHEMA shop; CREATE TABLE shop.lines(a int, b numeric(9,2) NOT NULL, c text, PRIMARY KEY (c, a));"
        "COMMENT ON TABLE shop.lines IS 'What was ''sold'''; COMMENT ON COLUMN shop.lines.b IS 'net';"
        "INSERT INTO shop.lines VALUES (1, 2, 'x'); ANALYZE shop.lines;"
        "CREATE VIEW shop.seen AS SELECT a FROM shop.lines; CREATE MATERIALIZED VIEW shop.kept AS SELECT a FROM shop.lines;"
        "CREATE TABLE shop.parts(a int) PARTITION BY RANGE (a); CREATE TABLE shop.part1 PARTITION OF shop.parts FOR VALUES FROM (1) TO (2)"
    )
    source = Sql(url=server.url, user="postgres", schema="shop")
    kept, lines, parts, seen = source.discover(reach, {})
    assert (kept.kind, lines.kind, parts.kind, seen.kind) == ("view", "table", "table", "view")
    assert (lines.name, lines.key, lines.comment, lines.rows) == ("lines", ("c", "a"), "What was 'sold'", 1)
    told = [(c.name, c.type, c.nullable, c.comment) for c in lines.columns]
    assert told == [("a", "integer", False, ""), ("b", "numeric(9,2)", False, "net"), ("c", "text", False, "")]
    (row,) = read(server, reach, SqlStream(table="lines", schema="shop")).to_pylist()
    assert row == {"a": 1, "b": "2.00", "c": "x"}


def test_down_and_refused_without_secrets(server, reach, monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", "hunter2/@:")
    down = Sql(url="postgresql://localhost:1/crm", user="weft", password="secret://env/CRM_PASSWORD")
    with pytest.raises(
        Unavailable, match="the database 'crm' on localhost:1 cannot be reached: connection refused"
    ) as error:
        down.test(reach)
    assert "hunter2" not in str(error.value) + repr(error.value.__context__) + repr(down)
    with pytest.raises(Unavailable, match="could not translate host name"):
        Sql(url="postgresql://nowhere.invalid/crm").test(reach)
    with pytest.raises(Invalid, match="there is no such database"):
        Sql(url=server.url.replace("/postgres?", "/crm?"), user="postgres").test(reach)
    with pytest.raises(Invalid, match="there is no such role"):
        Sql(url=server.url, user="nobody").test(reach)
    hba = Path(server.folder) / "pg_hba.conf"
    before = hba.read_text()
    server.run("CREATE ROLE weft LOGIN PASSWORD 'right'")
    try:
        hba.write_text("local all weft scram-sha-256\n" + before)
        server.run("SELECT pg_reload_conf(), pg_sleep(0.2)")
        with pytest.raises(Invalid, match="does not accept the user or the password") as error:
            Sql(url=server.url, user="weft", password="secret://env/CRM_PASSWORD").test(reach)
        assert "hunter2" not in str(error.value)
        monkeypatch.setenv("CRM_PASSWORD", "right")
        monkeypatch.setenv("CRM_USER", "weft")
        Sql(url=server.url, user="secret://env/CRM_USER", password="secret://env/CRM_PASSWORD").test(reach)
    finally:
        hba.write_text(before)
        server.run("SELECT pg_reload_conf()")


def test_errors_show_no_values(server, reach):
    server.run("DROP TABLE IF EXISTS c; CREATE TABLE c(v text); INSERT INTO c VALUES ('s3cret')")
    with pytest.raises(Invalid, match="failed on the data that the question saw") as error:
        read(server, reach, SqlStream(query="SELECT v::int AS v FROM c"))
    assert "s3cret" not in str(error.value)
    server.run("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
    with pytest.raises(Invalid, match="permission denied for table c"):
        next(Sql(url=server.url, user="guest").read(reach, "c", SqlStream(), {}))
    with pytest.raises(Invalid, match="it would write"):
        read(server, reach, SqlStream(query="SELECT nextval('s')"), server.run("CREATE SEQUENCE s"))


def test_a_server_that_goes_away_while_it_is_read(server, reach):
    import pyarrow as pa

    query = SqlStream(query="SELECT repeat('x', 1000) AS v FROM generate_series(1, 100000)")
    batches = Sql(url=server.url, user="postgres").read(reach, "t", query, {})
    reader = next(batches).scan.reader
    reader.read_next_batch()
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weft'")
    with pytest.raises((Unavailable, pa.ArrowException, OSError), match="stopped answering"):
        reader.read_all()
    batches.close()


def test_a_missing_driver_names_the_extra(reach, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("adbc_driver_postgresql"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Unavailable, match=r"pip install 'weft\[postgres\]'"):
        Sql(url="postgresql://localhost/crm").test(reach)
