"""A mesh that is served, and what its process costs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import MB, ROOT, children, clock
from bench.mesh import weft_command

if TYPE_CHECKING:
    from collections.abc import Iterator


class Served:
    """A server that answers.

    Args:
        port: where it answers.
        process: the server's.
    """

    def __init__(self, port: int, process: int) -> None:
        self.port, self.process = port, process

    def cpu(self) -> float:
        """Seconds of the server and of its workers until now."""
        return sum(map(clock, (self.process, *children(self.process))))

    def memory(self) -> list[dict[str, float]]:
        """MB of the server, then of each worker: `Rss` with, `Pss` with its share of what others map too."""
        return [_memory(pid) for pid in (self.process, *children(self.process))]

    def get(self, path: str, who: str) -> tuple[int, bytes]:
        """A page as somebody sees it."""
        return self._asked("GET", path, who)

    def ask(self, sql: str, who: str) -> tuple[int, bytes]:
        """The answer to a question."""
        return self._asked("POST", "/api/v1/ask", who, json.dumps({"sql": sql}))

    def json(self, path: str, who: str) -> Any:
        """A page's twin."""
        return json.loads(self.get(path, who)[1])

    def _asked(self, method: str, path: str, who: str, body: str | None = None) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Weft-As": who, "Accept": "application/json" if body else "text/html"}
        headers |= {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        try:
            return answer.status, answer.read()
        finally:
            connection.close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[Served, float]]:
    """A server that answers, and seconds until its front page came."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    began = time.monotonic()
    server = subprocess.Popen(
        [*weft_command(), "serve", str(folder), "--port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = server.stdout.readline() if server.stdout else ""
        port = re.search(r":(\d+)/", line)
        if port is None:
            raise SystemExit(f"weft serve said: {line}")
        found = Served(int(port[1]), server.pid)
        found.get("/", "")
        yield found, time.monotonic() - began
    finally:
        server.terminate()
        server.wait(60)


def _memory(pid: int) -> dict[str, float]:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:  # this system does not tell
        return {"Rss": 0.0, "Pss": 0.0}
    return {k: int(re.findall(rf"^{k}: +(\d+)", text, re.MULTILINE)[0]) * 1024 / MB for k in ("Rss", "Pss")}
