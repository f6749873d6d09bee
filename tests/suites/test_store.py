"""What every store of tables must do."""

from __future__ import annotations

import os
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import objects
from weft.errors import Broken, Conflict, Invalid, Unavailable, WeftError
from weft.model import Column, Commit, Transaction
from weft.stores.bucket import Bucket
from weft.stores.delta import DeltaStore
from weft.testing.memory_store import MemoryStore
from weft.testing.staged import place, put, read, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from objects import Objects
    from weft.seams import TableStore

DEALS = place()
APP = "weft:sales.pipeline.deals@1"
COLUMNS = (Column(name="id", type="BIGINT"), Column(name="name", type="VARCHAR"))
EVERY_TYPE = {
    "flag": ("BOOLEAN", "true"),
    "tiny": ("TINYINT", "-128"),
    "small": ("SMALLINT", "32767"),
    "whole": ("INTEGER", "-5"),
    "id": ("BIGINT", "9223372036854775807"),
    "ratio": ("DOUBLE", "0.1"),
    "half": ("FLOAT", "0.5"),
    "name": ("VARCHAR", "'Zoë'"),
    "raw": ("BLOB", "'\\xAA'::BLOB"),
    "day": ("DATE", "DATE '2024-02-29'"),
    "at": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ '2026-01-01 00:00:00.123456+01'"),
    "price": ("DECIMAL(38,9)", "12345678901234567890123456789.123456789"),
    "order date": ("DATE", "DATE '2024-01-01'"),
    "a.b": ("BIGINT", "1"),
    "who": ('STRUCT(a BIGINT, "order" VARCHAR[])', "{'a': 1, 'order': ['x', NULL]}"),
    "many": ("STRUCT(x DOUBLE)[]", "[{'x': 1.5}]"),
    "map": ("MAP(VARCHAR, BIGINT)", "MAP {'k': 1::BIGINT}"),
}


@pytest.fixture(scope="session")
def s3() -> Iterator[Objects]:
    with objects.s3() as running:
        yield running


@pytest.fixture(scope="session")
def azure() -> Iterator[Objects]:
    with objects.azure() as running:
        yield running


@pytest.fixture(params=["disk", "memory", "s3", "azure"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TableStore:
    if request.param == "disk":
        return DeltaStore(str(tmp_path / "tables"))
    if request.param == "memory":
        return MemoryStore(str(tmp_path / "tables"))
    running: Objects = request.getfixturevalue(request.param)
    return DeltaStore(Bucket(running.url(uuid.uuid4().hex), running.options, tmp_path / "local"))


def rows(first: int, last: int) -> str:
    return f"SELECT i::BIGINT AS id, 'n' || i AS name FROM range({first}, {last}) AS t(i)"


def ids(snapshot) -> list[int]:
    return [row[0] for row in read(snapshot, "SELECT id FROM t ORDER BY id")]


def test_a_table_that_is_not_there(store):
    found = store.snapshot(DEALS)
    assert (found.version, found.columns, found.files) == (-1, (), ())
    assert store.sequence(found, APP) is None
    assert store.history(DEALS) == ()
    assert store.places() == ()
    with pytest.raises(Invalid, match="version 3"):
        store.snapshot(DEALS, 3)
    with pytest.raises(Invalid, match="does not exist"):
        store.commit(found, Commit(place=DEALS, run="r"))


def test_create_is_idempotent_and_keeps_types_letter_by_letter(store):
    columns = tuple(Column(name=name, type=kind) for name, (kind, _) in EVERY_TYPE.items())
    first = store.create(DEALS, columns)
    again = store.create(DEALS, columns)
    assert first.columns == again.columns == columns
    assert (first.version, again.version, again.rows) == (0, 0, 0)
    assert store.places() == (DEALS,)


@pytest.mark.parametrize(
    "clash",
    [
        (Column(name="id", type="VARCHAR"),),
        (Column(name="ID", type="BIGINT"),),
        (Column(name="x", type="BIGINT"), Column(name="X", type="BIGINT")),
    ],
)
def test_clashing_columns_are_refused(store, clash):
    base = store.create(DEALS, COLUMNS)
    with pytest.raises(Invalid):
        store.evolve(base, clash)
    assert store.snapshot(DEALS).version == 0


def test_another_type_is_refused_by_create(store):
    store.create(DEALS, COLUMNS)
    with pytest.raises(Invalid, match="name"):
        store.create(DEALS, (Column(name="name", type="BIGINT"),))


def test_every_type_comes_back_equal(store):
    base = store.create(DEALS, [Column(name=name, type=kind) for name, (kind, _) in EVERY_TYPE.items()])
    full = ", ".join(f'({value})::{kind} AS "{name}"' for name, (kind, value) in EVERY_TYPE.items())
    null = ", ".join(f'NULL::{kind} AS "{name}"' for name, (kind, _) in EVERY_TYPE.items())
    after = put(store, base, f"SELECT {full} UNION ALL SELECT {null}")
    [(same,)] = read(after, f"SELECT count(*) FROM (FROM t INTERSECT ALL SELECT {full})")
    nothing = " AND ".join(f'"{name}" IS NULL' for name in EVERY_TYPE)
    [(empty,)] = read(after, f"SELECT count(*) FROM t WHERE {nothing}")
    assert (same, empty, after.rows) == (1, 1, 2)


def test_appends_time_travel_and_files_in_order_of_commits(store):
    base = store.create(DEALS, COLUMNS)
    versions = [base]
    for number in range(30):  # passes a checkpoint
        versions.append(put(store, versions[-1], rows(number, number + 1), sequence=number + 1))
    newest = store.snapshot(DEALS)
    assert newest.version == 30
    assert ids(newest) == list(range(30))
    assert [read(newest.model_copy(update={"files": (file,)}))[0][0] for file in newest.files] == list(range(30))
    assert ids(store.snapshot(DEALS, 12)) == list(range(12)) == ids(versions[12])
    assert store.sequence(store.snapshot(DEALS, 12), APP) == (12, "r12")
    with pytest.raises(Invalid, match="99"):
        store.snapshot(DEALS, 99)


def test_a_commit_of_several_files_and_none(store):
    base = store.create(DEALS, COLUMNS)
    two = (stage(store, DEALS, rows(0, 2)), stage(store, DEALS, rows(2, 3)))
    after = store.commit(base, Commit(place=DEALS, run="r", add=two))
    assert (after.version, after.rows, [f.rows for f in after.files]) == (1, 3, [2, 1])
    told = store.commit(after, Commit(place=DEALS, run="r2", transaction=Transaction(app=APP, sequence=1)))
    assert (told.version, told.rows, store.sequence(told, APP)) == (2, 3, (1, "r2"))
    empty = put(store, told, rows(0, 0))
    assert empty.rows == 3
    assert ids(empty) == [0, 1, 2]


def test_a_stale_base_is_refused_whatever_it_wants(store):
    base = put(store, store.create(DEALS, COLUMNS), rows(0, 2), sequence=1)
    newest = put(store, base, rows(2, 4), sequence=2)
    file = stage(store, DEALS, rows(8, 9))
    for wish in (
        Commit(place=DEALS, run="late", add=(file,), transaction=Transaction(app=APP, sequence=2)),
        Commit(place=DEALS, run="late", add=(file,), transaction=Transaction(app="weft:other", sequence=1)),
        Commit(place=DEALS, run="late", add=(file,), mode="overwrite"),
        Commit(place=DEALS, run="late", add=(file,), remove=base.files),
    ):
        with pytest.raises(Conflict):
            store.commit(base, wish)
    with pytest.raises(Conflict):
        store.restore(base, 0, "late")
    with pytest.raises(Conflict):
        store.evolve(base, (Column(name="more", type="BIGINT"),))
    assert ids(store.snapshot(DEALS)) == [0, 1, 2, 3]
    again = store.commit(newest, Commit(place=DEALS, run="late", add=(file,)))  # the staged file is still there
    assert ids(again) == [0, 1, 2, 3, 8]


def test_a_sequence_is_committed_once(store):
    base = put(store, store.create(DEALS, COLUMNS), rows(0, 1), sequence=5)
    for sequence in (4, 5):
        with pytest.raises(Conflict, match="already"):
            put(store, base, rows(1, 2), sequence=sequence)
    assert store.sequence(put(store, base, rows(1, 2), sequence=6), APP) == (6, "r6")


def test_two_apps_keep_their_own_sequences(store):
    base = put(store, store.create(DEALS, COLUMNS), rows(0, 1), sequence=7)
    replay = Transaction(app=f"{APP}:replay", sequence=1)
    both = put(store, base, rows(1, 2), run="again", transaction=replay)
    evolved = store.evolve(both, (Column(name="more", type="BIGINT"),))
    assert store.sequence(evolved, APP) == (7, "r7")
    assert store.sequence(evolved, f"{APP}:replay") == (1, "again")
    assert store.sequence(base, f"{APP}:replay") is None


def test_rows_of_one_file_are_replaced_in_one_commit(store):
    base = put(store, put(store, store.create(DEALS, COLUMNS), rows(0, 3)), rows(3, 6))
    after = put(store, base, rows(10, 11), remove=base.files[:1])
    assert after.version == base.version + 1
    assert ids(after) == [3, 4, 5, 10]
    with pytest.raises(Invalid, match="could go"):
        put(store, after, rows(20, 21), remove=base.files[:1])
    assert store.snapshot(DEALS) == after


def test_overwrite_and_empty_overwrite(store):
    base = put(store, put(store, store.create(DEALS, COLUMNS), rows(0, 3)), rows(3, 6))
    other = put(store, base, rows(7, 9), mode="overwrite", sequence=1)
    assert ids(other) == [7, 8]
    empty = store.commit(other, Commit(place=DEALS, run="r", mode="overwrite"))
    assert (empty.version, empty.files, empty.columns) == (other.version + 1, (), COLUMNS)
    assert store.sequence(empty, APP) == (1, "r1")
    assert ids(store.snapshot(DEALS, base.version)) == list(range(6))


def test_evolve_adds_columns_and_old_rows_have_none(store):
    base = put(store, store.create(DEALS, COLUMNS), rows(0, 1))
    more = (*COLUMNS, Column(name="city", type="STRUCT(zip VARCHAR)"))
    after = store.evolve(base, more)
    assert after.columns == more
    assert after.version == base.version + 1
    assert store.evolve(after, more) == after
    with pytest.raises(Invalid, match="city"):
        put(store, after, rows(1, 2))
    full = put(store, after, "SELECT 1::BIGINT AS id, 'b' AS name, {'zip': '1'} AS city")
    assert read(full) == [(0, "n0", None), (1, "b", {"zip": "1"})]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1.5::DOUBLE AS id, 'a' AS name",
        "SELECT 1::INTEGER AS id, 'a' AS name",
        "SELECT 1::BIGINT AS id, 'a' AS name, 1 AS extra",
        "SELECT 1::BIGINT AS id",
    ],
)
def test_a_file_of_other_columns_is_refused(store, sql):
    base = store.create(DEALS, COLUMNS)
    with pytest.raises(Invalid, match="does not fit"):
        put(store, base, sql)
    assert store.snapshot(DEALS) == base


def test_a_file_that_is_not_what_is_told_is_refused(store, tmp_path):
    base = store.create(DEALS, COLUMNS)
    file = stage(store, DEALS, rows(0, 3))
    wrong = file.model_copy(update={"rows": 4})
    Path(file.path).with_name("text.parquet").write_text("not Parquet at all")
    text = file.model_copy(update={"path": str(Path(file.path).with_name("text.parquet"))})
    outside = file.model_copy(update={"path": str(tmp_path / "x.parquet")})
    for bad in (wrong, text, outside):
        with pytest.raises(Invalid):
            store.commit(base, Commit(place=DEALS, run="r", add=(bad,)))
    gone = file.model_copy(update={"path": str(Path(file.path).with_name("gone.parquet"))})
    with pytest.raises(Unavailable, match="gone"):
        store.commit(base, Commit(place=DEALS, run="r", add=(gone,)))
    assert store.commit(base, Commit(place=DEALS, run="r", add=(file,))).rows == 3


def test_hidden_columns_may_be_missing(store):
    base = store.create(DEALS, (*COLUMNS, Column(name="_weft_file", type="VARCHAR")))
    assert read(put(store, base, rows(0, 1)), "SELECT id FROM t") == [(0,)]


def test_restore_takes_rows_and_sequences_back(store):
    first = put(store, store.create(DEALS, COLUMNS), rows(0, 3), sequence=1)
    second = put(store, first, rows(3, 6), sequence=2)
    replay = Transaction(app=f"{APP}:replay", sequence=9)
    third = put(store, second, rows(6, 7), mode="overwrite", run="x", transaction=replay)
    back = store.restore(third, first.version, "undo")
    assert back.version == third.version + 1
    assert ids(back) == [0, 1, 2]
    assert back.files == first.files
    assert store.sequence(back, APP) == (1, "r1")
    assert store.sequence(back, f"{APP}:replay") is None
    again = put(store, back, rows(3, 6), sequence=2)
    assert ids(again) == list(range(6))
    assert store.sequence(again, APP) == (2, "r2")
    assert store.history(DEALS, 2)[1]["operation"] == "RESTORE"


def test_quiet_columns_have_no_statistics(store):
    base = store.create(DEALS, COLUMNS, quiet=["name"])
    (file,) = put(store, base, rows(3, 6)).files
    bounds = ({name: str(value) for name, value in part.items()} for part in (file.minimum, file.maximum, file.nulls))
    assert tuple(bounds) == ({"id": "3"}, {"id": "5"}, {"id": "0"})
    evolved = store.evolve(store.snapshot(DEALS), (Column(name="city", type="VARCHAR"),))
    sql = "SELECT 1::BIGINT AS id, 'secret' AS name, 'Rome' AS city"
    assert "city" not in put(store, evolved, sql, mode="overwrite").files[0].maximum  # until create says otherwise
    base = store.create(DEALS, (*COLUMNS, Column(name="city", type="VARCHAR")), quiet=["id", "name"])
    assert put(store, base, sql, mode="overwrite").files[0].maximum == {"city": "Rome"}


def test_vacuum_takes_what_nobody_needs(store):
    base = store.create(DEALS, COLUMNS)
    one = put(store, base, rows(0, 1))
    two = put(store, one, rows(1, 2), mode="overwrite")
    three = put(store, two, rows(2, 3), mode="overwrite")
    stage(store, DEALS, rows(8, 9))
    assert store.vacuum(DEALS, [one.version, two.version], older_than=3600) == 0
    assert store.vacuum(DEALS, [one.version]) == 2  # that of version two, and the staged one
    assert ids(store.snapshot(DEALS, one.version)) == [0]
    assert ids(store.snapshot(DEALS)) == [2]
    with pytest.raises(Broken, match="missing"):
        store.snapshot(DEALS, two.version)
    assert store.vacuum(DEALS, [one.version]) == 0
    assert ids(put(store, three, rows(3, 4))) == [2, 3]
    with pytest.raises(Invalid, match="99"):
        store.vacuum(DEALS, [99])


def test_vacuum_leaves_what_was_removed_a_moment_ago(store):
    one = put(store, store.create(DEALS, COLUMNS), rows(0, 1))
    if "://" not in one.root:  # a bucket's objects are as young as they are
        old = time.time() - 7200
        os.utime(one.paths[0], (old, old))
    put(store, one, rows(1, 2), mode="overwrite")
    assert store.vacuum(DEALS, [], older_than=3600) == 0
    assert ids(one) == [0]
    assert store.vacuum(DEALS, []) == 1


def test_history_tells_runs_and_metadata(store):
    base = store.create(DEALS, COLUMNS)
    put(store, base, rows(0, 1), sequence=3, operation="FOLD", metadata={"weft.sequence": "3"})
    newest, oldest = store.history(DEALS)
    assert (newest["version"], newest["operation"], newest["run"]) == (1, "FOLD", "r3")
    assert newest["metadata"]["weft.sequence"] == "3"
    assert newest["at"].endswith("+00:00")
    assert oldest["version"] == 0
    assert len(store.history(DEALS, 1)) == 1


def test_places_and_drop(store):
    log, other = place(part="log"), place("hr.people.staff")
    for at in (DEALS, log, other):
        put(store, store.create(at, COLUMNS), rows(0, 1))
    assert set(store.places()) == {DEALS, log, other}
    store.drop(DEALS)
    store.drop(DEALS)
    assert set(store.places()) == {log, other}
    assert store.snapshot(DEALS).version == -1
    assert store.create(DEALS, (Column(name="id", type="VARCHAR"),)).version == 0


def test_threads_lose_nothing_and_double_nothing(store):
    store.create(DEALS, COLUMNS)

    def write(number: int) -> None:
        for step in range(5):
            file = stage(store, DEALS, rows(number * 100 + step, number * 100 + step + 1))
            while True:
                try:
                    store.commit(store.snapshot(DEALS), Commit(place=DEALS, run=str(number), add=(file,)))
                    break
                except Conflict:
                    continue

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids(store.snapshot(DEALS)) == [number * 100 + step for number in range(3) for step in range(5)]


@pytest.mark.parametrize("kind", ["HUGEINT", "TIMESTAMP", "TIME", "INTEGER[3]", "STRUCT(a HUGEINT)", "UUID"])
def test_types_that_a_table_cannot_hold(tmp_path, kind):
    store = DeltaStore(str(tmp_path / "tables"))
    with pytest.raises(Invalid, match="cannot hold"):
        store.create(DEALS, (Column(name="x", type=kind),))
    assert store.snapshot(DEALS).version == -1


def test_names_that_lead_elsewhere(tmp_path):
    store = DeltaStore(str(tmp_path / "tables"))
    for name in ("...a.b", "a/b.c.d", ".x.y.z", "a%20.b.c"):
        with pytest.raises(WeftError):
            store.create(place(name), COLUMNS)
    with pytest.raises(Invalid, match="%"):
        DeltaStore(str(tmp_path / "a%20b"))
