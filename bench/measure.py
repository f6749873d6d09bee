"""What a piece of work costs: run in a fresh child process, or watched from inside one."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import runpy
import statistics
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).parents[1]
MB = 1_000_000
_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes of what the system counts a peak in."""


@dataclass(frozen=True)
class Spent:
    """What one child process cost."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of user and system, of the process and of the children that it waited for."""
    megabytes: float
    """Peak resident memory of the largest of these processes."""
    said: str
    """Its standard output."""


together = False
"""Whether modules are run inside of this process: a quick run, whose numbers mean nothing, saves their starts."""


def python(*arguments: object) -> list[str]:
    """This interpreter with arguments."""
    return [sys.executable, *map(str, arguments)]


def spend(command: Sequence[str], *, folder: Path | None = None, fresh: bool = False) -> Spent:
    """Run a command to its end and tell what it cost.

    This process stays small on purpose: a child's peak begins with that of the process that starts it.

    Args:
        command: what to run, and its arguments.
        folder: where; the project's without.
        fresh: in a process of its own in a quick run too.
    """
    if together and not fresh and command[:2] == python("-m"):
        return _here(command[2:], folder or ROOT)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)
    began = time.monotonic()
    child = subprocess.Popen(command, cwd=folder or ROOT, env=environment, stdout=subprocess.PIPE)
    said = child.stdout.read().decode() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}\n{said}")
    return Spent(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _UNIT / MB, said)


def _here(command: Sequence[str], folder: Path) -> Spent:
    """What `python -m` does, in this process."""
    from weft.cli import main

    began, cpu, said, arguments = time.monotonic(), time.process_time(), io.StringIO(), sys.argv
    sys.argv = ["", *command[1:]]
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(said), warnings.catch_warnings(action="ignore"):
            if command[0] == "weft":  # its process would end here
                main()
            else:
                runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code:
            raise SystemExit(f"{' '.join(command)} ended with {end.code}\n{said.getvalue()}") from end
    finally:
        sys.argv = arguments
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / MB
    return Spent(time.monotonic() - began, time.process_time() - cpu, peak, said.getvalue())


def middle(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(list(values))


def late(values: Iterable[float]) -> float:
    """The 95th percentile: one of twenty is greater."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * 19 // 20)]


def children(parent: int = 0) -> list[int]:
    """Processes that one, by default this one, has started and that live; none where the system does not tell."""
    found, parent = [], parent or os.getpid()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text(errors="replace").rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.parent.name))
        except (OSError, ValueError, IndexError):
            continue
    return found


def clock(pid: int) -> float:
    """CPU seconds of a process until now; its clock is numbered as clock_getcpuclockid(3) does on Linux."""
    return time.clock_gettime((~pid << 3) | 2)


@dataclass(frozen=True)
class Tree:
    """This process and workers that it keeps, by their CPU clocks."""

    workers: tuple[int, ...]

    def cpu(self) -> float:
        """Seconds until now."""
        return time.process_time() + sum(map(clock, self.workers))

    def megabytes(self) -> float:
        """Peak of the largest worker."""
        return max((_peak(pid) for pid in self.workers), default=0.0)


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) * 1024 / MB for line in lines if line.startswith("VmHWM")), 0.0)


def told(spent: Spent) -> Any:
    """What a child printed as JSON, on its last line."""
    import json

    return json.loads(spent.said.splitlines()[-1])
