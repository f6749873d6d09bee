"""Files come, change, empty and vanish; a table follows without losing or doubling a row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

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


def test_every_format_gives_the_same_rows(tmp_path: Path) -> None:
    """One table in seven formats, from the file to the answer."""
    fastavro = pytest.importorskip("fastavro", reason="install the extra 'avro'")
    openpyxl = pytest.importorskip("openpyxl", reason="install the extra 'xlsx'")
    days = [date(2024, 2, 29), date(2025, 1, 1)]
    table = pa.table({"id": [1, 2], "day": days, "amount": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2))})
    data = tmp_path / "data"
    data.mkdir()
    orc.write_table(table, data / "orc.orc")
    pq.write_table(table, data / "parquet.parquet")
    fields = [
        {"name": "id", "type": "long"},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "amount", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}]},
    ]
    with (data / "avro.avro").open("wb") as file:
        fastavro.writer(file, {"type": "record", "name": "t", "fields": fields}, table.to_pylist())
    book = openpyxl.Workbook()
    for row in (["id", "day", "amount"], [1, days[0], 1.5], [2, days[1], None]):
        book.active.append(row)
    book.save(data / "xlsx.xlsx")
    (data / "xml.xml").write_text(
        "<x><r id='1'><day>2024-02-29</day><amount>1.50</amount></r><r id='2'><day>2025-01-01</day></r></x>"
    )
    (data / "fixed.txt").write_text("1 2024-02-29 1.50\n2 2025-01-01\n")
    (data / "csv.csv").write_text("id,day,amount\n1,2024-02-29,1.50\n2,2025-01-01,\n")
    names = ("orc", "parquet", "avro", "xlsx", "xml", "fixed", "csv")
    told = {
        "fixed": "{path: fixed.txt, fixed: {id: '1', day: 3-12, amount: 14-17}}",
        "xml": "{path: xml.xml, records: r}",
    }
    streams = "".join(f"  {n}: {told.get(n, f'{{path: {n}.*}}')}\n" for n in names)
    properties = "".join(
        f"      - {{name: {column}, {kind}}}\n"
        for column, kind in (
            ("id", "logicalType: integer, required: true"),
            ("day", "logicalType: date"),
            ("amount", "logicalType: number, physicalType: 'decimal(10,2)'"),
        )
    )
    tables = "".join(
        f"  - name: {n}\n    customProperties:\n      - {{property: weft.stream, value: s.{n}}}\n    properties:\n{properties}"
        for n in names
    )
    world = open_mesh(
        tmp_path,
        source("s", f"connector: files\nconfig: {{path: data}}\nstreams:\n{streams}"),
        product("p", f"schema:\n{tables}", reads=tuple(f"stream:s.{n}" for n in names)),
    )
    (one,) = run(world)
    assert one.state == "succeeded", one
    for name in names:
        assert rows(world, f"SELECT * FROM d.p.{name} ORDER BY id") == table.to_pylist(), name
