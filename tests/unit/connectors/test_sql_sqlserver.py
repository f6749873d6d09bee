"""SQL Server: what is asked of it, and how what answers in its protocol is read. No real server stands behind this."""

from __future__ import annotations

import builtins

import pytest

from sqlserver import PASSWORD, USER, serving
from weft.connectors.sql import sqlserver, sqlserver_types
from weft.connectors.sql.database import filled
from weft.connectors.sql.kind import Sql, SqlStream
from weft.connectors.sql.sqlserver_errors import translate
from weft.connectors.sql.target import target
from weft.connectors.sql.typed_cursors import TypedCursors
from weft.errors import Invalid, Unavailable

PEOPLE = [
    {"id": n, "name": None if n == 2 else f"Zoë's {n} ''", "score": n / 3, "notes": "ü" * 3_900 if n == 3 else "", "at": f"2026-01-0{n}"}
    for n in range(1, 6)
]  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("tds"), people=PEOPLE) as found:
        yield found


@pytest.fixture
def source(url, monkeypatch):
    monkeypatch.setenv("TDS", PASSWORD)
    return Sql(url=url, user=USER, password="secret://env/TDS")


def read(source, reach, stream, cursor=None):
    found, last = [], None
    for batch in source.read(reach, "people", stream, cursor or {}):
        found += batch.scan.reader.read_all().to_pylist()
        last = batch.cursor
    return found, last


def test_rows_come_whole_through_the_protocol(source, reach):
    assert read(source, reach, SqlStream()) == (PEOPLE, {"full": "done"})
    (info,) = source.discover(reach, {})
    assert [(c.name, c.type) for c in info.columns][:3] == [("id", "int"), ("name", "nvarchar"), ("score", "float")]
    (batch,) = [b.scan.reader.schema for b in source.read(reach, "people", SqlStream(), {})]
    assert [str(f.type) for f in batch] == ["int64", "string", "double", "string", "string"]


def test_what_is_new_is_read_alone(source, reach, tmp_path_factory, monkeypatch):
    with serving(tmp_path_factory.mktemp("tds"), people=PEOPLE[:3]) as before:
        older = Sql(url=before, user=USER, password="secret://env/TDS")
        _, cursor = read(older, reach, SqlStream(cursor="id", look_back="1"))
    assert (cursor["value"], cursor["low"], cursor["count"]) == ("3", "2", 2)
    assert read(source, reach, SqlStream(cursor="id", look_back="1"), cursor)[0] == PEOPLE[3:]


@pytest.mark.parametrize("limit", [3_000, 7_799, 7_800])  # the driver cuts silently, tells, fits exactly
def test_a_text_that_fills_its_buffer_is_an_error(source, reach, monkeypatch, limit):
    monkeypatch.setattr(sqlserver.SqlServer, "_longest", lambda *_: limit)
    with pytest.raises(Unavailable, match="sent a text longer than it said"):
        read(source, reach, SqlStream())


def test_down_and_refused_without_secrets(source, reach, url, monkeypatch):
    source.test(reach)
    with pytest.raises(Invalid, match=r"has no table or view \"nothere\""):
        read(source, reach, SqlStream(table="nothere"))
    monkeypatch.setenv("TDS", "hunter2")
    with pytest.raises(Invalid, match="does not accept the user or the password") as error:
        source.test(reach)
    assert "hunter2" not in str(error.value) + repr(error.value.__context__)
    with pytest.raises(Unavailable, match="'crm' on localhost:1 cannot be reached"):
        Sql(url="sqlserver://localhost:1/crm?driver=FreeTDS").test(reach)
    with pytest.raises(Unavailable, match="no ODBC driver for SQL Server is installed"):
        Sql(url="sqlserver://localhost:1/crm?driver=Nothing").test(reach)
    with pytest.raises(Invalid, match="'verify-full', allowed with FreeTDS are disable, require"):
        Sql(url=f"{url}&sslmode=verify-full").test(reach)


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("bigint", 'CAST("a""b" AS bigint)'),
        ("bit", '"a""b"'),
        ("real", 'CAST("a""b" AS float(53))'),
        ("decimal(38,10)", 'CONVERT(nvarchar(41), "a""b")'),
        ("smallmoney", 'CONVERT(nvarchar(41), CAST("a""b" AS decimal(19,4)))'),
        ("date", 'CONVERT(nvarchar(40), "a""b", 121)'),
        ("time(7)", 'CONVERT(nvarchar(40), "a""b", 121)'),
        ("datetime2(7)", 'CONVERT(nvarchar(40), "a""b", 121)'),
        ("datetimeoffset(7)", """REPLACE(REPLACE(CONVERT(nvarchar(40), "a""b", 121), N' +', N'+'), N' -', N'-')"""),
        ("nvarchar(max)", 'CAST("a""b" AS nvarchar(max))'),
        ("uniqueidentifier", 'CAST("a""b" AS nvarchar(max))'),
        (
            "image",
            """CAST(N'\\x' + LOWER(CONVERT(nvarchar(max), CAST("a""b" AS varbinary(max)), 2)) AS nvarchar(max))""",
        ),
    ],
)
def test_what_each_type_is_asked_as(kind, asked):
    assert sqlserver_types.selected('a"b', kind).expression == asked


@pytest.mark.parametrize("kind", ["sql_variant", "hierarchyid", "geometry", "geography", "vector(3)"])
def test_types_without_exact_text_are_refused(kind):
    with pytest.raises(Invalid, match=r"'c' is of type .* no exact counterpart\n.*by a 'query'"):
        sqlserver_types.selected("c", kind)


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("int", "CAST(N'1''2' AS bigint)", "CONVERT(nvarchar(20), c)"),
        ("numeric(9,2)", "CAST(N'1''2' AS numeric(9,2))", "CONVERT(nvarchar(41), c)"),
        ("money", "CAST(N'1''2' AS money)", "CONVERT(nvarchar(41), CAST(c AS decimal(19,4)))"),
        ("float", "CAST(N'1''2' AS float(53))", "CONVERT(nvarchar(40), CAST(c AS float(53)), 3)"),
        ("datetime", "CONVERT(datetime, N'1''2', 121)", "CONVERT(nvarchar(40), c, 121)"),
        ("date", "CONVERT(datetime2(7), N'1''2', 121)", "CONVERT(nvarchar(40), c, 121)"),
        ("datetimeoffset(3)", "CONVERT(datetimeoffset(7), N'1''2', 121)", "CONVERT(nvarchar(40), c, 121)"),
        ("timestamp", "CONVERT(binary(8), N'1''2', 1)", "CONVERT(nvarchar(18), CAST(c AS binary(8)), 1)"),
        ("varchar(9)", "N'1''2'", "c"),
    ],
)
def test_how_cursors_are_compared(kind, value, told):
    asked = []
    cursors = TypedCursors(
        lambda sql, values: [(asked.append((sql, values)),)], sqlserver_types.comparison, "f({back}, {})"
    )
    column = sqlserver_types.selected("c", kind)
    assert filled(cursors.value(column, 1), ("1'2",), sqlserver._literal) == value
    assert cursors.told(column, "c") == told
    if kind == "datetime":
        cursors.minus(column, "2026", "1.5 s")
        assert filled(asked[0][0], asked[0][1], sqlserver._literal) == (
            "SELECT CONVERT(nvarchar(40), f(1500000, CONVERT(datetime, N'2026', 121)), 121)"
        )
    with pytest.raises(Invalid, match="cannot be a cursor"):
        cursors.value(sqlserver_types.selected("c", "xml"), 1)


def test_microsofts_driver_is_told_to_look_at_the_certificate():
    place = target("sqlserver://db.example/crm?connect_timeout=3")
    told = sqlserver._described(place, "ODBC Driver 18 for SQL Server", {})
    assert told == (
        "Driver={ODBC Driver 18 for SQL Server};Server=db.example,1433;Database={crm};"
        "Encrypt=yes;TrustServerCertificate=no;"
    )


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("State: 42S02, Native error: 208, Message: [M][S]Invalid object name 'x'.", Invalid, "Invalid object name 'x'"),
        ("State: 22018, Native error: 245, Message: [M]Conversion failed when converting 's3cret'", Invalid, "error 245"),
        ("State: 42000, Native error: 8156, Message: [M]The column 'id' was specified", Invalid, "two columns"),
        ("State: 42000, Native error: 4060, Message: [M]Cannot open database", Invalid, "no such database"),
        ("State: 42000, Native error: 3960, Message: [M]Snapshot isolation transaction aborted s3cret", Unavailable, "3960"),
        ("State: 08001, Native error: 1, Message: [M]SSL Provider: certificate verify failed", Invalid, "let this"),
    ],
)  # fmt: skip
def test_what_the_server_says(text, kind, said):
    error = translate(text, "it")
    assert isinstance(error, kind)
    assert said in error.message
    assert "s3cret" not in str(error)


def test_a_database_without_snapshots_is_refused(source, reach, monkeypatch):
    monkeypatch.setattr(sqlserver, "_SNAPSHOT", "SELECT 0, 0")
    with pytest.raises(Invalid, match=r"allows no snapshots.*\n.*ALLOW_SNAPSHOT_ISOLATION ON"):
        source.test(reach)


def test_a_missing_reader_names_the_extra(reach, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "arrow_odbc":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Unavailable, match=r"pip install 'weft\[sqlserver\]'"):
        Sql(url="sqlserver://localhost/crm").test(reach)
