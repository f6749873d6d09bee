"""One worker process, seen from the trusted side."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.engines.duck import protocol
from weft.errors import Unavailable

if TYPE_CHECKING:
    from weft.model import Limits

MB = 1_000_000
UNFETCHED = 600.0
"""Seconds after which an answer that nobody fetches is given up."""


class Busy(Struct):
    """What a worker is at."""

    limits: Limits
    began: float
    idle: float = 0.0
    """Seconds in which the reader of the answer did not wait for the worker."""
    idle_since: float | None = None
    ending: float | None = None
    """Time by which the worker must have let go of the question."""

    def over(self, now: float, memory: int) -> str:
        """Which limit is passed; empty = none."""
        idle = self.idle + (now - self.idle_since if self.idle_since is not None else 0.0)
        if self.ending is not None:
            return "ended" if now > self.ending else ""
        if now - self.began - idle > self.limits.seconds:
            return "seconds"
        if memory > self.limits.memory * MB:
            return "memory"
        return "unfetched" if now - self.began > UNFETCHED + self.limits.seconds else ""


class Process:
    """A worker that lives until it is killed. Not safe for two questions at once: the pool sees to that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.busy: Busy | None = None
        self.verdict = ""
        """Which limit it was killed for."""
        self._resident = 0
        folder.mkdir(mode=0o700, parents=True)
        ours, theirs = socket.socketpair()
        end, self._life = os.pipe()
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [*_interpreter(), str(theirs.fileno()), str(end), str(folder)],
                env=_environment(),
                pass_fds=[theirs.fileno(), end],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        finally:
            theirs.close()
            os.close(end)
        self._orders = ours

    def ready(self) -> bool:
        """Wait until it can take a question; False when it is gone."""
        with contextlib.suppress(OSError):
            said = self._orders.recv(1) == protocol.READY
            self.busy = None
            if said:
                self._resident = _resident(self._popen.pid)
            return said
        return False

    def order(self, order: dict[str, Any], descriptors: list[int], limits: Limits) -> None:
        """Hand over a question.

        Raises:
            protocol.Closed: it is gone.
        """
        self.busy = Busy(limits, time.monotonic())
        protocol.send_order(self._orders, order, descriptors)

    def memory(self) -> int:
        """Resident bytes above what the process has when idle; 0 where the system does not tell."""
        return _resident(self._popen.pid) - self._resident

    def watch(self, now: float) -> None:
        """Kill it when it has passed a limit."""
        busy = self.busy
        verdict = busy.over(now, self.memory()) if busy else ""
        if verdict:
            self.kill(verdict)

    def kill(self, verdict: str) -> None:
        """End it now; what it was answering is lost."""
        self.verdict = self.verdict or verdict
        self._popen.kill()

    def bury(self) -> int:
        """Free what it held, once it is gone; returns how it ended."""
        self._popen.kill()
        code = self._popen.wait()
        self._orders.close()
        os.close(self._life)
        shutil.rmtree(self.folder, ignore_errors=True)
        return code

    def wait(self) -> int:
        """How it ended."""
        return self._popen.wait()


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _interpreter() -> list[str]:
    if not sys.executable:
        raise Unavailable("There is no Python interpreter to start workers with (sys.executable is empty).")
    return [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "weft.engines.duck.worker"]


def _environment() -> dict[str, str]:
    """Nothing of ours: no credentials, no proxies, no settings; only where weft lies and how to use memory."""
    return {
        "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "2",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    }
