"""MariaDB: nothing is lost, nothing is told that must not be."""

from __future__ import annotations

import builtins
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from weft.connectors.sql import mysql_rows, mysql_types
from weft.connectors.sql.kind import Sql, SqlStream
from weft.connectors.sql.mysql_errors import translate
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from mariadb import Server

FLOWER = "Zoë €😀"
TYPES = {
    "i1": ("tinyint", "-128", -128),
    "flag": ("tinyint(1)", "7", 7),
    "yes": ("boolean", "true", 1),
    "u2": ("smallint unsigned", "65535", 65535),
    "i3": ("mediumint", "-8388608", -8388608),
    "u4": ("int unsigned", "4294967295", 4294967295),
    "z4": ("int(10) zerofill", "42", 42),
    "i8": ("bigint", "-9223372036854775808", -9223372036854775808),
    "u8": ("bigint unsigned", "18446744073709551615", "18446744073709551615"),
    "dec": ("decimal(10,2)", "-12.3", "-12.30"),
    "num": ("decimal(65,30)", f"-{'9' * 35}.{'9' * 30}", f"-{'9' * 35}.{'9' * 30}"),
    "f4": ("float", "16777217", 16777216.0),
    "f5": ("float", "3.4028234e38", 3.4028234663852886e38),
    "f8": ("double", "0.1e0 + 0.2e0", 0.30000000000000004),
    "tiny": ("double", "2.2250738585072014e-308", 2.2250738585072014e-308),
    "bit1": ("bit(1)", "b'1'", 1),
    "bit9": ("bit(9)", "b'100000001'", 257),
    "bits": ("bit(64)", f"b'{'1' * 64}'", "18446744073709551615"),
    "y": ("year", "2155", 2155),
    "day": ("date", "'9999-12-31'", "9999-12-31"),
    "noday": ("date", "'0000-00-00'", "0000-00-00"),
    "month": ("date", "'2026-02-00'", "2026-02-00"),
    "at": ("datetime", "'2026-03-29 02:30:00'", "2026-03-29 02:30:00"),
    "at6": ("datetime(6)", "'1000-01-01 00:00:00.000001'", "1000-01-01 00:00:00.000001"),
    "noat": ("datetime", "'0000-00-00'", "0000-00-00 00:00:00"),
    "ts": ("timestamp null", "'2026-03-29 03:30:00'", "2026-03-29 01:30:00+00:00"),
    "ts6": ("timestamp(6) null", "'2026-03-29 03:30:00.123456'", "2026-03-29 01:30:00.123456+00:00"),
    "t": ("time", "'838:59:59'", "838:59:59"),
    "t6": ("time(6)", "'-838:59:59.000001'", "-838:59:59.000001"),
    "ch": ("char(6)", f"'{FLOWER}  '", FLOWER),
    "vc": ("varchar(9)", "' a '", " a "),
    "empty": ("varchar(9)", "''", ""),
    "old": ("varchar(9) character set latin1", "'Zoë €'", "Zoë €"),
    "ucs": ("varchar(9) character set utf16", f"'{FLOWER}'", FLOWER),
    "txt": ("text", f"repeat('{FLOWER}', 1000)", FLOWER * 1000),
    "big": ("longtext", "repeat('x', 70000)", "x" * 70000),
    "mood": ("enum('glad', 'süß')", "'süß'", "süß"),
    "tags": ("set('a', 'b')", "'b,a'", "a,b"),
    "js": ("json", '\'{"a":  1.10}\'', '{"a":  1.10}'),
    "b4": ("binary(4)", "x'00ff'", r"\x00ff0000"),
    "vb": ("varbinary(9)", "x'00ff'", r"\x00ff"),
    "raw": ("blob", "x''", r"\x"),
    "geo": ("geometry", "ST_GeomFromText('POINT(1 2)', 4326)", r"\xe6100000" + "0101000000000000000000f03f0000000000000040"),
    "id": ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    "ip4": ("inet4", "'10.0.0.1'", "10.0.0.1"),
    "ip6": ("inet6", "'2001:db8::1'", "2001:db8::1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def kinds(mariadb: Server) -> Server:
    """One row of every type, as a session in Berlin writes it, and one of NULLs."""
    columns = ", ".join(f'"{name}" {kind}' for name, (kind, _, _) in TYPES.items())
    mariadb.run(f"CREATE TABLE kinds({columns}) CHARACTER SET utf8mb4")
    values = ", ".join(value for _, value, _ in TYPES.values())
    mariadb.run(f"SET NAMES utf8mb4; SET time_zone = '+02:00'; INSERT INTO kinds VALUES ({values})")
    mariadb.run("INSERT INTO kinds VALUES ()")
    return mariadb


def source(server: Server) -> Sql:
    return Sql(url=server.url, user="root")


def read(server, reach, stream, name="t"):
    tables = [b.scan.reader.read_all() for b in source(server).read(reach, name, stream, {})]
    assert len(tables) == 1
    return tables[0]


@pytest.mark.parametrize("stream", [{"table": "kinds"}, {"query": "SELECT * FROM kinds WHERE 1 = 1"}])
def test_every_type_comes_without_loss(kinds, reach, stream):
    found = read(kinds, reach, SqlStream(**stream))
    first, second = sorted(found.to_pylist(), key=lambda row: row["i1"] is None)
    assert first == {name: value for name, (_, _, value) in TYPES.items()}
    assert set(second.values()) == {None}
    assert {str(t) for t in found.schema.types} == {"int64", "double", "string"}


def test_a_type_that_nobody_knows_is_refused(kinds, reach, monkeypatch):
    monkeypatch.delitem(mysql_types._NAMES, 255)
    with pytest.raises(Invalid, match=r"'geo' is of a type that is not known here \(number 255.*\n.*casts the column"):
        read(kinds, reach, SqlStream(table="kinds"))


def test_doubles_come_back_bit_by_bit(mariadb, reach):
    values = [0.1 * 3, 1 / 3, 5e-324, 1.7976931348623157e308, 123456789.12345679, 2.0**53 + 2]
    mariadb.run("CREATE TABLE reals(v double); INSERT INTO reals VALUES " + ", ".join(f"({v!r})" for v in values))
    assert read(mariadb, reach, SqlStream(table="reals"))["v"].to_pylist() == values


@pytest.mark.parametrize(
    ("kind", "values", "newest"),
    [
        ("timestamp(6) null", ("'2024-01-01 10:00:00.000001'", "'2024-01-01 09:00:00'", "NULL"), "2024-01-01 10:00:00.000001"),
        ("datetime", ("'2024-01-01'", "'0000-00-00'", "NULL"), "2024-01-01 00:00:00"),
        ("date", ("'2024-01-01'", "'2024-01-02'", "NULL"), "2024-01-02"),
        ("decimal(30,5)", ("1", "1234567890123456789012345.5", "NULL"), "1234567890123456789012345.50000"),
        ("double", ("0.1", "0.30000000000000004", "NULL"), "0.30000000000000004"),
        ("float", ("0.1", "16777215", "NULL"), "16777215"),
        ("bigint unsigned", ("1", "18446744073709551615", "NULL"), "18446744073709551615"),
        ("bigint", ("-2", "-9223372036854775808", "NULL"), "-2"),
        ("varchar(9)", ("'a'", r"'b\'\"\\'", "NULL"), "b'\"\\"),
        ("varchar(9) collate latin1_german2_ci", ("'a'", "'ü'", "NULL"), "ü"),
    ],
)  # fmt: skip
def test_cursors_are_exact(mariadb, reach, kind, values, newest):
    mariadb.run(
        f"SET NAMES utf8mb4; DROP TABLE IF EXISTS c; CREATE TABLE c(v {kind.replace('collate', 'character set latin1 collate')})"
    )
    mariadb.run("SET NAMES utf8mb4; INSERT INTO c VALUES " + ", ".join(f"({v})" for v in values))
    stream = SqlStream(cursor="v")
    for batch in source(mariadb).read(reach, "c", stream, {}):
        assert batch.scan.reader.read_all().num_rows == 3
        cursor = batch.cursor
    assert cursor["value"] == newest
    assert list(source(mariadb).read(reach, "c", stream, cursor)) == []


@pytest.mark.parametrize("kind", ["time", "blob", "enum('a')", "bit(1)", "geometry"])
def test_some_types_are_no_cursors(mariadb, reach, kind):
    mariadb.run(f"DROP TABLE IF EXISTS c; CREATE TABLE c(v {kind})")
    with pytest.raises(Invalid, match="cannot be a cursor"):
        read(mariadb, reach, SqlStream(cursor="v"), "c")


def test_batches_are_bounded_in_rows_and_bytes(mariadb, reach):
    mariadb.run(
        "CREATE TABLE wide(id int, v longtext) SELECT seq AS id, repeat('x', 20000) AS v FROM seq_1_to_4000;"
        "CREATE TABLE narrow(id int) SELECT seq AS id FROM seq_1_to_70000; SET GLOBAL max_allowed_packet = 64000000"
    )
    mariadb.run(
        f"CREATE TABLE huge(v longtext, n int); INSERT INTO huge VALUES (repeat('y', {2**24 + 5}), 1), ('z', 2)"
    )
    sizes = [[b.num_rows for b in o.scan.reader] for o in source(mariadb).read(reach, "narrow", SqlStream(), {})]
    assert sizes == [[32_768, 32_768, 4_464]]
    assert [len(v) for v in read(mariadb, reach, SqlStream(table="huge"))["v"].to_pylist()] == [2**24 + 5, 1]
    tracemalloc.start()
    (sizes,) = [[b.num_rows for b in o.scan.reader] for o in source(mariadb).read(reach, "wide", SqlStream(), {})]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (sum(sizes), max(sizes) * 20_000 < 1.1 * mysql_rows._BYTES) == (4_000, True)
    assert peak < 3 * mysql_rows._BYTES


def test_the_catalogue_tells_keys_comments_and_views(mariadb, reach):
    mariadb.run(
        "DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; USE shop;"
        "CREATE TABLE parts(a int, b decimal(9,2) NOT NULL COMMENT 'net', c varchar(5), PRIMARY KEY (c, a))"
        " COMMENT 'What was ''sold''';"
        "INSERT INTO parts VALUES (1, 2, 'x'); ANALYZE TABLE parts; CREATE VIEW seen AS SELECT a FROM parts"
    )
    parts, seen = Sql(url=mariadb.url, user="root", schema="shop").discover(reach, {})
    assert (parts.name, parts.kind, parts.key, parts.comment, parts.rows) == (
        "parts",
        "table",
        ("c", "a"),
        "What was 'sold'",
        1,
    )
    told = [(c.name, c.type, c.nullable, c.comment) for c in parts.columns]
    assert told == [("a", "int(11)", False, ""), ("b", "decimal(9,2)", False, "net"), ("c", "varchar(5)", False, "")]
    assert (seen.name, seen.kind, seen.comment, seen.key) == ("seen", "view", "", ())
    (row,) = read(mariadb, reach, SqlStream(table="parts", schema="shop")).to_pylist()
    assert row == {"a": 1, "b": "2.00", "c": "x"}


def test_down_and_refused_without_secrets(mariadb, reach, monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", "hunter2/@:ü")
    down = Sql(url="mysql://localhost:1/crm", user="weft", password="secret://env/CRM_PASSWORD")
    with pytest.raises(Unavailable, match="'crm' on localhost:1 cannot be reached: connection refused") as error:
        down.test(reach)
    assert "hunter2" not in str(error.value) + repr(error.value.__context__) + repr(down)
    with pytest.raises(Unavailable, match=r"'crm' on nowhere\.invalid cannot be reached"):
        Sql(url="mysql://nowhere.invalid/crm").test(reach)
    with pytest.raises(Invalid, match="there is no such database"):
        Sql(url=mariadb.url.replace("/weft?", "/crm?"), user="root").test(reach)
    mariadb.run("CREATE OR REPLACE USER reader IDENTIFIED BY 'right ü'; GRANT SELECT ON weft.* TO reader")
    reader = Sql(url=mariadb.url, user="reader", password="secret://env/CRM_PASSWORD")
    with pytest.raises(Invalid, match="does not accept the user or the password") as error:
        reader.test(reach)
    assert "hunter2" not in str(error.value)
    monkeypatch.setenv("CRM_PASSWORD", "right ü")
    reader.test(reach)
    with pytest.raises(Invalid, match="does not let this connection in"):  # this server has no certificate
        Sql(url=f"{mariadb.url}&sslmode=verify-full", user="root").test(reach)
    with pytest.raises(Invalid, match="'sslmode' to 'always', allowed are disable, prefer, require"):
        Sql(url=f"{mariadb.url}&sslmode=always", user="root").test(reach)
    with pytest.raises(ValidationError, match="the URL sets 'local_infile', allowed are connect_timeout, socket"):
        Sql(url="mysql://h/db?local_infile=1")


def test_errors_show_no_values(mariadb, reach):
    mariadb.run("DROP TABLE IF EXISTS c; CREATE TABLE c(v text); INSERT INTO c VALUES ('s3cret')")
    with pytest.raises(Invalid, match="failed on the data that the question saw") as error:
        read(mariadb, reach, SqlStream(query="SELECT 9223372036854775807 + length(v) AS v FROM c"))
    assert "s3cret" not in str(error.value)
    mariadb.run("CREATE OR REPLACE USER guest; GRANT SELECT ON weft.kinds TO guest")
    with pytest.raises(Invalid, match="SELECT command denied to user 'guest'"):
        next(Sql(url=mariadb.url, user="guest").read(reach, "c", SqlStream(), {}))
    mariadb.run("CREATE OR REPLACE SEQUENCE s")
    with pytest.raises(Invalid, match="it would write"):
        read(mariadb, reach, SqlStream(query="SELECT nextval(s) AS n"))


def test_a_server_that_goes_away_while_it_is_read(mariadb, reach):
    query = SqlStream(query="SELECT repeat('x', 1000) AS v FROM seq_1_to_100000")
    batches = source(mariadb).read(reach, "t", query, {})
    reader = next(batches).scan.reader
    reader.read_next_batch()
    mariadb.stop()
    try:
        with pytest.raises(Unavailable, match="stopped answering"):
            reader.read_all()
        batches.close()
        with pytest.raises(Unavailable, match="cannot be reached"):
            Sql(url="mysql://127.0.0.1:1/weft").test(reach)
    finally:
        mariadb.start()
    source(mariadb).test(reach)


def test_what_the_server_says_otherwise():
    assert isinstance(translate(1205, "Lock wait timeout exceeded", "it"), Unavailable)
    assert "pip install" in translate(0, "'cryptography' package is required", "it").hint
    syntax = translate(1064, "You have an error in your SQL syntax; check ... near 's3cret'", "it")
    assert "s3cret" not in str(syntax)
    assert "SQL syntax" in str(syntax)


def test_a_missing_driver_names_the_extra(reach, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("pymysql"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Unavailable, match=r"pip install 'weft\[mysql\]'"):
        Sql(url="mariadb://localhost/crm").test(reach)
