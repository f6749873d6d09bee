"""A mesh whose registry is in PostgreSQL: two processes at once, a server that restarts, moving there and back."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from postgres import serving
from walks.mesh import ADA, open_mesh, product, rows, source
from walks.terminal import ENVIRONMENT, weft
from weft.flow.run import run
from weft.mesh import open_world
from weft.mesh.quiet import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from postgres import Server

PASSWORD = "canary-4711"
FILES = source("s", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
SCHEMA = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: s.t}]
    properties:
      - {name: k, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: v, logicalType: string}
"""
TABLES = {
    **product("p", SCHEMA, reads=("stream:s.t",)),
    **product("q", SCHEMA.replace(", primaryKey: true, primaryKeyPosition: 1", ""), reads=("stream:s.t",)),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("pg")) as running:
        running.ask_for_passwords("weft", PASSWORD)
        yield running


@pytest.fixture
def mesh(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mesh with 60 rows in three files, applied to PostgreSQL."""
    monkeypatch.setenv("WEFT_PG", PASSWORD)
    folder = tmp_path / "mesh"
    settings = f"registry: {server.database('mesh', 'weft')}\nregistryPassword: secret://env/WEFT_PG\n"
    head = "apiVersion: weft/v1\nkind: Mesh\nname: test\nstance: open\n"
    put(folder, 0, 3)
    open_mesh(folder, {"mesh.yaml": head + settings}, FILES, TABLES).close()
    return folder


def put(folder: Path, first: int, last: int) -> None:
    for number in range(first, last):
        path = folder / "data" / f"{number}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("k,v\n" + "".join(f"{number * 20 + i},n\n" for i in range(20)))


def weft_process(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**ENVIRONMENT, "WEFT_USER": ADA, "WEFT_PG": PASSWORD, "HOME": str(folder)}
    command = [sys.executable, "-m", "weft", *arguments, "--mesh", str(folder)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def whole(folder: Path, count: int) -> None:
    """Each row is there once, in both tables, and the journal is sound."""
    world = open_world(folder, user=ADA)
    for name in ("p", "q"):
        assert rows(world, f"SELECT count(*) AS n, count(DISTINCT k) AS k FROM d.{name}.t") == [
            {"n": count, "k": count}
        ]
    with world.registry.transaction() as unit:
        unit.journal.verify()
    world.close()


def test_two_processes_at_once(mesh: Path) -> None:
    for last in (5, 7):
        put(mesh, last - 2, last)
        both = [weft_process(mesh, "run", "d.p", "d.q"), weft_process(mesh, "run", "d.q", "d.p")]
        for process in both:
            said, _ = process.communicate(timeout=120)
            assert process.returncode in (0, 1), said
            assert process.returncode == 0 or "is being worked on by process" in said, said
            assert PASSWORD not in said
        again = weft(mesh, "run", WEFT_USER=ADA, WEFT_PG=PASSWORD)
        assert again.code == 0, again
        whole(mesh, last * 20)


class Restarting(SystemClock):
    """The server restarts when somebody asks for the time so often: somewhere in a run."""

    def __init__(self, server: Server, at: int) -> None:
        self.server, self.left = server, at

    def now(self) -> datetime:
        self.left -= 1
        if not self.left:
            self.server.restart()
        return super().now()


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 4, 7, 9, 12, 16, 20])
def test_the_server_restarts_in_mid_run(mesh: Path, server: Server, at: int) -> None:
    clock = Restarting(server, at)
    world = open_world(mesh, user=ADA, clock=clock)
    runs = run(world)
    assert clock.left <= 0, "the server was restarted"
    for one in runs:
        assert one.state == "succeeded" or "registry's database cannot be reached" in one.error, one
    world.close()
    world = open_world(mesh, user=ADA)
    assert [one.state for one in run(world)] == ["succeeded"] * 2
    world.close()
    whole(mesh, 60)


def test_there_and_back(mesh: Path, server: Server) -> None:
    """Nothing is lost on the way, the run after it goes on from where the one before stopped, no password is told."""
    assert weft(mesh, "run", WEFT_USER=ADA, WEFT_PG=PASSWORD).code == 0
    before = weft(mesh, "events", "--limit", "1000", "--json").json()
    moved = weft(mesh, "registry", "migrate", "--to", "sqlite:///.weft/registry.db")
    assert moved.code == 0, moved
    assert "Next: in mesh.yaml, change `registry`." in moved.out
    kept = (mesh / "mesh.yaml").read_text()
    (mesh / "mesh.yaml").write_text(kept.partition("registry:")[0])
    assert weft(mesh, "events", "--limit", "1000", "--json").json() == before
    put(mesh, 3, 4)
    done = weft(mesh, "run", WEFT_USER=ADA)
    assert "20 rows in" in done.out, done
    whole(mesh, 80)
    back = server.database("back", "weft")
    to = ("registry", "migrate", "--to", back, "--password", "secret://env/WEFT_PG")
    assert weft(mesh, *to).code == 0
    assert "there already" in weft(mesh, *to).out
    (mesh / "mesh.yaml").write_text(kept.replace("/mesh?", "/back?"))
    whole(mesh, 80)
    for path in mesh.rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("registry: postgresql://weft:canary-4711@db/weft", "a URL with a password in it"),
        ("registry: postgresql://weft@db/weft\nregistryPassword: canary-4711", "holds a secret in clear text"),
    ],
)
def test_a_password_in_clear_is_refused(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "mesh.yaml").write_text(f"apiVersion: weft/v1\nkind: Mesh\nname: test\n{line}\n")
    for command in (["check"], ["doctor"]):
        done = weft(tmp_path, *command)
        assert done.code in (1, 2), done
        assert told in done.out + done.err
        assert PASSWORD not in done.out + done.err


def test_a_missing_secret_is_told_by_its_name(mesh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEFT_PG")
    done = weft(mesh, "doctor")
    assert (done.code, "WEFT_PG" in done.err) == (5, True), done
