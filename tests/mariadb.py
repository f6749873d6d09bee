"""A MariaDB for tests, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


class Server:
    """A running MariaDB that listens on a socket in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "socket"
        self.url = f"mysql:///weft?socket={self.socket}"
        self._data = folder / "data"
        as_root = ("--user=root",) if os.geteuid() == 0 else ()
        self._options = ("--no-defaults", f"--datadir={self._data}", *as_root)
        subprocess.run(
            [
                *("mariadb-install-db", *self._options, "--auth-root-authentication-method=normal", "--skip-test-db"),
                "--innodb-log-file-size=8M",
            ],
            check=True,
            capture_output=True,
        )
        self.start()
        self.run("CREATE DATABASE weft CHARACTER SET utf8mb4", database="")

    def start(self) -> None:
        """Come up."""
        command = ["mariadbd", *self._options, f"--socket={self.socket}", "--skip-networking", "--skip-log-error"]
        quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M"]
        log = (self._data / "log").open("ab")
        self._process = subprocess.Popen([*command, *quick], stdout=log, stderr=log)
        log.close()
        for _ in range(600):
            if self.socket.exists():  # it listens by then
                return
            assert self._process.poll() is None, (self._data / "log").read_text()
            time.sleep(0.05)
        raise AssertionError("MariaDB did not come up")

    def stop(self) -> None:
        """Go at once, as after a power cut."""
        self._process.kill()
        self._process.wait()
        self.socket.unlink(missing_ok=True)

    def run(self, sql: str, database: str = "weft") -> None:
        """Carry out statements as root, names in double quotes; nothing is refused or repaired."""
        import pymysql
        from pymysql.constants import CLIENT

        connection = pymysql.connect(
            unix_socket=str(self.socket),
            user="root",
            database=database or None,
            autocommit=True,
            sql_mode="ANSI_QUOTES",
            client_flag=CLIENT.MULTI_STATEMENTS,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            while cursor.nextset():
                pass


@contextmanager
def serving() -> Iterator[Server]:
    """A server with a database `weft`; the test is skipped where there is none to start."""
    pytest.importorskip("pymysql", reason="no driver for MariaDB: install the extra 'mysql'")
    if shutil.which("mariadbd") is None or shutil.which("mariadb-install-db") is None:
        pytest.skip("no MariaDB to start: apt-get install mariadb-server")
    # A socket's path may have 107 characters: not below pytest's folder.
    with tempfile.TemporaryDirectory(prefix="weft-mariadb-") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.stop()
