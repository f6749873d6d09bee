"""One program while it runs: its lines, what it complains of, its end."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from weft.errors import Broken, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weft.connectors.programs.hidden import Hidden

LONGEST = 100_000_000
"""Bytes of a line."""
_CHUNK = 1 << 18
_LAST = 30
"""Lines of its complaints that are kept."""
_ERROR = re.compile(r"^(\w+\.)*\w*(Error|Exception)\b|\b(ERROR|CRITICAL|FATAL)\b")
"""A line that says what went wrong; hints and links may follow it."""
_PATIENCE = 5.0
"""Seconds between being asked to end and being killed."""


class Process:
    """A program in a session of its own, so that it is ended with its children; in a cleared environment.

    Args:
        command: executable and arguments; no secret is among them.
        folder: private folder that it runs in; its home.
        hidden: secrets, which no message shows.
        given: standard input.
    """

    def __init__(self, command: Sequence[str], folder: Path, hidden: Hidden, given: bytes = b"") -> None:
        self.name = os.path.basename(command[0])  # noqa: PTH119 - a name, not a path
        self._hidden = hidden
        self._complaints: deque[str] = deque(maxlen=_LAST)
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - a program that this machine offers
                list(command),
                cwd=folder,
                env=_environment(command[0], folder),
                stdin=subprocess.PIPE if given else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(f"the program '{self.name}' cannot be started: {error.strerror}") from None
        self._ears = threading.Thread(target=self._listen, daemon=True)
        self._ears.start()
        if given and self._popen.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._popen.stdin.write(given)
                self._popen.stdin.close()

    def lines(self, silence: float) -> Iterator[bytes]:
        """Lines of its output until it ends.

        Args:
            silence: seconds without a byte after which it is given up.

        Raises:
            Unavailable: it says nothing for too long.
            Broken: a line has no end.
        """
        out = self._popen.stdout
        assert out is not None  # noqa: S101 - it is a pipe
        rest: list[bytes] = []
        held = 0
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while True:
                if not selector.select(silence):
                    raise Unavailable(
                        f"the program '{self.name}' said nothing for {silence:g} seconds and was ended",
                        hint="Raise 'timeout' of the source if it needs longer between two lines.",
                    )
                data = os.read(out.fileno(), _CHUNK)
                if not data:
                    break
                first, *more = data.split(b"\n")
                rest.append(first)
                held += len(first)
                if held > LONGEST:
                    raise Broken(f"the program '{self.name}' wrote a line of more than {LONGEST:,} bytes")
                if more:
                    yield b"".join(rest)
                    yield from more[:-1]
                    rest, held = [more[-1]], len(more[-1])
        if held:
            yield b"".join(rest)

    def ended(self) -> int:
        """Its exit code, once its output has ended; it is ended when it lingers."""
        try:
            code = self._popen.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.end()
            code = self._popen.returncode
        self._ears.join(_PATIENCE)
        return code

    def complaint(self) -> str:
        """The last error that it told, else the last thing that it complained of, without secrets."""
        told = [line.strip() for line in self._complaints if line.strip()]
        errors = [line for line in told if _ERROR.search(line)]
        return self._hidden.scrubbed((errors or told)[-1])[:300] if told else ""

    def end(self) -> None:
        """End it and its children."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, how)
            if self._gone(_PATIENCE):
                break
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)  # children that outlived it
        self._ears.join(_PATIENCE)
        for pipe in (self._popen.stdout, self._popen.stdin, self._popen.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _gone(self, patience: float) -> bool:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self._popen.poll() is not None:
                return True
            time.sleep(0.01)
        return False

    def _listen(self) -> None:
        assert self._popen.stderr is not None  # noqa: S101 - it is a pipe
        with contextlib.suppress(OSError, ValueError):
            for line in iter(lambda: self._popen.stderr.readline(10_000), b""):  # type: ignore[union-attr]
                self._complaints.append(line.decode("utf-8", "replace"))


def _environment(executable: str, folder: Path) -> dict[str, str]:
    """Nothing of ours but where programs are, and which authorities and proxies lead out."""
    kept = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "TZ")
    told = {name: os.environ[name] for name in kept if name in os.environ}
    own = os.path.dirname(executable)  # noqa: PTH120 - as it was named
    return {
        **told,
        "PATH": os.pathsep.join((own, "/usr/local/bin", "/usr/bin", "/bin")),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "DO_NOT_TRACK": "1",
    }
