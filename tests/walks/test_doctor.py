"""weft doctor: what it finds, what of it is in order afterwards, and what it says of the rest."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from walks.mesh import ADA, open_mesh, product, reapply, rows, source
from walks.terminal import weft
from weft.errors import WeftError
from weft.flow import base
from weft.flow.doctor import Ailment, doctor
from weft.flow.run import run
from weft.mesh import open_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.seams import World

FILES = source("s", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
PLAIN = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: s.t}]
    properties:
      - {name: k, logicalType: integer, required: true}
"""
SUM = """
schema:
  - name: s
    properties:
      - {name: n, logicalType: integer}
"""
PRODUCTS = {
    **product("p", PLAIN, reads=("stream:s.t",)),
    **product("q", SUM, reads=("d-p-c",)),
    "domains/d/q/s.sql": "SELECT sum(k)::BIGINT AS n FROM d.p.t\n",
}


def put(folder: Path, number: int) -> None:
    path = folder / "data" / f"{number}.csv"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(f"k\n{number}\n")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    put(tmp_path, 1)
    opened = open_mesh(tmp_path, FILES, PRODUCTS)
    ran(opened)
    yield opened
    opened.close()


def ran(world: World) -> None:
    runs = run(world)
    assert {one.state for one in runs} == {"succeeded"}, runs


def look(world: World) -> list[tuple[str, bool]]:
    return [(f"{one.subject}: {one.text}", one.mended) for one in doctor(world, base.declared(world))]


def killed(folder: Path, point: str, name: str) -> None:
    environment = {**os.environ, "WEFT_FAILPOINT": point, "WEFT_USER": ADA}
    line = [sys.executable, "-m", "weft", "run", name, "--mesh", str(folder)]
    assert subprocess.run(line, env=environment, capture_output=True).returncode == -signal.SIGKILL


def test_nothing_is_wrong(world: World) -> None:
    assert doctor(world, base.declared(world)) == ()
    assert doctor(world, base.declared(world)) == ()


def test_the_lease_of_the_dead_and_what_they_did_not_tell(world: World) -> None:
    put(world.folder, 2)
    killed(world.folder, "land.committed", "d.p")
    assert look(world) == [
        ("d.p: the lease of a process that is gone was released", True),
        ("d.p: 2 events told again", True),
    ]
    assert look(world) == []
    ran(world)
    assert rows(world, "SELECT n FROM d.q.s") == [{"n": 3}]


def test_tables_that_were_moved_are_found_again(world: World) -> None:
    """A domain's storage is changed and its tables are copied there by other means."""
    tables = world.folder / ".weft" / "tables"
    shutil.move(tables / "d", world.folder / "other" / "d")
    path = "domains/d/domain.yaml"
    reapply(world, {path: (world.folder / path).read_text() + "storage: other\n"})
    with pytest.raises(WeftError):
        rows(world, "SELECT n FROM d.q.s")
    assert look(world) == [
        ("d.p.t: the published version is found at its files again", True),
        ("d.q.s: the published version is found at its files again", True),
    ]
    assert rows(world, "SELECT n FROM d.q.s") == [{"n": 1}]
    assert look(world) == []
    put(world.folder, 2)
    ran(world)
    assert rows(world, "SELECT n FROM d.q.s") == [{"n": 3}]


def lose(world: World, table: str) -> None:
    """The files of what is published go."""
    with world.registry.transaction() as unit:
        seen = unit.publications.get(f"{table}@1")
    assert seen is not None
    for path in seen.relation.files:
        os.unlink(path)


def test_what_is_whole_is_published_in_place_of_what_is_not(world: World) -> None:
    put(world.folder, 2)
    assert {one.state for one in run(world, ("d.p",))} == {"succeeded"}
    killed(world.folder, "land.finished", "d.q")
    lose(world, "d.q.s")
    with pytest.raises(WeftError):
        rows(world, "SELECT n FROM d.q.s")
    found = doctor(world, base.declared(world))
    assert all(one.mended for one in found), found
    assert "a newer one passed its checks and is published" in found[-1].text
    assert rows(world, "SELECT n FROM d.q.s") == [{"n": 3}]
    assert look(world) == []


def test_what_cannot_be_mended_says_what_to_do(world: World) -> None:
    lose(world, "d.p.t")
    found = [one for one in doctor(world, base.declared(world)) if not one.mended]
    assert any("the published version" in one.text and "--full-refresh" in one.text for one in found), found
    world.close()
    done = weft(world.folder, "doctor")
    assert (done.code, "BROKEN d.p.t: the published version" in done.out) == (4, True), done
    assert weft(world.folder, "run", "d.p", "--full-refresh", WEFT_USER=ADA).code == 0
    assert weft(world.folder, "doctor").code == 0


def test_commits_that_an_older_registry_never_heard_of_are_told(tmp_path: Path) -> None:
    put(tmp_path, 0)
    world = open_mesh(tmp_path, FILES, PRODUCTS)
    assert run(world, ("d.p",))[0].state == "succeeded"
    saved = tmp_path / "older.db"
    with closing(sqlite3.connect(tmp_path / ".weft" / "registry.db")) as now, closing(sqlite3.connect(saved)) as then:
        now.backup(then)
    for number in range(1, 13):
        put(tmp_path, number)
        assert run(world, ("d.p",))[0].state == "succeeded"
    world.close()
    for path in (tmp_path / ".weft").glob("registry.db*"):
        path.unlink()
    saved.rename(tmp_path / ".weft" / "registry.db")
    world = open_world(tmp_path, user=ADA)
    found = doctor(world, base.declared(world))
    assert Ailment("d.p", "13 events told again", mended=True) in found, found
    with world.registry.transaction() as unit:
        told = unit.journal.read(types=("batch.committed",), subject="d.p.t@1")
        assert [event.data["sequence"] for event in told] == list(range(1, 14))
        unit.journal.verify()
    world.close()


def test_files_that_no_version_lists_go_after_an_hour(world: World) -> None:
    (folder,) = (world.folder / ".weft" / "tables").glob("d/p/t/v1/table")
    for name, age in (("old", 7200), ("new", 60)):
        stray = folder / f"{name}.parquet"
        stray.write_bytes(b"x")
        os.utime(stray, (time.time() - age, time.time() - age))
    assert look(world) == [("d.p.t: 1 unused files removed", True)]
    assert [path.name for path in folder.glob("[on]*.parquet")] == ["new.parquet"]


def test_a_changed_journal_is_told(world: World) -> None:
    world.close()
    with closing(sqlite3.connect(world.folder / ".weft" / "registry.db")) as registry, registry:
        registry.execute("UPDATE weft_events SET actor = 'somebody else' WHERE sequence = 3")
    done = weft(world.folder, "doctor")
    assert done.code == 4
    assert "BROKEN journal" in done.out
