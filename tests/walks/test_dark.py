"""Dark data: found, ranked, asked about, adopted, retired and taken back; seen by each as they may."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from manifests import answers
from walks.mesh import ADA, BO, open_mesh, product, reapply, rows, source, write
from web import Told, web
from weft import catalog
from weft.errors import Denied, Invalid
from weft.flow import base, dark, discover
from weft.flow.run import run
from weft.flow.views.dark import DarkItem, Wanted
from weft.flow.views.dark import dark as view
from weft.flow.views.sources import source as source_view
from weft.flow.views.viewer import Viewer
from weft.seams import Allowance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.seams import World

SECRET = "stream:d.plant.ashi_trial"
CONTRACT = """
schema:
  - name: machines
    customProperties:
      - {property: weft.stream, value: plant.machines}
    properties:
      - {name: machine_id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: line, logicalType: string}
"""
LEFT = {
    "people/cy.yaml": "{apiVersion: weft/v1, kind: Person, id: cy@x.example, name: Cy, active: false}",
    "domains/old/domain.yaml": "{apiVersion: weft/v1, kind: Domain, name: old, owner: cy@x.example}",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    execute(
        tmp_path,
        "CREATE TABLE machines (machine_id INTEGER PRIMARY KEY, line TEXT)",
        "INSERT INTO machines VALUES (1, 'a'), (2, 'b')",
        "CREATE TABLE ashi_trial (MachineID INTEGER, note TEXT, mail TEXT)",
        "INSERT INTO ashi_trial VALUES (1, 'x', 'ida@messy.example'), (2, 'y', 'ola@messy.example')",
        "CREATE TABLE scrap (id INTEGER)",
    )
    plant = source("plant", 'connector: sql\nconfig: {url: "sqlite:///plant.db"}\n')
    retired = product("archive", CONTRACT.replace("plant.", "attic."), reads=("stream:attic.machines",), domain="old")
    attic = source("attic", 'connector: sql\nconfig: {url: "sqlite:///attic.db"}\n', domain="old")
    opened = open_mesh(
        tmp_path, LEFT, plant, product("machines", CONTRACT, reads=("stream:plant.machines",)), attic, retired
    )
    yield opened
    opened.close()


def execute(folder: Path, *statements: str) -> None:
    database = sqlite3.connect(folder / "plant.db")
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


def found(world: World, actor: str = ADA, **wanted: object) -> dict[str, DarkItem]:
    return {i.subject: i for i in view(world, Viewer(actor=actor), Wanted(**wanted)).items}


def looked(world: World) -> list[str]:
    """Sources that could not be looked at."""
    return [one.source for one in discover.look(world, base.declared(world)) if one.error]


def told(world: World, *types: str) -> list[str]:
    with world.registry.transaction() as unit:
        return [f"{e.type} {e.data.get('stream', '')}".strip() for e in unit.journal.read(types=types)]


def test_what_no_product_covers_is_found_with_what_speaks_for_it(world: World) -> None:
    assert looked(world) == ["old.attic"], "a source that is not there is told, and the others are looked at"
    items = found(world, kind="stream")
    assert list(items) == [SECRET, "stream:d.plant.scrap"], "what can be joined and holds people comes first"
    secret = items[SECRET]
    assert [(j.column, j.table, j.key) for j in secret.joins] == [
        ("MachineID", "d.machines.machines", "machine_id"),
        ("MachineID", "old.archive.machines", "machine_id"),
    ]
    assert (secret.private, secret.columns, secret.state) == (("pii.email",), 3, "open")
    assert [one.id for one in secret.people] == [ADA]
    assert items["stream:d.plant.scrap"].joins == (), "a bare id joins nothing"
    assert view(world, Viewer(actor=ADA)).unseen == ("old.attic",)


def test_only_who_answers_for_it_learns_what_it_holds_of_people(world: World) -> None:
    looked(world)
    assert found(world, BO)[SECRET].private == ()
    assert not found(world, BO)[SECRET].decides
    for deed in (dark.retire, dark.adopt):
        with pytest.raises(Denied, match=r"ada@x\.example"):
            deed(world, SECRET, BO, "d.trial")


def test_looking_again_tells_what_changed_only(world: World, tmp_path: Path) -> None:
    looked(world)
    first = told(world, "stream.found", "stream.lost", "source.looked")
    looked(world)
    assert told(world, "stream.found", "stream.lost", "source.looked") == first
    execute(tmp_path, "DROP TABLE scrap", "ALTER TABLE ashi_trial ADD COLUMN weight REAL")
    looked(world)
    assert told(world, "stream.found", "stream.lost")[3:] == ["stream.found ashi_trial", "stream.lost scrap"]
    assert found(world)[SECRET].columns == 4
    with world.registry.transaction(write=True) as unit:
        before = list(catalog.streams(unit.projections))
        catalog.rebuild(unit)
        assert list(catalog.streams(unit.projections)) == before


def test_what_there_was_no_time_for_comes_first_the_next_time(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at a system takes so many requests; what it looked into is remembered, what failed waits a day."""
    monkeypatch.setattr(discover, "ALLOWED", Allowance(seconds=30.0, requests=3))
    streams = "".join(f"  s{n}: {{path: /s{n}, records: data, key: id}}\n" for n in range(8))
    head = "name: api\nlimits: {maxConcurrency: 1}\nbaseUrl: '{{ config.url }}'\nconfig: {type: object, properties: {url: {type: string}}}\nstreams:\n"
    with web() as site:
        site.answer = answers(
            lambda asked: Told(403) if asked.path == "/s1" else {"data": [{"id": 1, "mail": "ida@messy.example"}]}
        )
        write(tmp_path, {"connectors/api/connector.yaml": f"apiVersion: weft/v1\nkind: Connector\n{head}{streams}"})
        reapply(world, source("api", f"connector: api\nconfig: {{url: '{site.url}', privateNetwork: true}}\n"))
        known = base.declared(world)
        assert "d.api" in discover.due(world, known)
        told, left = [], []
        for _ in range(3):
            told += map(str, discover.look(world, known, ["d.api"]))
            left.append(source_view(world, Viewer(actor=ADA), "d.api").source.left)
        asked = [one.path for one in site.asked]
        assert discover.look(world, known, ["d.api"]) == (discover.Look("d.api"),)
    assert left == [5, 2, 0], "the source's page says so"
    assert told[0] == "d.api: 3 of 8 streams were looked into; the others next time"
    assert told[1] == "d.api: 3 of 5 streams were looked into; the others next time"
    assert told[2] == "d.api: 2 of 2 streams were looked into"
    assert sorted(asked) == [f"/s{n}" for n in range(8)], "each once"
    assert "d.api" not in discover.due(world, known)
    items = found(world, kind="stream", limit=50)
    assert items["stream:d.api.s7"].private == ("pii.email",)
    assert (items["stream:d.api.s7"].rows, items["stream:d.api.s1"].rows) == (1, None)


def test_it_is_asked_about_answered_and_adopted(world: World, tmp_path: Path) -> None:
    looked(world)
    dark.ask(world, SECRET, BO, [ADA], "What is this?")
    assert found(world)[SECRET].state == "asked"
    dark.answer(world, SECRET, ADA, "Ashi's trial with scales.")
    item = found(world, BO)[SECRET]
    assert (item.state, item.handled.answers[0].text) == ("answered", "Ashi's trial with scales.")
    assert "What is this?" in (tmp_path / ".weft/outbox.jsonl").read_text()
    dark.adopt(world, SECRET, ADA, "d.trial")
    assert found(world)[SECRET].state == "adopted"
    with pytest.raises(Invalid, match="there already"):
        dark.adopt(world, SECRET, ADA, "d.trial")
    reapply(world)
    assert SECRET not in found(world), "a product covers it now"


def test_a_stream_is_retired_and_taken_back(world: World) -> None:
    looked(world)
    dark.retire(world, SECRET, ADA, "nobody needs it")
    assert SECRET not in found(world)
    assert found(world, retired=True)[SECRET].undo_days == 30
    dark.restore(world, SECRET, ADA)
    assert found(world)[SECRET].state == "open"
    with pytest.raises(Invalid, match="not retired"):
        dark.restore(world, SECRET, ADA)


def test_what_nobody_reads_is_dark_after_a_while_and_what_is_read_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(world, ["d.machines"])
    assert "table:d.machines.machines" not in found(world)
    monkeypatch.setattr("weft.flow.views.dark.UNREAD_DAYS", 0)
    item = found(world)["table:d.machines.machines"]
    assert (item.kind, item.rows, item.since) == ("unread", 2, "")
    monkeypatch.setattr("weft.flow.views.dark.UNREAD_DAYS", 1)
    assert rows(world, "SELECT line FROM d.machines.machines") != []
    assert "table:d.machines.machines" not in found(world)


def test_a_product_is_retired_with_its_documents_and_comes_back(world: World, tmp_path: Path) -> None:
    run(world, ["d.machines"])
    subject, folder = "product:d.machines", tmp_path / "domains/d/machines"
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    dark.retire(world, subject, ADA, "not needed")
    assert list(folder.iterdir()) == []
    with pytest.raises(Invalid, match="no product offers"):
        rows(world, "SELECT * FROM d.machines.machines")
    dark.restore(world, subject, ADA)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept
    assert len(rows(world, "SELECT * FROM d.machines.machines")) == 2, "with its rows"
    assert reapply(world) == 0, "folder and registry agree"


def test_a_product_that_others_read_is_not_retired(world: World) -> None:
    sql = {"domains/e/sum/total.sql": "SELECT count(*) AS n FROM d.machines.machines\n"}
    schema = "schema:\n  - name: total\n    properties:\n      - {name: n, logicalType: integer}\n"
    reapply(world, product("sum", schema, reads=("d-machines-c",), domain="e") | sql)
    with pytest.raises(Invalid, match="needs it still"):
        dark.retire(world, "product:d.machines", ADA, "not needed")
    assert "d.machines" in base.declared(world).products


def test_a_product_whose_people_have_left(world: World) -> None:
    item = found(world, kind="left")["product:old.archive"]
    assert [one.id for one in item.left] == ["cy@x.example"]
    assert item.people == ()


@pytest.mark.parametrize(
    "subject", ["d.machines", "stream:nowhere.x.y", "file:d.x", "stream:d.plant.none", "product:d.none"]
)
def test_a_name_that_means_nothing_is_told(world: World, subject: str) -> None:
    with pytest.raises(Invalid, match=r"names no data|nothing was seen"):
        dark.answer(world, subject, ADA, "hm")


def test_strangers_neither_ask_nor_are_asked(world: World) -> None:
    looked(world)
    with pytest.raises(Denied):
        dark.ask(world, SECRET, "nobody@x.example", [ADA], "?")
    with pytest.raises(Invalid, match=r"cy@x\.example"):
        dark.ask(world, SECRET, ADA, ["cy@x.example"], "?")
    with pytest.raises(Invalid, match="empty"):
        dark.ask(world, SECRET, ADA, [BO], " ")
