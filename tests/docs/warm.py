"""A `weft` for shells that is ready at once: each command is a process of its own, born from one that has its imports.

Started as `python warm.py SOCKET`. It imports everything, opens nothing, and forks a child for each command that it is
sent: arguments, folder, environment and the three standard streams are those of whoever asks.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT = """#!{python} -IS
import json, os, socket, sys
here = socket.socket(socket.AF_UNIX)
here.connect({socket!r})
told = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(here, [len(told).to_bytes(4, "big")], [0, 1, 2])
here.sendall(told)
sys.exit(int(here.makefile().read() or 137))  # nothing said: it was killed
"""


@contextmanager
def warm_weft(folder: Path) -> Iterator[Path]:
    """A folder for PATH with the command `weft`."""
    place, command = folder / "socket", folder / "bin" / "weft"
    command.parent.mkdir()
    command.write_text(CLIENT.format(python=sys.executable, socket=str(place)))
    command.chmod(0o755)
    paths = [str(Path(__file__).parents[1]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", __file__, str(place)], env=environment, stdin=subprocess.PIPE
    )
    assert process.stdin
    try:
        while not place.exists():
            assert process.poll() is None, "it ended at once"
            time.sleep(0.02)
        yield command.parent
    finally:
        process.stdin.close()
        process.wait(60)


def main(place: str) -> None:
    """Serve until the other side closes standard input."""
    from faults.zygote import warm

    warm()
    signal.signal(signal.SIGCHLD, _reap)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{place}.new")
        door.listen(16)
        os.rename(f"{place}.new", place)
        while door in select.select([door, sys.stdin], [], [])[0]:
            asking, _ = door.accept()
            if not os.fork():
                door.close()
                _serve(asking)
            asking.close()


def _reap(*_: object) -> None:
    """Bury who has ended; the child itself has told whoever asked how."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _serve(asking: socket.socket) -> None:
    """Be the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, streams, _, _ = socket.recv_fds(asking, 4, 3)
    arguments, folder, environment = json.loads(asking.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    code = _weft(arguments)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    asking.sendall(str(code).encode())
    os._exit(0)


def _weft(arguments: list[str]) -> Any:
    sys.argv = ["weft", *arguments]
    try:
        from weft.cli import main

        main()
    except SystemExit as end:
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main(sys.argv[1])
