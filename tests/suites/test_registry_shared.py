"""What every registry must do for processes that share it, and when its server restarts."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from suites.kept import event
from weft.errors import Invalid, Unavailable
from weft.registries.open import open_registry

if TYPE_CHECKING:
    from postgres import Server


WAIT = 0.3
CHILD = """
import sys
from weft.model import Event
from weft.registries.open import open_registry

url, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
registry = open_registry(url)
won = 0
for n in range(count):
    with registry.transaction(write=True) as unit:
        won += unit.leases.acquire(f"lease {n}", name, 600)
        unit.journal.append([Event(type="run.started", id=f"{name}:{n}", at="", actor=name, subject="s")])
print(won)
"""


@pytest.mark.slow
def test_processes_share_one_registry(url: str) -> None:
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).unlink()  # they race to make it, too
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, url, f"p{n}", "25"], stdout=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    won = [int(child.communicate(timeout=60)[0]) for child in children]
    assert sum(won) == 25, "each lease has one winner"
    registry = open_registry(url)
    with registry.transaction() as unit:
        assert unit.journal.verify() == 75
        assert [e.sequence for e in unit.journal.read()] == list(range(1, 76))
    registry.close()


@pytest.mark.slow
@pytest.mark.parametrize(("point", "kept"), [("registry.before_commit", 2), ("registry.after_commit", 3)])
def test_a_killed_process_leaves_all_of_a_transaction_or_nothing(
    url: str, point: str, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_FAILPOINT", f"{point}:3")
    done = subprocess.run([sys.executable, "-c", CHILD, url, "p", "5"], capture_output=True, timeout=60, check=False)
    assert done.returncode == -9
    registry = open_registry(url, wait=5)
    with registry.transaction(write=True) as unit:
        assert unit.journal.verify() == kept
        assert [unit.leases.holder(f"lease {n}") is not None for n in range(4)] == [n < kept for n in range(4)]
        assert unit.journal.append([event(1)]) == 1
    registry.close()


def test_a_server_that_restarts_is_waited_for(server: Server, emptied: str) -> None:
    """What began before the restart is told so and has done nothing; what begins after it works at once."""
    registry = open_registry(emptied, wait=10)

    def cut_off() -> None:
        with registry.transaction(write=True) as unit:
            unit.journal.append([event(1)])
            server.restart()
            unit.journal.append([event(2)])

    with pytest.raises(Unavailable, match="cannot be reached"):
        cut_off()
    with registry.transaction() as unit:
        assert unit.journal.head() == (0, "")
    server.stop()
    starting = threading.Timer(0.5, server.start)
    starting.start()
    with registry.transaction(write=True) as unit:
        assert unit.journal.append([event(1)]) == 1
    starting.join()
    registry.close()


def test_a_server_that_stays_away_is_told(server: Server, emptied: str) -> None:
    registry = open_registry(emptied, wait=WAIT)
    server.stop()
    try:
        with pytest.raises(Unavailable, match="cannot be reached"), registry.transaction():
            pass
        with pytest.raises(Unavailable, match="cannot be reached"):
            open_registry(emptied, wait=WAIT)
    finally:
        server.start()
        registry.close()


def test_a_password_is_never_in_the_url() -> None:
    with pytest.raises(Invalid, match="holds a password") as told:
        open_registry("postgresql://weft:hunter2@db.example/weft")
    assert "hunter2" not in f"{told.value} {told.value.hint}"
    with pytest.raises(Invalid, match="no password"):
        open_registry("sqlite:///x.db", password="hunter2")
