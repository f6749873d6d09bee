"""The same CSV file into a table in a bucket and into one on this disk: what the object store adds."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.landing import beside
from bench.measure import MB, Spent, python, spend
from bench.mesh import back, run, weft_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.plan import Plan
    from bench.report import Row

_BUCKET = "bench"


def measure(plan: Plan) -> list[Row]:
    """One row; the object store is moto, in a process of its own, whose work is not counted."""
    data = plan.mesh / "data" / "plain.csv"
    found: dict[str, list[Spent]] = {"bucket": [], "disk": []}
    with _s3() as endpoint:
        for number in range(plan.runs):
            back(plan, "empty")
            found["disk"].append(spend(run(plan, "d.plain")))
            _environment(plan, endpoint, number)
            found["bucket"].append(spend([*weft_command(), "--env", "s3", *run(plan, "d.plain")[3:]]))
    (plan.mesh / "mesh.s3.yaml").unlink()
    what = f"CSV {data.stat().st_size / MB:.0f} MB checked into a table in a bucket, against on this disk"
    return [beside(what, found["bucket"], found["disk"])]


def _environment(plan: Plan, endpoint: str, number: int) -> None:
    """A mesh of its own over the same documents, with nothing in it yet."""
    settings = {
        "apiVersion": "weft/v1",
        "kind": "Mesh",
        "name": "bench",
        "storage": f"s3://{_BUCKET}/{number}",
        "storageOptions": {"endpoint": endpoint, "region": "us-east-1"},
        "registry": "sqlite:///.weft/env-s3/registry.db",
    }
    (plan.mesh / "mesh.s3.yaml").write_text(json.dumps(settings))
    shutil.rmtree(plan.mesh / ".weft/env-s3", ignore_errors=True)
    spend([*weft_command(), "--env", "s3", "apply", "--yes"], folder=plan.mesh)


@contextmanager
def _s3() -> Iterator[str]:
    """Address of an S3 with an empty bucket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    command = python("-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", port)
    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}  # moto checks none
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{_BUCKET}", method="PUT")).close()
                break
            except OSError:
                time.sleep(0.1)
        yield endpoint
    finally:
        server.kill()
        server.wait()
