"""The parent's side of `zygote.py`: orders to children, and how they ended."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Mother:
    """A zygote with a mesh of its own; `copies` holds that mesh as it was before each stage."""

    def __init__(self, folder: Path, copies: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.mesh, self.copies = folder, folder / "mesh", copies
        self.numbers = itertools.count(1)
        self.seconds = 0.0
        """Of processor time, of all children."""
        paths = [str(HERE.parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
        environment.pop("WEFT_FAILPOINT", None)
        command = [sys.executable, "-W", "ignore", str(HERE / "zygote.py")]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        self.read()

    def start(self, call: str, failpoint: str = "", **arguments: Any) -> Child:
        """Have a child begin."""
        number = next(self.numbers)
        log, out = self.folder / f"{number}.log", self.folder / f"{number}.json"
        order = {"call": call, "failpoint": failpoint, "log": str(log), "out": str(out)}
        told = self.ask({**order, "arguments": {"folder": str(self.mesh), **arguments}})
        return Child(self, call, told["pid"], log, out)

    def call(self, call: str, failpoint: str = "", **arguments: Any) -> dict[str, Any]:
        """Have a child do something to its end."""
        return self.start(call, failpoint, **arguments).done()

    def killed(self, call: str, failpoint: str, **arguments: Any) -> bool:
        """Have a child die at a failpoint; false when it never came there."""
        return self.start(call, failpoint, **arguments).end() != 0

    def restore(self, stage: int) -> None:
        """The mesh as it was before that stage, here."""
        shutil.rmtree(self.mesh, ignore_errors=True)
        shutil.copytree(self.copies / str(stage), self.mesh)
        # Publications name their files by absolute paths.
        with sqlite3.connect(self.mesh / ".weft" / "registry.db") as registry:
            built = str(self.copies.parent / "mesh")
            registry.execute("UPDATE weft_publications SET body = replace(body, ?, ?)", (f"{built}/", f"{self.mesh}/"))
        registry.close()

    def close(self) -> None:
        """End it."""
        if self.process.stdin and self.process.stdout:
            self.process.stdin.close()
            self.process.wait(10)
            self.process.stdout.close()

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Tell the zygote, and hear its answer."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self.read()

    def read(self) -> dict[str, Any]:
        """Its next answer."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the zygote died"
        return json.loads(line)


@dataclass(frozen=True)
class Child:
    """A process at work."""

    mother: Mother
    call: str
    pid: int
    log: Path
    out: Path

    def end(self) -> int:
        """Wait for it; 0 when it did what it was told, or minus SIGKILL."""
        told = self.mother.ask({"wait": self.pid})
        self.mother.seconds += told["cpu"]
        code = int(told["code"])
        assert code in (0, -signal.SIGKILL), f"{self.call} ended with {code}:\n{self.log.read_text()[-6000:]}"
        return code

    def done(self) -> dict[str, Any]:
        """Wait for what came of it."""
        code = self.end()
        assert code == 0, f"{self.call} was killed"
        return json.loads(self.out.read_text())

    def kill(self) -> bool:
        """Kill it; false when it was done before."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.end() != 0

    def until_stopped(self) -> None:
        """Wait until it sleeps where it was told to."""
        for _ in range(3000):
            state = subprocess.run(["ps", "-o", "state=", "-p", str(self.pid)], capture_output=True, text=True)
            if state.stdout.strip().startswith("T"):
                return
            assert not state.stdout.strip().startswith("Z"), f"it ended before:\n{self.log.read_text()[-6000:]}"
            time.sleep(0.02)
        raise AssertionError("it never stopped")

    def go_on(self) -> dict[str, Any]:
        """Wake it, and wait for what comes of it."""
        os.kill(self.pid, signal.SIGCONT)
        return self.done()
