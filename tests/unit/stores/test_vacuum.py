"""Vacuum beside writers and readers."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from weft.model import Column, Commit
from weft.stores import files, table
from weft.stores.delta import DeltaStore
from weft.testing.staged import place, put, read, stage

DEALS = place()


@pytest.fixture
def store(tmp_path):
    return DeltaStore(str(tmp_path / "tables"))


@pytest.fixture
def base(store):
    return put(store, store.create(DEALS, (Column(name="id", type="BIGINT"),)), "SELECT 1::BIGINT AS id")


def test_a_file_counts_its_age_from_its_move(store, base):
    file = stage(store, DEALS, "SELECT 2::BIGINT AS id")
    os.utime(file.path, (0, 0))
    after = store.commit(base, Commit(place=DEALS, run="r", add=(file,)))
    assert Path(after.paths[1]).stat().st_mtime > time.time() - 60


def test_vacuum_waits_for_files_on_their_way(store, base):
    thread = threading.Thread(target=store.vacuum, args=(DEALS, []))
    with (
        files.lock(store.ground.local, DEALS.path),
        files.lock(store.ground.local, DEALS.path),
    ):  # writers do not wait for each other
        Path(base.root, "part-on-its-way.parquet").touch()
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        assert Path(base.root, "part-on-its-way.parquet").exists()
    thread.join(10)
    assert not Path(base.root, "part-on-its-way.parquet").exists()


def test_a_reader_that_was_overtaken_takes_the_newer_version(store, base, monkeypatch):
    listed, overtaken = table._files, []

    def overtake(handle, root):
        found = listed(handle, root)
        if not overtaken:
            overtaken.append(handle.version())
            put(store, base, "SELECT 2::BIGINT AS id", mode="overwrite")
            store.vacuum(DEALS, [])
        return found

    monkeypatch.setattr(table, "_files", overtake)
    assert read(DeltaStore(store.ground.root).snapshot(DEALS)) == [(2,)]
    assert overtaken == [base.version]
