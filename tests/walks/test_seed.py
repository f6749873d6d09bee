"""Rows that somebody keeps by hand: a CSV document beside the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.mesh import open_mesh, product, reapply, rows
from weft import spec
from weft.errors import Invalid
from weft.flow.ingest import Options
from weft.flow.run import run
from weft.seams import Window

if TYPE_CHECKING:
    from pathlib import Path

REGIONS = product(
    "ref",
    """
    schema:
      - name: regions
        properties:
          - {name: code, logicalType: string, required: true, primaryKey: true}
          - {name: name, logicalType: string}
          - {name: since, logicalType: date}
    """,
)
CSV = "domains/d/ref/regions.csv"
SQL = "SELECT code, name, since::VARCHAR AS since FROM d.ref.regions ORDER BY code"


def test_the_table_holds_what_the_document_says(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, REGIONS, {CSV: "code,name,since\nEU,Europe,2020-01-01\nUS,States,\n"})
    (one,) = run(world)
    assert (one.state, one.tables[0].rows) == ("succeeded", 2)
    assert rows(world, SQL) == [
        {"code": "EU", "name": "Europe", "since": "2020-01-01"},
        {"code": "US", "name": "States", "since": None},
    ]
    assert run(world)[0].tables[0].batches == 0, "the same document is not read again"
    reapply(world, {CSV: "code,name,since\nEU,Union,2020-01-01\nAS,Asia,soon\n"})
    (one,) = run(world)
    assert one.tables[0].by_reason == {"since.type": 1}
    assert [r["name"] for r in rows(world, SQL)] == ["Union"], "what the document no longer says is gone"
    reapply(world, {CSV: "code,name,since\nEU,Union,2020-01-01\nAS,Asia,2021-01-01\n"})
    assert run(world)[0].tables[0].quarantined == 0
    assert [r["code"] for r in rows(world, SQL)] == ["AS", "EU"]
    assert rows(world, SQL) == rows(world, SQL, "bo@x.example"), "readers see it as any table"
    world.close()


def test_a_key_twice_is_held(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, REGIONS, {CSV: "code,name,since\nEU,Europe,\nEU,Union,\n"})
    (one,) = run(world)
    assert one.state == "held"
    assert any("primaryKey" in f.rule for f in one.tables[0].findings)
    world.close()


def test_it_cannot_be_filled_back(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, REGIONS, {CSV: "code,name,since\nEU,Europe,\n"})
    (one,) = run(world, (), Options(window=Window("2020", "2021")))
    assert "domains/d/ref/regions.csv: it has no cursor column to fill back by" in one.error
    world.close()


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (
            {"domains/d/ref/region.csv": "code\nEU\n"},
            "region.csv:1:1: error: no contract beside it has a table 'region'; did you mean 'regions'? Known are regions",
        ),
        (
            {CSV: "code\nEU\n", "domains/d/ref/regions.sql": "SELECT 'EU' AS code FROM s.x"},
            "regions.csv:1:1: error: the table 'regions' is fed by regions.sql too, allowed is one of them",
        ),
    ],
    ids=["no table", "two ways"],
)
def test_what_does_not_fit_is_told(tmp_path: Path, files: dict[str, str], text: str) -> None:
    with pytest.raises(Invalid) as caught:
        open_mesh(tmp_path, REGIONS, files)
    documents, _ = spec.read_folder(tmp_path)
    assert any(text in str(p) for p in spec.resolve(documents)[1]), caught.value


def test_the_first_line_names_the_columns() -> None:
    (found,) = spec.check_document(CSV, b"\nEU\n")
    assert str(found) == f"{CSV}:1:1: error: the first line is empty, it names the columns"
