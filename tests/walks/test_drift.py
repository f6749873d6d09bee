"""The columns of a source change: the contract decides what that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.mesh import open_mesh, product, rows, source
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World

STREAM = source("shop", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
TABLE = """
schema:
  - name: t
    customProperties:
      - {{property: weft.stream, value: shop.t}}
      - {{property: weft.drift, value: {mode}}}
    properties:
      - {{name: id, logicalType: integer, required: true}}
      - {{name: a, logicalType: integer}}
      - {{name: b, logicalType: string}}
"""


def mesh(folder: Path, mode: str) -> World:
    (folder / "data").mkdir()
    (folder / "data/1.csv").write_text("id,a,b\n1,1,x\n2,2,y\n")
    world = open_mesh(folder, STREAM, product("p", TABLE.format(mode=mode), reads=("stream:shop.t",)))
    assert run(world)[0].state == "succeeded"
    return world


def news(world: World) -> list[str]:
    with world.registry.transaction() as unit:
        return [text for e in unit.journal.read(types=("drift.found",)) for text in e.data["found"]]


CHANGES = {
    "new": ("id,a,b,c\n3,3,z,new\n", "column 'c' is new"),
    "missing": ("id,b\n3,z\n", "column 'a' is missing"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_evolve_goes_on_and_tells_once(tmp_path: Path, change: str) -> None:
    text, told = CHANGES[change]
    world = mesh(tmp_path, "evolve")
    (tmp_path / "data/2.csv").write_text(text)
    assert run(world)[0].tables[0].rows == 1
    assert [n for n in news(world) if told in n]
    before = len(news(world))
    (tmp_path / "data/3.csv").write_text(text.replace("3,", "4,", 1))
    assert run(world)[0].state == "succeeded", "an unchanged schema never stops a run"
    assert len(news(world)) == before
    assert rows(world, "SELECT count(*) AS n FROM d.p.t") == [{"n": 4}]
    world.close()


@pytest.mark.parametrize("change", CHANGES)
def test_freeze_writes_nothing(tmp_path: Path, change: str) -> None:
    text, told = CHANGES[change]
    world = mesh(tmp_path, "freeze")
    (tmp_path / "data/2.csv").write_text(text)
    (one,) = run(world)
    assert one.state == "failed"
    assert told in one.error
    assert rows(world, "SELECT count(*) AS n FROM d.p.t") == [{"n": 2}]
    (tmp_path / "data/2.csv").write_text("id,a,b\n3,3,z\n")
    assert run(world)[0].state == "succeeded", "the next correct run goes on"
    assert rows(world, "SELECT count(*) AS n FROM d.p.t") == [{"n": 3}]
    world.close()


@pytest.mark.parametrize("change", CHANGES)
def test_quarantine_puts_the_rows_aside(tmp_path: Path, change: str) -> None:
    world = mesh(tmp_path, "quarantine")
    (tmp_path / "data/2.csv").write_text(CHANGES[change][0])
    (one,) = run(world)
    assert (one.tables[0].rows, one.tables[0].quarantined) == (0, 1)
    assert one.tables[0].by_reason == {"drift": 1}
    world.close()


def test_a_missing_required_column_refuses_the_batch(tmp_path: Path) -> None:
    world = mesh(tmp_path, "evolve")
    (tmp_path / "data/2.csv").write_text("a,b\n3,z\n")
    (one,) = run(world)
    assert one.state == "failed"
    assert "column 'id' is missing" in one.error
    world.close()


def test_a_retyped_column_is_read_by_its_values(tmp_path: Path) -> None:
    world = mesh(tmp_path, "evolve")
    (tmp_path / "data/2.csv").write_text("id,a,b\n3,three,z\n4,4,w\n")
    (one,) = run(world)
    assert (one.tables[0].rows, one.tables[0].by_reason) == (1, {"a.type": 1})
    world.close()


def test_the_run_tells_what_drifted(tmp_path: Path) -> None:
    world = mesh(tmp_path, "evolve")
    (tmp_path / "data/2.csv").write_text("id,a,b,c\n3,3,z,new\n")
    (one,) = run(world)
    assert one.tables[0].drift == tuple(news(world)) != ()
    (again,) = run(world)
    assert again.tables[0].drift == ()
