"""Drafts of products from what a source holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import yaml

from walks.mesh import open_mesh, source
from weft.flow import base, sources
from weft.flow.check import check
from weft.flow.draft import Stream, draft, keep, look
from weft.mesh import judges

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stream_of_many_columns_is_profiled_within_the_memory_of_landing(tmp_path: Path) -> None:
    wide = "\n".join(
        ",".join(f"{kind}{n}" for n in range(40)) for kind in ("c", *(f"value {r} of " for r in range(50)))
    )
    world = open_mesh(tmp_path, source("s", "connector: files\nconfig: {path: data}\nstreams: {t: {path: t.csv}}\n"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/t.csv").write_text(wide + "\n")
    found = look(world, sources.find(base.declared(world), "s"), Stream("t"))
    assert [p.name for p in found.table.properties] == [f"c{n}" for n in range(40)]
    assert {p.type for p in found.table.properties} == {"string"}
    world.close()


def test_words_of_sql_are_quoted(tmp_path: Path) -> None:
    streams = "connector: files\nconfig: {path: data}\nstreams: {cross: {path: t.csv}}\n"
    world = open_mesh(tmp_path, source("s", streams))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/t.csv").write_text("Group,order\n1,2\n")
    keep(world, draft(world, "d.cross", "s.cross").files, "d.cross")
    assert 'FROM s."cross"' in (tmp_path / "domains/d/cross/cross.sql").read_text()
    assert list(check(judges(), tmp_path)) == []
    world.close()


def test_what_the_source_says_of_columns_is_not_asked_for_again(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "crm.duckdb")) as database:
        database.execute("CREATE TABLE deals (id INTEGER PRIMARY KEY, amount INTEGER); INSERT INTO deals VALUES (1, 2)")
        database.execute("COMMENT ON TABLE deals IS 'One row per deal.'; COMMENT ON COLUMN deals.id IS 'Its number.'")
    world = open_mesh(tmp_path, source("s", "connector: sql\nconfig: {url: 'duckdb:///crm.duckdb'}\n"))
    files = draft(world, "d.deals", "s.deals").files
    (table,) = yaml.safe_load(files["deals.odcs.yaml"])["schema"]
    assert table["description"] == "One row per deal."
    assert [p["description"] for p in table["properties"]] == ["Its number.", "TO FILL"]
    world.close()
