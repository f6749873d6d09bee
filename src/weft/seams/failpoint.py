"""Named places where a test may kill the process: `WEFT_FAILPOINT=land.written`, `:3` behind it = the third time."""

from __future__ import annotations

import os
import signal

_WANTED, _, _NTH = os.environ.get("WEFT_FAILPOINT", "").partition(":")
_left = int(_NTH or 1)


def failpoint(name: str) -> None:
    """Die here as by kill -9, when the environment names this point; else nothing."""
    global _left  # noqa: PLW0603 - counts down over the life of the process
    if name == _WANTED:
        _left -= 1
        if not _left:
            os.kill(os.getpid(), signal.SIGKILL)
