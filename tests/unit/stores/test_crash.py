"""Processes that race, and processes that are killed between two steps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from weft.model import Column
from weft.stores.delta import DeltaStore
from weft.testing.staged import place, read

DEALS = place()
APP = "weft:sales.pipeline.deals@1"
LOADER = """
import sys
from weft.errors import Conflict
from weft.model import Commit, Transaction
from weft.stores.delta import DeltaStore
from weft.testing.staged import place, stage

root, run, until = sys.argv[1], sys.argv[2], int(sys.argv[3])
store, at, app = DeltaStore(root), place(), "weft:sales.pipeline.deals@1"
while True:
    base = store.snapshot(at)
    done = (store.sequence(base, app) or (0, ""))[0]
    if done >= until:
        break
    file = stage(store, at, f"SELECT {done}::BIGINT AS id")
    try:
        store.commit(base, Commit(place=at, run=run, add=(file,), transaction=Transaction(app=app, sequence=done + 1)))
    except Conflict:
        pass
"""


@pytest.fixture
def store(tmp_path):
    made = DeltaStore(str(tmp_path / "tables"))
    made.create(DEALS, (Column(name="id", type="BIGINT"),))
    return made


def load(store, run, until, failpoint=""):
    told = [sys.executable, "-c", LOADER, store.ground.root, run, str(until)]
    return subprocess.Popen(told, env={**os.environ, "WEFT_FAILPOINT": failpoint})


def ids(store):
    return [row[0] for row in read(store.snapshot(DEALS))]


@pytest.mark.slow
@pytest.mark.parametrize("step", ["before_move", "after_move", "before_commit", "after_commit"])
def test_killed_between_two_steps(store, step):
    killed = load(store, "killed", 5, f"store.{step}:3")
    assert killed.wait(60) == -signal.SIGKILL
    committed = 3 if step == "after_commit" else 2
    assert ids(store) == list(range(committed))
    assert store.sequence(store.snapshot(DEALS), APP) == (committed, "killed")
    assert load(store, "next", 5).wait(60) == 0
    now = store.snapshot(DEALS)
    assert ids(store) == list(range(5))
    assert store.sequence(now, APP) == (5, "next")
    orphans = {path.name for path in Path(now.root).glob("*.parquet")} - {file.path for file in now.files}
    assert len(orphans) == (step in ("after_move", "before_commit"))
    assert store.vacuum(DEALS, []) == (step != "after_commit")
    assert {path.name for path in Path(now.root).glob("*.parquet")} == {file.path for file in now.files}
    assert ids(store) == list(range(5))


@pytest.mark.slow
def test_three_processes_lose_nothing_and_double_nothing(store):
    racers = [load(store, f"p{number}", 24) for number in range(3)]
    while any(racer.poll() is None for racer in racers):
        store.vacuum(DEALS, [], older_than=60)
    assert [racer.returncode for racer in racers] == [0, 0, 0]
    assert ids(store) == list(range(24))
    assert {told["run"] for told in store.history(DEALS)} - {""} <= {"p0", "p1", "p2"}
