"""This process as a holder of leases."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from functools import cache
from pathlib import Path

_MARK = "~"
"""Stands for the / of a holder's name in the name of a folder."""


@cache
def me() -> str:
    """host/pid/start: another process that gets the same pid later is not taken for this one."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def alive(owner: str) -> bool:
    """False only when the holder ran on this machine and is gone."""
    host, _, rest = owner.partition("/")
    pid, _, started = rest.partition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _started(int(pid)) == started.partition("#")[0]  # what follows tells its threads apart


def private_folder(below: Path) -> Path:
    """A fresh folder of this process alone; those of processes that are known to be dead are removed."""
    for left in below.iterdir():
        owner, separator, _ = left.name.rpartition(_MARK)
        if separator and not alive(owner.replace(_MARK, "/")):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=below, prefix=me().replace("/", _MARK) + _MARK))


def _started(pid: int) -> str:
    """Start time of a process in clock ticks since boot, where the system tells (Linux); else empty."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123 - not a path of ours
            return stat.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
