"""A table folder that was edited by hand, a full disk, an old log."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from deltalake import DeltaTable

from weft.errors import Broken, Conflict, Invalid, Unavailable
from weft.model import Column, Commit
from weft.stores import files, log, table
from weft.stores.delta import DeltaStore
from weft.testing.staged import place, put, read, stage

DEALS = place()
COLUMNS = (Column(name="id", type="BIGINT"),)


@pytest.fixture
def store(tmp_path):
    return DeltaStore(str(tmp_path / "tables"))


@pytest.fixture
def base(store):
    snapshot = store.create(DEALS, COLUMNS)
    for number in range(3):
        snapshot = put(store, snapshot, f"SELECT {number}::BIGINT AS id", sequence=number + 1)
    return snapshot


def anew(store):
    """The store as another process opens it: this one remembers what it saw whole."""
    return DeltaStore(store.ground.root)


def in_log(snapshot, version):
    return Path(snapshot.root, "_delta_log", log.commit_file(version))


def test_a_deleted_data_file_is_named(store, base):
    Path(base.paths[1]).unlink()
    with pytest.raises(Broken, match=base.files[1].path) as caught:
        store.snapshot(DEALS)
    assert "backup" in caught.value.hint
    assert "1 of 3" in caught.value.message


def test_a_changed_data_file_is_named(store, base):
    with Path(base.paths[0]).open("ab") as file:
        file.write(b"x")
    with pytest.raises(Broken, match=base.files[0].path):
        anew(store).snapshot(DEALS)
    assert store.snapshot(DEALS, 0).rows == 0


@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_deleted_commit_is_named(store, base, version):
    in_log(base, version).unlink()
    with pytest.raises(Broken, match=in_log(base, version).name):
        anew(store).snapshot(DEALS)


@pytest.mark.parametrize("text", ["", "{nonsense", "[]"])
def test_a_damaged_commit_is_named(store, base, text):
    in_log(base, 2).write_text(text)
    with pytest.raises(Broken, match=in_log(base, 2).name):
        anew(store).snapshot(DEALS)


def test_a_torn_newest_commit_is_not_taken_for_no_change(store, base):
    in_log(base, base.version).write_text("")
    with pytest.raises(Broken, match="is empty"):
        store.snapshot(DEALS)


def test_a_lost_newest_commit_is_an_unknown_version(store, base):
    in_log(base, base.version).unlink()
    assert store.snapshot(DEALS).version == base.version - 1
    with pytest.raises(Invalid, match="newest is 2"):
        store.snapshot(DEALS, base.version)


def test_a_lost_log(store, base):
    shutil.rmtree(Path(base.root, "_delta_log"))
    with pytest.raises(Broken, match="log of table"):
        store.snapshot(DEALS)
    with pytest.raises(Broken, match="log of table"):
        store.create(DEALS, COLUMNS)


def test_an_empty_folder_is_no_table(store):
    Path(store.ground.root, DEALS.path, "_delta_log").mkdir(parents=True)
    assert store.snapshot(DEALS).version == -1
    assert store.create(DEALS, COLUMNS).version == 0


def test_commits_of_others_are_seen_and_fence(store, base):
    import pyarrow as pa
    from deltalake import write_deltalake

    write_deltalake(base.root, pa.table({"id": pa.array([9], pa.int64())}), mode="append")
    with pytest.raises(Conflict, match="somebody else"):
        put(store, base, "SELECT 4::BIGINT AS id", sequence=4)
    now = store.snapshot(DEALS)
    assert now.rows == 4
    assert store.sequence(now, "weft:sales.pipeline.deals@1") == (3, "r3")


@contextmanager
def files_of_at_most(limit):
    """Writing more to one file fails, much as on a full disk."""
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_leaves_nothing_half_written(store, base):
    file = stage(store, DEALS, "SELECT 4::BIGINT AS id")
    wish = Commit(place=DEALS, run="r", add=(file,))
    before = sorted(Path(base.root).rglob("*"))
    with files_of_at_most(100), pytest.raises(Unavailable, match="disk is full"):
        store.commit(base, wish)
    assert sorted(Path(base.root).rglob("*")) == before
    assert store.commit(base, wish).rows == 4


def test_a_full_disk_while_moving(store, base, monkeypatch):
    two = tuple(stage(store, DEALS, f"SELECT {number}::BIGINT AS id") for number in (4, 5))
    done = []

    def full(path):
        done.append(path)
        if len(done) > 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "sync", full)
    with pytest.raises(Unavailable, match="disk is full"):
        store.commit(base, Commit(place=DEALS, run="r", add=two))
    assert all(Path(file.path).exists() for file in two)
    assert store.snapshot(DEALS) == base


def test_a_failure_behind_the_commit_does_not_undo_it(store, base, monkeypatch):
    whole = DeltaTable.create_write_transaction

    def fails_late(self, *args, **settings):
        whole(self, *args, **settings)
        raise OSError(28, "checkpoint: No space left on device")

    monkeypatch.setattr(DeltaTable, "create_write_transaction", fails_late)
    assert put(store, base, "SELECT 4::BIGINT AS id").rows == 4


def test_an_old_log_is_cleared_but_for_what_is_kept(store, base, monkeypatch):
    for number in range(3, 45):
        base = put(store, base, f"SELECT {number}::BIGINT AS id", sequence=number + 1)
    monkeypatch.setattr(table, "LOG_DAYS", 0)
    months_ago = time.time() - 90 * 86400
    for version in range(31):
        for path in Path(base.root, "_delta_log").glob(f"{version:020d}.*"):
            os.utime(path, (months_ago, months_ago))
    assert store.vacuum(DEALS, [0]) == 0
    assert log.oldest(base.handle.folder) == 0
    store.vacuum(DEALS, [])
    assert 0 < log.oldest(base.handle.folder) <= 31
    assert store.snapshot(DEALS, 35).rows == 35
    assert store.snapshot(DEALS) == base
    assert store.sequence(store.snapshot(DEALS), "weft:sales.pipeline.deals@1") == (45, "r45")
    assert [row[0] for row in read(store.snapshot(DEALS))] == list(range(45))
    with pytest.raises(Invalid, match="no version 1"):
        store.snapshot(DEALS, 1)
