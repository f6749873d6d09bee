"""The real command line in tests: in this process where that is enough, else as a process of its own."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "COLUMNS": "110",
    "TERM": "dumb",
    "LANG": "C.UTF-8",
    "WEFT_USER": "ida@shop.example",
}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, as JSON."""
        import json

        return json.loads(self.out)


@contextlib.contextmanager
def standing_in(folder: Path) -> Iterator[None]:
    """The current folder, and back."""
    with contextlib.chdir(folder):
        yield


def weft(folder: Path, *arguments: str, given: str = "", **environment: str) -> Ended:
    """`weft ARGUMENTS` in `folder`, in this process: not a terminal, `given` on standard input."""
    from typer.testing import CliRunner

    settings = {**ENVIRONMENT, "WEFT_AS": None, **environment}
    code: Any = 0
    with standing_in(folder), CliRunner().isolation(input=given, env=settings) as (out, err, _):
        try:
            _command().main(list(arguments), prog_name="weft")
        except SystemExit as end:  # the command line lets nothing else through
            code = end.code
        sys.stdout.flush()
        sys.stderr.flush()
        return Ended(code or 0, *(each.getvalue().decode() for each in (out, err)))


@functools.cache
def _command() -> Any:
    """The command line with all its commands: putting it together takes longer than many a command."""
    from typer.main import get_command

    from weft.cli import app

    return get_command(app)


def shell(folder: Path, command: str, **environment: str) -> Ended:
    """A line of bash in `folder`, weft as a process of its own."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**ENVIRONMENT, "HOME": str(folder), **environment},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def terminal(folder: Path, *arguments: str, typed: str = "", columns: int = 80, **environment: str) -> Ended:
    """`weft ARGUMENTS` on a terminal that is `columns` wide; what is `typed` waits there from the start."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    os.write(ours, typed.encode())
    settings = {k: v for k, v in ENVIRONMENT.items() if k != "COLUMNS"} | {"HOME": str(folder), **environment}
    process = subprocess.Popen(
        ["weft", *arguments], cwd=folder, env=settings, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    written = b""
    with contextlib.suppress(OSError):  # the other end is closed: the process ended
        while piece := os.read(ours, 65536):
            written += piece
    os.close(ours)
    return Ended(process.wait(timeout=300), written.decode().replace("\r\n", "\n"), "")
