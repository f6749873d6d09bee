"""Masked relations: streamed first, kept for the next question, gone when the budget says so."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

import duckdb
import pytest

from unit.engines.questions.conftest import PEOPLE, WHERE, Asker, columns, relation
from weft.engines.duck.feed import Feed
from weft.engines.duck.gateway import Gateway
from weft.errors import Broken, Invalid, Unavailable
from weft.model import EngineSettings, Governed, Relation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def fresh(gateway: Gateway, tmp_path: Path) -> Iterator[Gateway]:
    """The session's workers, with a folder of kept files of its own."""
    made = Gateway(EngineSettings(workers=1, threads=1), tmp_path / "scratch", tmp_path / "kept")
    own, made.pool = made.pool, gateway.pool
    yield made
    made.kept.close()
    own.close()


def wait_for(path: Path) -> None:
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)


def asked(gateway: Gateway, governed: Governed, monkeypatch: pytest.MonkeyPatch) -> tuple[Asker, list[set[str]]]:
    """An asker, and the columns of every stream that it starts."""
    seen: list[set[str]] = []
    start = Feed.start
    monkeypatch.setattr(Feed, "start", lambda self, sock: (seen.append(set(self.columns or ())), start(self, sock))[1])
    return Asker(gateway, (governed,)), seen


def test_streamed_with_the_needed_columns_then_kept(
    fresh: Gateway, masked: Governed, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, streams = asked(fresh, masked, monkeypatch)
    sql = "SELECT p.region, max(p.email) AS m FROM sales.crm.people p GROUP BY ALL"
    first = ask(sql)
    assert streams == [{"region", "email"}]
    path = fresh.kept.shelf.path(masked)
    wait_for(path)
    assert ask(sql).equals(first)
    assert len(streams) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    with duckdb.connect() as con:
        assert con.execute(f"SELECT count(*), count(DISTINCT region) FROM '{path}'").fetchall() == [(100, 1)]


def test_counting_needs_one_column(fresh: Gateway, masked: Governed, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, streams = asked(fresh, masked, monkeypatch)
    assert ask("SELECT count(*) AS n FROM sales.crm.people").to_pylist() == [{"n": 100}]
    assert streams == [{"id"}]


TWICE = [
    "SELECT count(*) AS n FROM sales.crm.people a JOIN sales.crm.people b USING (id)",
    "WITH x AS (SELECT id FROM sales.crm.people) SELECT count(*) AS n FROM x JOIN x y USING (id)",
    "SELECT count(*) AS n FROM range(300) t(i) WHERE EXISTS (SELECT 1 FROM sales.crm.people WHERE id = i)",
]


@pytest.mark.parametrize("sql", TWICE)
def test_named_twice_is_kept_at_once(
    sql: str, fresh: Gateway, masked: Governed, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, streams = asked(fresh, masked, monkeypatch)
    assert ask(sql).to_pylist() == [{"n": 100}]
    assert streams == []
    assert fresh.kept.shelf.path(masked).exists()


def test_a_stream_that_is_read_twice_after_all_is_kept(
    fresh: Gateway, masked: Governed, monkeypatch: pytest.MonkeyPatch
) -> None:
    from weft.engines.duck import gateway as module
    from weft.model import Referenced

    monkeypatch.setattr(
        module, "inspect", lambda sql: Referenced(tables=("sales.crm.people",), counts={"sales.crm.people": 1})
    )
    ask, streams = asked(fresh, masked, monkeypatch)
    monkeypatch.setattr("unit.engines.questions.conftest.inspect", lambda sql: Referenced())
    assert ask(TWICE[0]).to_pylist() == [{"n": 100}]
    assert len(streams) == 1


@pytest.mark.parametrize("different", [3, 5000], ids=["few", "many"])
def test_digests_of_few_values_are_those_of_many(fresh: Gateway, tmp_path: Path, different: int) -> None:
    types = {"id": "BIGINT", "name": "VARCHAR"}
    value = f"CASE WHEN i % 7 = 0 THEN NULL WHEN i % 7 = 1 THEN '' ELSE 'name' || i % {different} END"
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT i AS id, {value} AS name FROM range(20000) t(i)) TO '{tmp_path}/names.parquet'")
        want = con.sql(f"SELECT id, sha256('k' || name) AS name FROM '{tmp_path}/names.parquet' ORDER BY id").fetchall()
    seen = columns(types)
    masks = {"name": "sha256('k' || \"name\")"}
    rows = relation(tmp_path / "names.parquet", types)
    governed = Governed(name="sales.crm.names", relation=rows, columns=seen, select=masks, key=f"names{different}")
    ask = Asker(fresh, (governed,))
    sql = "SELECT id, name FROM sales.crm.names ORDER BY id"
    assert [tuple(row.values()) for row in ask(sql).to_pylist()] == want
    wait_for(fresh.kept.shelf.path(governed))
    assert [tuple(row.values()) for row in ask(sql).to_pylist()] == want


def test_an_unknown_column_is_told_with_all_columns(fresh: Gateway, masked: Governed) -> None:
    with pytest.raises(Invalid, match='"emial" not found') as caught:
        Asker(fresh, (masked,))("SELECT emial FROM sales.crm.people")
    assert "email" in caught.value.message
    assert type(caught.value) is Invalid


def test_a_kept_file_that_went_away_is_made_anew(
    fresh: Gateway, masked: Governed, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fresh.kept.make(masked)
    find = fresh.kept.shelf.find

    def gone(governed: Governed) -> Path | None:
        found = find(governed)
        path.unlink()
        monkeypatch.setattr(fresh.kept.shelf, "find", find)
        return found

    monkeypatch.setattr(fresh.kept.shelf, "find", gone)
    assert Asker(fresh, (masked,))("SELECT count(*) AS n FROM sales.crm.people").to_pylist() == [{"n": 100}]


@pytest.mark.parametrize("way", ["streamed", "kept"])
def test_trusted_sql_that_fails_tells_nothing_of_itself(way: str, fresh: Gateway, masked: Governed) -> None:
    broken = masked.model_copy(update={"where": "CAST(email AS INTEGER) = 'k3y'", "key": "broken"})
    name = "sales.crm.people"
    sql = f"SELECT id FROM {name}" if way == "streamed" else f"SELECT a.id FROM {name} a, {name} b"
    with pytest.raises(Broken) as caught:
        Asker(fresh, (broken,))(sql)
    assert "k3y" not in str(caught.value)
    assert "user" not in str(caught.value)
    assert not list(fresh.kept.shelf.path(broken).parent.glob("*"))


def test_a_stream_that_breaks_off_is_not_an_answer(fresh: Gateway, tmp_path: Path) -> None:
    """Its end looks to the worker like the end of the rows."""
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT i AS id FROM range(1000000) t(i)) TO '{tmp_path}/long.parquet'")
    seen = columns({"id": "BIGINT"})
    governed = Governed(
        name="sales.crm.long",
        relation=relation(tmp_path / "long.parquet", {"id": "BIGINT"}),
        columns=seen,
        select={"id": "CASE WHEN id = 999999 THEN error('x') ELSE id END"},
        key="late",
    )
    ask = Asker(fresh, (governed,))
    with pytest.raises(Broken):
        ask("SELECT count(id) FROM sales.crm.long")
    with pytest.raises(Broken):
        ask("SELECT id FROM sales.crm.long")
    assert ask("SELECT id FROM sales.crm.long LIMIT 2").num_rows == 2


def test_a_limit_ends_the_stream_early(fresh: Gateway, tmp_path: Path) -> None:
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT i AS id, 'x' || i AS email FROM range(3000000) t(i)) TO '{tmp_path}/big.parquet'")
    types = {"id": "BIGINT", "email": "VARCHAR"}
    governed = Governed(
        name="sales.crm.big",
        relation=relation(tmp_path / "big.parquet", types),
        columns=columns(types),
        where="id > 5",
        key="k",
    )
    ask = Asker(fresh, (governed,))
    assert ask("SELECT id FROM sales.crm.big LIMIT 3").num_rows == 3
    with pytest.raises(Unavailable, match="more than 10 rows"):
        ask("SELECT id FROM sales.crm.big", rows=10)


def test_materialising_has_a_limit_in_time(fresh: Gateway, masked: Governed) -> None:
    slow = '(SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = "id") > 0'
    governed = masked.model_copy(update={"where": slow, "key": "slow"})
    with pytest.raises(Unavailable, match="took longer"):
        Asker(fresh, (governed,))(TWICE[0], seconds=0.3)


def test_close_stops_what_is_written_behind(fresh: Gateway, masked: Governed) -> None:
    slow = '(SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = "id") > 0'
    governed = masked.model_copy(update={"where": slow, "key": "slow"})
    fresh.kept.make_later(governed)
    time.sleep(0.2)
    fresh.kept.close()
    assert not fresh.kept.shelf.path(governed).exists()


def test_the_oldest_use_goes_first(tmp_path: Path, masked: Governed) -> None:
    made = Gateway(EngineSettings(workers=1, kept=0), tmp_path / "scratch", tmp_path / "kept")
    shelf = made.kept.shelf
    paths = [made.kept.make(masked.model_copy(update={"key": key})) for key in ("a", "b", "c")]
    assert [p.exists() for p in paths] == [False, False, True], "no budget: only what was just made"
    shelf._budget = 10**9
    paths = [made.kept.make(masked.model_copy(update={"key": key})) for key in ("a", "b", "c")]
    for n, path in enumerate(paths):
        os.utime(path, (n, n))
    shelf.find(masked.model_copy(update={"key": "a"}))  # used again: now the newest
    shelf.hold([paths[1]])
    shelf._budget = sum(p.stat().st_size for p in paths) - 1
    shelf.trim()
    assert [p.exists() for p in paths] == [True, True, False], "b is older but in use"
    shelf.release([paths[1]])
    assert paths[1].exists()
    shelf._budget -= paths[0].stat().st_size
    shelf.trim()
    assert [p.exists() for p in paths] == [True, False, False]
    made.close()


def test_what_a_killed_process_left_goes(tmp_path: Path, masked: Governed) -> None:
    made = Gateway(EngineSettings(workers=1), tmp_path / "scratch", tmp_path / "kept")
    path = made.kept.make(masked)
    old, new = path.with_name(".old.tmp"), path.with_name(".new.tmp")
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    made.kept.shelf.trim()
    assert [old.exists(), new.exists(), path.exists()] == [False, True, True]
    made.close()


def test_forget(tmp_path: Path, masked: Governed) -> None:
    made = Gateway(EngineSettings(workers=1), tmp_path / "scratch", tmp_path / "kept")
    for name, key in (
        ("a.b.c", "1/1-x"),
        ("a.b.c", "1/1-y"),
        ("a.b.c", "1/10-x"),
        ("a.b.c", "11/1-x"),
        ("a.b.cc", "1/1-x"),
    ):
        made.kept.make(masked.model_copy(update={"name": name, "key": f"{name}@{key}"}))
    assert made.kept.shelf.forget("a.b.c@1", ["a.b.c@1/10-"], older_than=60) == 0, "in use a moment ago"
    assert made.kept.shelf.forget("a.b.c@1", ["a.b.c@1/10-"]) == 2
    assert sorted(p.name for p in tmp_path.glob("kept/*/*")) == [
        "a.b.c@1-10-x.parquet", "a.b.c@11-1-x.parquet", "a.b.cc@1-1-x.parquet",
    ]  # fmt: skip
    assert made.kept.shelf.forget("a.b.c@1") == 1
    made.close()


def test_names_cannot_leave_the_folder(tmp_path: Path, masked: Governed) -> None:
    made = Gateway(EngineSettings(workers=1), tmp_path / "scratch", tmp_path / "kept")
    path = made.kept.shelf.path(masked.model_copy(update={"name": "../../x", "key": "../y/z"}))
    assert path.resolve().is_relative_to((tmp_path / "kept").resolve())
    made.close()


def test_what_is_whole_is_never_copied(fresh: Gateway, orders: Governed, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, streams = asked(fresh, orders, monkeypatch)
    assert ask("SELECT count(*) AS n FROM sales.crm.orders a, sales.crm.orders b").to_pylist() == [{"n": 1_000_000}]
    assert streams == []
    assert not list(fresh.kept.shelf._folder.glob("*/*"))


def test_an_empty_table(fresh: Gateway, masked: Governed) -> None:
    empty = Relation(columns=columns(PEOPLE))
    whole = Governed(name="sales.crm.people", relation=empty, columns=columns(PEOPLE))
    hidden = masked.model_copy(update={"relation": empty, "key": "empty", "where": WHERE})
    for governed in (whole, hidden):
        table = Asker(fresh, (governed,))("SELECT * FROM sales.crm.people")
        assert (table.num_rows, table.column_names) == (0, list(PEOPLE))


def test_a_missing_file_is_named_by_its_table(fresh: Gateway, orders: Governed, tmp_path: Path) -> None:
    lost = orders.model_copy(update={"relation": relation(tmp_path / "lost.parquet", {"id": "BIGINT"})})
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(b"PAR1 no parquet")
    for governed in (lost, orders.model_copy(update={"relation": relation(cut, {"id": "BIGINT"})})):
        seen = governed.model_copy(update={"columns": columns({"id": "BIGINT"})})
        with pytest.raises(Broken, match=r"A file of 'sales\.crm\.orders' is missing or damaged") as caught:
            Asker(fresh, (seen,))("SELECT id FROM sales.crm.orders")
        assert str(tmp_path) not in str(caught.value)


def test_columns_that_are_not_seen_are_not_there(fresh: Gateway, files: Path) -> None:
    raw = relation(files / "people.parquet", PEOPLE)
    few = columns({"id": "BIGINT", "region": "VARCHAR"})
    whole = Governed(name="sales.crm.people", relation=raw, columns=few)
    part = Governed(name="sales.crm.people", relation=raw, columns=few, where=WHERE, key="few")
    for governed in (whole, part):
        ask = Asker(fresh, (governed,))
        assert ask("FROM sales.crm.people").column_names == ["id", "region"]
        with pytest.raises(Invalid, match="not found"):
            ask("SELECT email FROM sales.crm.people")
