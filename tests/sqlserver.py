"""Something that speaks as SQL Server does, gone afterwards: pySQLbridge over JSON files, read by FreeTDS."""

from __future__ import annotations

import ctypes.util
import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "reader", "canary-0815"


@contextmanager
def serving(folder: Path, **tables: list[dict[str, Any]]) -> Iterator[str]:
    """URL of a server with these tables; the test is skipped where a part is missing."""
    pytest.importorskip("arrow_odbc", reason="no reader for SQL Server: install the extra 'sqlserver' and unixodbc")
    logins = pytest.importorskip("pysqlbridge.logins", reason="nothing that speaks as SQL Server: pysqlbridge")
    if ctypes.util.find_library("odbc") is None or "[FreeTDS]" not in _drivers():
        pytest.skip("no driver for SQL Server: apt-get install tdsodbc unixodbc")
    for name, rows in tables.items():
        (folder / f"{name}.json").write_text(json.dumps(rows))
    login = {"user": USER, "password_hash": logins.hash_password(PASSWORD)}
    config = {"logins": [login], "tables": [{"name": name, "json": f"{name}.json"} for name in tables]}
    (folder / "config.json").write_text(json.dumps(config))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pysqlbridge", "--config", str(folder / "config.json"), "--port", str(port)]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            while b"listening" not in (folder / "log").read_bytes():
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
            yield f"sqlserver://127.0.0.1:{port}/master?driver=FreeTDS"
        finally:
            process.kill()


def _drivers() -> str:
    found = Path("/etc/odbcinst.ini")
    return found.read_text() if found.exists() else ""
