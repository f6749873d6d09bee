"""The parent's side of `zygote.py`: orders to children, and how they ended."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Mother:
    """One zygote with a mesh of its own."""

    def __init__(self, folder: Path, copies: Path | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.mesh, self.copies = folder / "mesh", copies or folder / "copies"
        paths = [str(HERE.parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
        environment.pop("WEFT_FAILPOINT", None)
        command = [sys.executable, "-W", "ignore", str(HERE / "zygote.py")]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.child = 0
        """Process id of the last child."""
        self.seconds = 0.0
        """Of processor time, of all children."""
        self._read()

    def start(self, call: str, failpoint: str = "", **arguments: Any) -> int:
        """Have a child begin; returns its process id."""
        (self.folder / "out.json").unlink(missing_ok=True)
        (self.folder / "log").unlink(missing_ok=True)
        order = {
            "call": call,
            "failpoint": failpoint,
            "arguments": {"folder": str(self.mesh), **arguments},
            "log": str(self.folder / "log"),
            "out": str(self.folder / "out.json"),
        }
        self._write(order)
        self.child = int(self._read()["pid"])
        return self.child

    def end(self) -> int:
        """Wait for the child; 0, or minus the signal that ended it."""
        told = self._read()
        self.seconds += told["cpu"]
        return int(told["code"])

    def call(self, call: str, failpoint: str = "", **arguments: Any) -> dict[str, Any]:
        """Have a child do something to its end."""
        self.start(call, failpoint, **arguments)
        code = self.end()
        assert code == 0, f"{call} ended with {code}:\n{self.log}"
        return json.loads((self.folder / "out.json").read_text())

    def killed(self, call: str, failpoint: str, **arguments: Any) -> bool:
        """Have a child die at a failpoint; false when it never came there."""
        self.start(call, failpoint, **arguments)
        code = self.end()
        assert code in (0, -signal.SIGKILL), f"{call} ended with {code} before {failpoint}:\n{self.log}"
        return code != 0

    def kill(self) -> bool:
        """Kill the child that is at work; false when it was done before."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        code = self.end()
        assert code in (0, -signal.SIGKILL), f"the child ended with {code}:\n{self.log}"
        return code != 0

    def until_stopped(self) -> None:
        """Wait until the child sleeps where it was told to."""
        for _ in range(3000):
            state = subprocess.run(["ps", "-o", "state=", "-p", str(self.child)], capture_output=True, text=True)
            if state.stdout.strip().startswith("T"):
                return
            assert not state.stdout.strip().startswith("Z"), f"it ended before:\n{self.log}"
            time.sleep(0.02)
        raise AssertionError("it never stopped")

    def go_on(self) -> dict[str, Any]:
        """Wake the child, and wait for its end."""
        os.kill(self.child, signal.SIGCONT)
        code = self.end()
        assert code == 0, f"it ended with {code}:\n{self.log}"
        return json.loads((self.folder / "out.json").read_text())

    def restore(self, stage: int) -> None:
        """The mesh as it was before that stage, here."""
        shutil.rmtree(self.mesh, ignore_errors=True)
        shutil.copytree(self.copies / str(stage), self.mesh)
        if self.mesh.parent == self.copies.parent:
            return
        # Publications name their files by absolute paths.
        with sqlite3.connect(self.mesh / ".weft" / "registry.db") as registry:
            built = str(self.copies.parent / "mesh")
            registry.execute("UPDATE weft_publications SET body = replace(body, ?, ?)", (f"{built}/", f"{self.mesh}/"))
        registry.close()

    @property
    def log(self) -> str:
        """What the last child said."""
        path = self.folder / "log"
        return path.read_text()[-6000:] if path.exists() else ""

    def close(self) -> None:
        """End it."""
        if self.process.stdin and self.process.stdout:
            self.process.stdin.close()
            self.process.wait(10)
            self.process.stdout.close()

    def _write(self, order: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the zygote died"
        return json.loads(line)
