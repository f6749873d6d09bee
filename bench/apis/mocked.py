"""python -m bench.apis.mocked FOLDER [NAME ...]: drafted connectors read a mock of their document, made by Prism.

Prism (Stoplight, npm) answers as the document says, with random values, and refuses requests that the document does not
allow. Counted are streams that were read to their end. What it cannot tell: values are random, so an address of a next
page leads nowhere, and a token may come twice; both count as not read.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.apis.__main__ import ADDRESSES, document
from weft.connectors.openapi.document import parse
from weft.connectors.openapi.manifest import manifest
from weft.connectors.openapi.recognise import recognise
from weft.connectors.rest.load import connector
from weft.connectors.rest.settings import RestStream
from weft.errors import WeftError
from weft.mesh.quiet import Quiet, SystemClock
from weft.seams import Reach

PRISM = Path(__file__).parents[2] / ".tools" / "prism" / "node_modules" / ".bin" / "prism"
MISSING = "Prism is not there: `make peers` installs it into .tools"
FAKER = {"min-items": 1, "max-items": 4, "optionals-probability": 0.5, "always-fake-optionals": False}
_PATIENCE = 180
_LONGEST = 600
"""Seconds for all streams of a document."""


class Hurried(SystemClock):
    """Nobody waits for a mock."""

    def sleep(self, seconds: float) -> None:
        """At once."""


@contextmanager
def mocked(described: dict[str, Any], folder: Path) -> Any:
    """Prism's address for a document; None where it cannot read it."""
    path = folder / "document.json"
    path.write_text(json.dumps({**described, "x-json-schema-faker": FAKER}))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [PRISM, "mock", "-d", "-h", "127.0.0.1", "-p", str(port), path]
    program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    end = threading.Timer(_LONGEST, program.kill)  # a list whose values are random may have no end
    end.start()
    try:
        yield f"http://127.0.0.1:{port}" if _answers(program, port) else None
    finally:
        end.cancel()
        os.killpg(program.pid, signal.SIGTERM)
        program.wait(20)


def _answers(program: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and program.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return True
    return False


def read(described: dict[str, Any], name: str, folder: Path) -> dict[str, int | str] | None:
    """Rows of each stream, or why it could not be read; None where there is no mock."""
    data = manifest(recognise(described, name))
    with mocked(described, folder) as url:
        if url is None:
            return None
        source = connector({**data, "baseUrl": url})(**_config(data), privateNetwork=True)
        reach = Reach(SimpleNamespace(get=lambda _: "token"), folder, folder, Hurried(), Quiet())
        found: dict[str, int | str] = {}
        for stream in data["streams"]:
            try:
                batches = source.read(reach, stream, RestStream(), {})
                found[stream] = sum(b.scan.reader.read_all().num_rows for b in batches)
            except WeftError as error:
                found[stream] = error.message
        return found


def _config(data: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(schema) for name, schema in data.get("config", {}).get("properties", {}).items()}


def _value(schema: dict[str, Any]) -> Any:
    if schema.get("format") == "password":
        return "secret://env/TOKEN"
    if "default" in schema:
        return schema["default"]
    if schema.get("type") in ("integer", "number", "boolean"):
        return 7
    known = {"uri": "https://x.example", "uuid": "2f1c9a52-6a0f-4e0c-9a52-6a0f4e0c9a52", "date": "2026-01-01"}
    tried = (known.get(schema.get("format", ""), "abc"), "1234567890", "AC" + "0" * 32)
    return next((t for t in tried if re.search(schema.get("pattern", ""), t)), tried[0])


def main(arguments: list[str]) -> None:
    loud = "-v" in arguments
    folder, *names = [a for a in arguments if a != "-v"]
    if not PRISM.exists():
        print(f"skipped: {MISSING}")
        return
    for name in names or ADDRESSES:
        path = document(name, Path(folder))
        if path is None:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            found = read(parse(path.read_bytes(), path.name), name, Path(scratch))
        if found is None:
            print(f"{name}: skipped, Prism cannot read the document")
            continue
        whole = sum(isinstance(rows, int) for rows in found.values())
        print(f"{name}: {whole} of {len(found)} streams read to their end")
        for stream, why in found.items() if loud else ():
            if isinstance(why, str):
                print(f"    {stream}: {why[:200]}")


if __name__ == "__main__":
    main(sys.argv[1:])
