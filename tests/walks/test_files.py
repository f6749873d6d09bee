"""Files come, change, empty and vanish; a table follows without losing or doubling a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.mesh import open_mesh, product, rows, source
from weft.flow.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.seams import World

SCHEMA = """
schema:
  - name: {name}
    customProperties: [{{property: weft.stream, value: in.{name}}}]
    properties:
      - {{name: id, logicalType: integer, required: true{key}}}
      - {{name: v, logicalType: string}}
"""
READ = {"keyed": ", primaryKey: true, primaryKeyPosition: 1", "plain": ""}


@pytest.fixture(params=READ)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(tmp_path: Path, kind: str) -> Iterator[World]:
    streams = f"connector: files\nconfig: {{path: data}}\nstreams: {{{kind}: {{path: '*.csv'}}}}\n"
    made = product(kind, SCHEMA.format(name=kind, key=READ[kind]), reads=(f"stream:in.{kind}",))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.csv").write_text("id,v\n1,a\n2,b\n3,c\n")
    (tmp_path / "data/b.csv").write_text("id,v\n4,d\n5,e\n")
    opened = open_mesh(tmp_path, {**source("in", streams), **made})
    yield opened
    opened.close()


def step(world: World, kind: str) -> tuple[str, list[tuple[int, str | None]]]:
    (one,) = run(world)
    assert one.state == "succeeded", one
    found = rows(world, f"SELECT id, v FROM d.{kind}.{kind} ORDER BY id")
    return one.tables[0].state, [(r["id"], r["v"]) for r in found]


def test_a_file_is_read_once_changed_emptied_and_lost(world: World, kind: str) -> None:
    data = world.folder / "data"
    first = [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")]
    assert step(world, kind) == ("published", first)
    assert step(world, kind) == ("unchanged", first)
    (data / "a.csv").touch()
    assert step(world, kind)[1] == first
    (data / "a.csv").write_text("id,v\n1,a\n2,B\n9,z\n")
    changed = [(1, "a"), (2, "B"), (4, "d"), (5, "e"), (9, "z")]
    assert step(world, kind) == ("published", changed)
    (data / "b.csv").write_text("id,v\n")
    emptied = [(1, "a"), (2, "B"), (9, "z")]
    assert step(world, kind) == ("published", emptied)
    (data / "c.csv").write_text("id,v\n6,f\n")
    (data / "a.csv").unlink()
    assert step(world, kind)[1] == [(1, "a"), (2, "B"), (6, "f"), (9, "z")]
    with world.registry.transaction() as unit:
        told = [e.data["file"] for e in unit.journal.read(types=("source.vanished",))]
    assert told == ["a.csv"]
    (data / "c.csv").unlink()
    assert step(world, kind)[1] == [(1, "a"), (2, "B"), (6, "f"), (9, "z")]
    assert step(world, kind)[0] == "unchanged"


def test_a_wrong_delimiter_is_told_as_such(world: World, kind: str) -> None:
    (world.folder / "data/a.csv").write_text("id;v\n1;a\n")
    (world.folder / "data/b.csv").unlink()
    (one,) = run(world)
    assert one.state == "failed"
    assert "column 'id' is missing" in one.error
    assert "The files have a single column: is ',' the right delimiter of the source?" in one.error
