"""Backup and restore: a mesh that goes on from what was saved while it was in use, as if nothing had happened."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import weft.mesh.backup
from once import once
from walks.mesh import ADA, open_mesh, product, rows, source
from walks.terminal import weft as command
from weft.errors import Invalid
from weft.flow import base, publish, upkeep
from weft.flow.doctor import doctor
from weft.flow.run import run
from weft.mesh import open_world
from weft.mesh.backup import backup, restore

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World

FILES = source("s", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
KEYED = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: s.t}]
    properties:
      - {name: k, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - name: v
        logicalType: integer
        quality: [{metric: invalidValues, arguments: {validValues: [1]}, mustBeLessThan: 2, severity: error}]
"""
PLAIN = KEYED.replace(", primaryKey: true, primaryKeyPosition: 1", "")
PRODUCTS = {**product("p", KEYED, reads=("stream:s.t",)), **product("q", PLAIN, reads=("stream:s.t",))}


def put(folder: Path, number: int, value: int = 1) -> None:
    path = folder / "data" / f"{number}.csv"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("k,v\n" + "".join(f"{number * 10 + i},{value}\n" for i in range(10)))


def ran(world: World) -> None:
    runs = run(world)
    assert [one.state for one in runs] == ["succeeded"] * 2, runs


def whole(world: World, files: int) -> None:
    """Every row of so many files once, in both tables; the journal is sound; nothing is left to mend."""
    for name in ("p", "q"):
        asked = f"SELECT count(*) AS n, count(DISTINCT k) AS k FROM d.{name}.t"
        assert rows(world, asked) == [{"n": files * 10, "k": files * 10}]
    with world.registry.transaction() as unit:
        unit.journal.verify()
    assert [a for a in doctor(world, base.declared(world)) if not a.mended] == []


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mesh that ran over two files; to be copied."""
    return once(tmp_path_factory, "backup", make)


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Such a mesh of one's own."""
    return shutil.copytree(made, tmp_path / "mesh", symlinks=True)


def make(place: Path) -> None:
    put(place, 0)
    world = open_mesh(place, FILES, PRODUCTS)
    ran(world)
    put(place, 1)
    ran(world)
    world.close()


def elsewhere(saved: Path, folder: Path, tmp_path: Path) -> World:
    """The backup brought back into a new folder, with the source's files of now."""
    new = tmp_path / "new"
    restore(saved, new)
    shutil.copytree(folder / "data", new / "data")
    return open_world(new, user=ADA)


def test_there_and_back(folder: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    told = backup(folder, saved)
    assert set(told.tables) == {f"d/{p}/t/v1/{part}" for p in "pq" for part in ("table", "quarantine")} | {
        "d/p/t/v1/log"
    }
    put(folder, 2)
    world = elsewhere(saved, folder, tmp_path)
    assert rows(world, "SELECT count(*) AS n FROM d.p.t") == [{"n": 20}]
    ran(world)
    whole(world, 3)
    original = open_world(folder, user=ADA)
    assert world.mask_key == original.mask_key
    original.close()
    world.close()


@pytest.mark.parametrize("step", ["backup.registry", "backup.versions", "backup.tables"])
@pytest.mark.parametrize("what", ["a run", "a held run", "a discard", "folded and vacuumed"])
def test_saved_while_it_is_in_use(
    folder: Path, tmp_path: Path, step: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happens between two steps of a backup: the next run on what was restored makes up for it."""

    def meanwhile(passed: str) -> None:
        if passed != step:
            return
        world = open_world(folder, user=ADA)
        known = base.declared(world)
        put(folder, 2, 9 if what in ("a held run", "a discard") else 1)
        assert {one.state for one in run(world)} == {"held" if what in ("a held run", "a discard") else "succeeded"}
        if what == "a discard":
            for name in ("d.p.t", "d.q.t"):
                publish.discard(world, known, name)
        if what == "folded and vacuumed":
            for placed in known.placed:
                upkeep.compact(world, known, placed)
                upkeep.vacuum(world, known, placed)
        world.close()

    monkeypatch.setattr(weft.mesh.backup, "failpoint", meanwhile)
    saved = tmp_path / "saved"
    backup(folder, saved)
    monkeypatch.setattr(weft.mesh.backup, "failpoint", lambda _name: None)
    put(folder, 2)
    put(folder, 3)
    world = elsewhere(saved, folder, tmp_path)
    assert rows(world, "SELECT count(*) AS n FROM d.p.t")[0]["n"] in (20, 30)
    ran(world)
    whole(world, 4)
    world.close()


@pytest.mark.slow
def test_saved_again_and_again_while_another_process_runs(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "from walks.test_backup import open_world, put, ran, ADA\n"
        "folder = Path(sys.argv[1]); world = open_world(folder, user=ADA)\n"
        "for n in range(2, 6): put(folder, n); ran(world)\n"
    )
    tests = os.path.dirname(os.path.dirname(__file__))
    child = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code, str(folder), tests])
    saved, number = tmp_path / "saved", 0
    while child.poll() is None:
        backup(folder, saved)
        shutil.copytree(saved, tmp_path / f"saved-{number}")
        number += 1
        time.sleep(0.2)
    assert child.returncode == 0
    assert number > 1
    for one in {0, number // 2, number - 1}:
        world = elsewhere(tmp_path / f"saved-{one}", folder, tmp_path)
        ran(world)
        whole(world, 6)
        world.close()
        shutil.rmtree(tmp_path / "new")


def test_what_is_there_is_moved_aside_only_when_that_is_said(folder: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    assert command(folder, "backup", str(saved)).code == 0
    put(folder, 2)
    assert command(folder, "run", WEFT_USER=ADA).code == 0
    refused = command(folder, "restore", str(saved))
    assert refused.code == 2
    assert "--replace" in refused.err
    done = command(folder, "restore", str(saved), "--replace")
    assert done.code == 0, done
    assert "lies in .weft-before-1 now" in done.out
    world = open_world(folder, user=ADA)
    assert rows(world, "SELECT count(*) AS n FROM d.q.t") == [{"n": 20}]
    ran(world)
    whole(world, 3)
    world.close()


@pytest.mark.slow
@pytest.mark.parametrize("step", ["restore.tables", "registry.moved", "registry.before_commit"])
def test_a_restore_that_was_killed_is_done_again(folder: Path, tmp_path: Path, step: str) -> None:
    saved, new = tmp_path / "saved", tmp_path / "new"
    backup(folder, saved)
    line = [sys.executable, "-m", "weft", "restore", str(saved), "--mesh", str(new)]
    killed = subprocess.run(line, env={**os.environ, "WEFT_FAILPOINT": step}, capture_output=True)
    if step != "registry.before_commit":
        assert killed.returncode == -signal.SIGKILL
        restore(saved, new, replace=True)
    shutil.copytree(folder / "data", new / "data")
    world = open_world(new, user=ADA)
    ran(world)
    whole(world, 2)
    world.close()


@pytest.mark.slow
@pytest.mark.parametrize("step", ["backup.registry", "backup.tables"])
def test_a_backup_that_was_killed_is_none(folder: Path, tmp_path: Path, step: str) -> None:
    saved = tmp_path / "saved"
    line = [sys.executable, "-m", "weft", "backup", str(saved), "--mesh", str(folder)]
    assert subprocess.run(line, env={**os.environ, "WEFT_FAILPOINT": step}).returncode == -signal.SIGKILL
    with pytest.raises(Invalid, match="no whole backup"):
        restore(saved, tmp_path / "new")
    backup(folder, saved)
    world = elsewhere(saved, folder, tmp_path)
    whole(world, 2)
    world.close()


def test_what_is_no_backup_is_refused(folder: Path, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    with pytest.raises(Invalid, match="is no backup"):
        backup(folder, full)
    with pytest.raises(Invalid, match="no whole backup"):
        restore(full, tmp_path / "new")
    for inside in (folder / ".weft" / "x", folder, tmp_path):
        with pytest.raises(Invalid, match="cannot lie in"):
            backup(folder, inside)
    saved = tmp_path / "saved"
    backup(folder, saved)
    with (saved / "registry.db").open("ab") as file:
        file.write(b"x")
    with pytest.raises(Invalid, match="not the one that was saved"):
        restore(saved, tmp_path / "new")
    told = json.loads((saved / "backup.json").read_text())
    (saved / "backup.json").write_text(json.dumps({**told, "format": 99}))
    with pytest.raises(Invalid, match="format 99"):
        restore(saved, tmp_path / "new")
    assert (full / "mine.txt").read_text() == "mine"
