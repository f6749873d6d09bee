"""Full, incremental and windowed reading, alike on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import json
import sqlite3
from types import SimpleNamespace

import pytest

from weft.connectors.sql import pieces, reading, recent, rows
from weft.connectors.sql.kind import Sql, SqlStream
from weft.errors import Broken, Invalid
from weft.seams import Window

EACH = SqlStream(cursor="at")
MINUTES = SqlStream(cursor="at", look_back="10 minutes")


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def db(request, reach):
    """A table `deals(id, at, name)`, and `run` to change it."""
    if request.param == "sqlite":

        def run(sql):
            with sqlite3.connect(reach.folder / "crm.db") as connection:
                connection.executescript(sql)
            connection.close()

        source, kind = Sql(url="sqlite:///crm.db"), "TEXT"
    elif request.param == "mariadb":
        server = request.getfixturevalue("mariadb")
        run, source, kind = server.run, Sql(url=server.url, user="root"), "datetime"
        run("DROP TABLE IF EXISTS deals")
    else:
        server = request.getfixturevalue("server")
        run, source, kind = server.run, Sql(url=server.url, user="postgres"), "timestamp"
        run("DROP TABLE IF EXISTS deals")
    run(f"CREATE TABLE deals(id BIGINT, at {kind}, name TEXT)")
    return SimpleNamespace(run=run, source=source, reach=reach, add=lambda *added: [run(insert(*row)) for row in added])


def insert(number, at, name="x"):
    time = f"'2024-01-01 {at}'" if at else "NULL"
    return f"INSERT INTO deals VALUES ({number}, {time}, '{name}')"


def read(db, cursor=None, stream=EACH, window=None):
    """([(mode, ids)], the last cursor); every cursor goes through JSON."""
    found, last = [], cursor or {}
    for batch in db.source.read(db.reach, "deals", stream, cursor or {}, window):
        last = json.loads(json.dumps(batch.cursor))
        assert not batch.untyped
        assert (batch.scan.dialect.trim, batch.scan.dialect.nulls) == (False, ())
        found.append((batch.mode, sorted(batch.scan.reader.read_all()["id"].to_pylist())))
    return found, last


def small(monkeypatch, piece, remembered=None):
    monkeypatch.setattr(pieces, "PIECE", piece)
    monkeypatch.setattr(reading, "PIECE", piece)
    monkeypatch.setattr(rows, "PIECE", piece)
    if remembered is not None:
        monkeypatch.setattr(reading, "REMEMBERED", remembered)


def test_a_full_refresh_replaces_each_time(db):
    everything = SqlStream()
    assert read(db, None, everything)[0] == [("replace", [])]
    db.add((1, "10:00:00"), (2, None))
    found, cursor = read(db, None, everything)
    assert (found, cursor) == ([("replace", [1, 2])], {"full": "done"})
    assert read(db, cursor, everything)[0] == [("replace", [1, 2])]
    assert read(db, cursor, SqlStream(cursor="at", refresh="full"))[0] == [("replace", [1, 2])]


def test_a_full_refresh_in_pieces_is_unfinished_until_the_last(db, monkeypatch):
    small(monkeypatch, 2)
    db.add(*((n, "10:00:00") for n in range(4)))
    batches = db.source.read(db.reach, "deals", SqlStream(), {})
    seen = [(b.mode, b.cursor["full"], b.scan.reader.read_all().num_rows) for b in batches]
    assert seen == [("replace", "unfinished", 2), ("append", "done", 2)]


def test_an_unread_piece_is_an_error(db, monkeypatch):
    small(monkeypatch, 2)
    db.add(*((n, "10:00:00") for n in range(5)))
    batches = db.source.read(db.reach, "deals", SqlStream(), {})
    next(batches)
    with pytest.raises(Broken, match=r"not read to its end"):
        next(batches)


def test_nothing_new_gives_nothing(db):
    assert read(db) == ([], {})
    db.add((1, "10:00:00"), (2, "10:01:00"))
    found, cursor = read(db)
    assert found == [("replace", [1, 2])]
    assert read(db, cursor) == ([], cursor)


def test_only_what_is_new_comes(db):
    db.add((1, "10:00:00"), (2, "10:01:00"))
    _, cursor = read(db)
    db.add((3, "10:02:00"), (4, "10:03:00"))
    found, cursor = read(db, cursor)
    assert found == [("append", [3, 4])]
    assert cursor["value"] == "2024-01-01 10:03:00"
    assert read(db, cursor)[0] == []


def test_a_late_row_of_the_same_value_comes_once(db):
    db.add((1, "10:00:00"))
    _, cursor = read(db)
    db.add((2, "10:00:00"))
    found, cursor = read(db, cursor)
    assert found == [("append", [2])]
    assert read(db, cursor)[0] == []


def test_equal_rows_are_counted(db):
    db.add((1, "10:00:00"), (1, "10:00:00"))
    _, cursor = read(db)
    db.add((1, "10:00:00"))
    found, cursor = read(db, cursor)
    assert found == [("append", [1])]
    assert read(db, cursor)[0] == []


def test_a_late_row_within_the_look_back_comes_once_and_others_are_not_doubled(db):
    db.add((1, "10:00:00"), (2, "10:05:00"), (3, "10:09:00"))
    _, cursor = read(db, None, MINUTES)
    db.add((4, "10:01:00"), (5, "09:58:00"), (6, "10:20:00"))
    found, cursor = read(db, cursor, MINUTES)
    assert found == [("append", [4, 6])]  # 5 came too late for ten minutes
    assert read(db, cursor, MINUTES)[0] == []
    db.add((7, "10:12:00"))
    found, cursor = read(db, cursor, MINUTES)
    assert found == [("append", [7])]
    assert cursor["value"] == "2024-01-01 10:20:00"


def test_a_changed_row_within_the_look_back_comes_again(db):
    db.add((1, "10:00:00"), (2, "10:05:00"))
    _, cursor = read(db, None, MINUTES)
    db.run("UPDATE deals SET name = 'y' WHERE id = 1")
    assert read(db, cursor, MINUTES)[0] == [("append", [1])]


def test_a_new_column_does_not_double_rows_and_a_dropped_one_is_refused(db):
    db.add((1, "10:00:00"))
    _, cursor = read(db)
    db.run("ALTER TABLE deals ADD COLUMN city TEXT DEFAULT 'Rome'")
    assert read(db, cursor)[0] == []
    db.run("ALTER TABLE deals DROP COLUMN name")
    with pytest.raises(Invalid, match=r"were read already cannot be told"):
        read(db, cursor)
    keyed = SqlStream(cursor="at", key=["id"])
    assert read(db, cursor, keyed)[0] == []
    db.add_city = db.run("INSERT INTO deals VALUES (2, '2024-01-01 11:00:00', 'Oslo')")
    assert read(db, cursor, keyed)[0] == [("append", [1, 2])]


def test_too_many_of_one_value_need_a_key(db, monkeypatch):
    small(monkeypatch, 500_000, remembered=2)
    db.add(*((n, "10:00:00") for n in range(5)))
    with pytest.raises(Invalid, match=r"more than 2 rows share it.*\n.*Set 'key'") as error:
        read(db)
    assert "10:00" not in str(error.value)
    keyed = SqlStream(cursor="at", key=["id"])
    _, cursor = read(db, None, keyed)
    assert cursor["recent"] is None
    assert read(db, cursor, keyed)[0] == []
    db.add((6, "10:00:00"))
    found, cursor = read(db, cursor, keyed)
    assert found == [("append", [0, 1, 2, 3, 4, 6])]
    db.add((7, "11:00:00"))
    assert read(db, cursor, keyed)[0] == [("append", [0, 1, 2, 3, 4, 6, 7])]


def test_a_backlog_comes_in_spans_that_each_can_be_gone_on_from(db, monkeypatch):
    db.add((0, "10:00:00"))
    _, cursor = read(db)
    db.add(*((n, f"10:0{(n + 1) // 2}:00") for n in range(1, 8)))  # two of each minute but the last
    small(monkeypatch, 3)
    found, last = read(db, cursor)
    assert found == [("append", [1, 2, 3, 4]), ("append", [5, 6]), ("append", [7])]
    batches = db.source.read(db.reach, "deals", EACH, cursor)
    first = next(batches)
    batches.close()
    assert first.cursor["value"] == "2024-01-01 10:02:00"
    assert read(db, first.cursor) == ([("append", [5, 6, 7])], last)


def test_a_first_load_that_was_cut_short_begins_anew(db, monkeypatch):
    db.add(*((n, f"10:0{n}:00") for n in range(4)))
    small(monkeypatch, 3)
    batches = db.source.read(db.reach, "deals", EACH, {})
    first = next(batches)
    batches.close()
    assert first.cursor == {"column": "at", "unfinished": True}
    found, cursor = read(db, first.cursor)
    assert [(mode, len(ids)) for mode, ids in found] == [("replace", 3), ("append", 1)]
    assert cursor["value"] == "2024-01-01 10:03:00"


def test_another_cursor_column_begins_anew(db):
    db.add((1, "10:00:00"), (2, "10:01:00"))
    _, cursor = read(db)
    found, cursor = read(db, cursor, SqlStream(cursor="id"))
    assert found == [("replace", [1, 2])]
    db.add((3, None))
    assert read(db, cursor, SqlStream(cursor="id"))[0] == [("append", [3])]


def test_rows_without_a_cursor_value_come_with_the_first_load(db):
    db.add((1, None))
    found, cursor = read(db)
    assert found == [("replace", [1])]
    db.add((2, "10:00:00"))
    found, cursor = read(db, cursor)
    assert found == [("replace", [1, 2])]
    db.add((3, None), (4, "11:00:00"))
    assert read(db, cursor)[0] == [("append", [4])]


def test_rows_that_vanish_move_nothing(db):
    db.add((1, "10:00:00"), (2, "11:00:00"))
    _, cursor = read(db)
    db.run("DELETE FROM deals WHERE id = 2")
    assert read(db, cursor)[0] == []
    db.run("DELETE FROM deals")
    assert read(db, cursor)[0] == []


def test_a_window_is_filled_back_and_the_cursor_stays(db, monkeypatch):
    db.add(*((n, f"10:0{n}:00") for n in range(6)))
    _, cursor = read(db)
    window = Window("2024-01-01 10:01:00", "2024-01-01 10:04:00")
    assert read(db, cursor, EACH, window) == ([("append", [1, 2, 3])], cursor)
    small(monkeypatch, 2)
    assert [len(ids) for _, ids in read(db, cursor, EACH, window)[0]] == [2, 1]
    assert read(db, cursor, EACH, Window("2030-01-01", "2031-01-01"))[0] == []
    with pytest.raises(Invalid, match=r"no cursor column to fill back by"):
        read(db, cursor, SqlStream(), window)


def test_values_are_never_sql(db):
    db.add((1, "10:00:00"))
    assert read(
        db,
        {"column": "name", "value": "' OR 1=1 --", "recent": {"columns": ["id"], "rows": {}}},
        SqlStream(cursor="name"),
    )[0] == [("append", [1])]
    db.run("""CREATE TABLE "a""b; --"("c""'d" BIGINT)""") if "sqlite" in db.source.url else db.run(
        """DROP TABLE IF EXISTS "a""b; --"; CREATE TABLE "a""b; --"("c""'d" BIGINT)"""
    )
    odd = SqlStream(table='a"b; --')
    names = [b.scan.reader.read_all().column_names for b in db.source.read(db.reach, "odd", odd, {})]
    assert names == [["c\"'d"]]


def test_queries_are_streams_too(db):
    db.add((1, "10:00:00"), (2, "10:01:00"))
    query = SqlStream(query="SELECT id, at FROM deals WHERE id > 1 -- late ones\n;", cursor="at")
    found = [b.scan.reader.read_all()["id"].to_pylist() for b in db.source.read(db.reach, "deals", query, {})]
    assert [[str(n) for n in ids] for ids in found] == [["2"]]


def test_a_read_sees_one_moment(db, monkeypatch):
    small(monkeypatch, 2)
    db.run("PRAGMA journal_mode = wal") if "sqlite" in db.source.url else None
    db.add(*((n, f"10:0{n}:00") for n in range(5)))
    batches = db.source.read(db.reach, "deals", EACH, {})
    ids = next(batches).scan.reader.read_all()["id"].to_pylist()
    db.add((9, "10:03:30"))
    for batch in batches:
        ids += batch.scan.reader.read_all()["id"].to_pylist()
    assert sorted(ids) == [0, 1, 2, 3, 4]
    assert batch.cursor["value"] == "2024-01-01 10:04:00"
    assert read(db, batch.cursor, MINUTES)[0] == []  # nobody remembered ten minutes


def test_what_is_missing_is_named(db):
    with pytest.raises(Invalid, match=r"nothere"):
        read(db, None, SqlStream(table="nothere"))
    with pytest.raises(Invalid, match=r"no column 'when' to be its cursor\n  It has id, at, name."):
        read(db, None, SqlStream(cursor="when"))
    with pytest.raises(Invalid, match=r"syntax"):
        read(db, None, SqlStream(query="SELECT 1 1"))
    db.add((1, "10:00:00"))
    with pytest.raises(Invalid, match=r"does not fit the cursor|is a duration"):
        read(db, None, SqlStream(cursor="id", look_back="5 min"))


def test_streams_only_read(db):
    for query in ("DELETE FROM deals RETURNING id", "SELECT 1) AS a; DELETE FROM deals; --"):
        with pytest.raises(Invalid):
            read(db, None, SqlStream(query=query))
    db.add((1, "10:00:00"))
    assert read(db)[0] == [("replace", [1])]


def test_two_columns_of_one_name(db):
    query = SqlStream(query="SELECT id, id FROM deals")
    if "sqlite" in db.source.url:  # tells them apart by itself
        (batch,) = db.source.read(db.reach, "deals", query, {})
        assert batch.scan.reader.schema.names == ["id", "id:1"]
        return
    with pytest.raises(Invalid, match=r"two columns of one name"):
        read(db, None, query)


def test_discovery(db):
    db.run("DROP VIEW IF EXISTS late; CREATE VIEW late AS SELECT id FROM deals")
    streams = {
        "sales": SqlStream(table="deals"),
        "sums": SqlStream(query="SELECT count(*) AS n FROM deals"),
        "gone": SqlStream(table="nothere"),
    }
    found = {i.name: i for i in db.source.discover(db.reach, streams)}
    assert [c.name for c in found["sales"].columns] == ["id", "at", "name"]
    assert [c.name for c in found["sums"].columns] == ["n"]
    assert "nothere" in found["gone"].comment
    assert found["late"].kind == "view"
    assert "deals" not in found
    assert "deals" in {i.name for i in db.source.discover(db.reach, {})}


def test_digests_of_what_was_read_are_short():
    import pyarrow as pa

    told = recent.remember(pa.table({"b": [1, 1], "a": [float("nan")] * 2}))
    assert told["columns"] == ["a", "b"]
    assert list(told["rows"].values()) == [2]
    assert recent.unseen(pa.table({"a": [float("nan")], "b": [1], "c": [5]}), told).num_rows == 0
