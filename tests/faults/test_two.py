"""Two processes on one table: who comes second is told who holds it, and a sleeper who wakes late changes nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from faults import life as lives
from faults.script import STAGES

if TYPE_CHECKING:
    from faults.birth import Mother
    from faults.life import Life

NAMES = [name for name, _, _ in STAGES]
SLEEPS = (
    ("changed files", "land.written"),
    ("changed files", "land.quarantined"),
    ("changed files", "land.committed"),
    ("a database read again", "land.committed"),
    ("a database read again", "fold.written"),
    ("a database read again", "fold.committed"),
    ("changed files", "publish.audited"),
    ("derived again", "store.before_commit"),
    ("discarded", "undo.begun"),
    ("replayed", "superseded.written"),
)
"""Where the first process sleeps while a second one does the same work."""


def sleep_and_wake(life: Life, mother: Mother, case: tuple[str, str]) -> list[str]:
    """Fall asleep holding a lease that runs out; wake up when another has done the work."""
    name, step = case
    stage = NAMES.index(name)
    commands = life.stages[stage]["commands"]
    mother.restore(stage)
    first = mother.start("play", f"stop {step}", commands=commands, lease=0.05, again=True)
    first.until_stopped()
    time.sleep(0.1)
    complaints = life.wrong(stage, mother.call("recover", commands=commands))
    first.go_on()
    return complaints + life.wrong(stage, mother.call("recover", commands=[]))


@pytest.mark.slow
def test_who_wakes_late_changes_nothing(life: Life) -> None:
    assert life.each(SLEEPS, partial(sleep_and_wake, life)) == []


def test_the_second_is_told_who_holds_it(life: Life) -> None:
    mother, stage = life.mothers[0], NAMES.index("changed files")
    commands = life.stages[stage]["commands"]
    mother.restore(stage)
    first = mother.start("play", "stop land.intended", commands=commands)
    first.until_stopped()
    (told,) = lives.failed(mother.call("play", commands=commands)["said"][commands[0]])
    assert re.match(rf"product d\.shop is being worked on by process {first.pid} on \S+", told), told
    assert "run again" in told
    assert lives.failed(first.go_on()["said"][commands[0]]) == []
    assert life.wrong(stage, mother.call("recover", commands=[])) == []


def test_both_at_once(life: Life) -> None:
    mother, stage = life.mothers[0], NAMES.index("changed files")
    commands = life.stages[stage]["commands"]
    mother.restore(stage)
    both = [mother.start("play", commands=commands) for _ in range(2)]
    assert [child.end() for child in both] == [0, 0]
    assert life.wrong(stage, mother.call("recover", commands=commands)) == []


def test_the_lease_of_the_dead_is_taken_over_and_their_litter_removed(life: Life) -> None:
    """Without waiting for it to run out; nobody else needs to know that somebody died."""
    mother, stage = life.mothers[0], NAMES.index("changed files")
    commands = life.stages[stage]["commands"]
    mother.restore(stage)
    for step in ("store.after_move:1", "land.written:1", "store.after_move:2"):
        assert mother.killed("play", step, commands=commands)
    assert len(list((mother.mesh / ".weft" / "scratch").iterdir())) == 1, "the others' went with the next start"
    assert life.wrong(stage, mother.call("recover", commands=commands)) == []
    assert list((mother.mesh / ".weft" / "scratch").iterdir()) == []
    tables = mother.mesh / ".weft" / "tables"
    mother.call("sweep")
    assert [path for path in (tables / ".staging").rglob("*") if path.is_file() and path.name != "lock"] == []
    kept = mother.call("listed")["files"]
    assert sorted(str(path) for path in tables.glob("[!.]*/**/*.parquet") if "_delta_log" not in path.parts) == kept


def test_workers_end_with_whoever_started_them(life: Life) -> None:
    mother = life.mothers[0]
    mother.restore(NAMES.index("changed files"))
    child = mother.start("asking")
    workers: list[int] = []
    for _ in range(1000):
        listed = subprocess.run(["pgrep", "-P", str(child.pid)], capture_output=True, text=True).stdout
        workers = [int(pid) for pid in listed.split()]
        if workers:
            break
        time.sleep(0.02)
    assert workers
    child.kill()
    for _ in range(1000):
        if not any(_runs(pid) for pid in workers):
            return
        time.sleep(0.02)
    raise AssertionError("workers go on without anybody who asks")


def _runs(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True).stdout
    return state.strip() not in ("", "Z")


def test_the_command_line_dies_where_the_environment_says(life: Life) -> None:
    """The same with nothing prepared: a plain command, killed; the same command again; everything is in order."""
    mother, stage = life.mothers[0], NAMES.index("changed files")
    mother.restore(stage)

    def weft(*command: str, failpoint: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "WEFT_FAILPOINT": failpoint, "WEFT_USER": "ada@x.example"}
        whole = [sys.executable, "-m", "weft", *command, "--mesh", str(mother.mesh)]
        return subprocess.run(whole, env=environment, capture_output=True, text=True, timeout=120)

    assert weft("run", "d.shop", failpoint="land.committed:2").returncode == -signal.SIGKILL
    again = weft("run", "d.shop")
    assert again.returncode == 0, again.stdout + again.stderr
    assert life.wrong(stage, mother.call("recover", commands=[])) == []
