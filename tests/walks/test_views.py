"""Views of what is going on, and of what changed."""

from __future__ import annotations

import pytest

from walks.mesh import ADA, BO, open_mesh, product, reapply, source, write
from weft.flow import base
from weft.flow.run import run as execute
from weft.flow.views import viewer as views
from weft.flow.views.contract import contract
from weft.flow.views.product import product as product_view
from weft.flow.views.runs import run, runs
from weft.flow.views.sources import source as source_view
from weft.flow.views.viewer import Viewer

AS_ADA, AS_BO = Viewer(actor=ADA), Viewer(actor=BO)
CONTRACT = """
    schema:
      - name: t
        customProperties: [{property: weft.stream, value: s.t}]
        properties:
          - {name: id, logicalType: integer, required: true}
          - {name: note, logicalType: string}
    """
SOURCE = source("s", "connector: files\nconfig: {path: in}\nstreams:\n  t: {path: t.csv}\n  unread: {path: u.csv}\n")


@pytest.fixture
def world(tmp_path):
    opened = open_mesh(tmp_path, SOURCE, product("p", CONTRACT, reads=("stream:s.t",)))
    write(tmp_path, {"in/t.csv": "id,note\n1,a\n2,b\n"})
    yield opened
    opened.close()


def begin(world, identifier: str, rows: int = 0) -> None:
    told = {"run": identifier, "product": "d.p"}
    events = [base.event(world, "run.started", "d.p", told, key=identifier)]
    for number in range(rows and 2):
        data = {"run": identifier, "sequence": number, "rows": rows, "quarantined": 1}
        events.append(base.event(world, "batch.committed", "d.p.t@1", data, key=f"{identifier}:{number}"))
    base.tell(world, *events)


def test_a_run_that_is_on_its_way_shows_how_far_it_is(world) -> None:
    with base.Held(world, "product:d.p"):
        begin(world, "r1", rows=500)
        (one,) = runs(world, AS_BO, "d.p").items
        assert (one.run, one.rows, one.quarantined) == ("running", 1000, 2)
        (table,) = run(world, AS_BO, "r1").tables
        assert (table.state, table.rows, table.batches) == ("running", 1000, 2)
    (one,) = runs(world, AS_BO).items
    assert (one.run, one.state, one.seconds) == ("broken off", "bad", None)


def test_what_was_never_run_is_quiet_and_what_failed_says_why(world) -> None:
    view = product_view(world, AS_BO, "d.p")
    assert (view.product.trust.state, view.product.trust.complete.percent, view.last_run) == ("quiet", None, None)
    assert [(s.name, s.state) for s in source_view(world, AS_BO, "s").source.streams] == [
        ("t", "quiet"),
        ("unread", "quiet"),
    ]
    (world.folder / "in/t.csv").write_text("id,note\n1")
    (world.folder / "in/t.csv").unlink()
    assert execute(world)[0].state == "failed"
    view = product_view(world, AS_BO, "d.p")
    assert (view.product.trust.state, view.last_run.state) == ("bad", "failed")
    assert "t.csv" in view.product.trust.error
    assert source_view(world, AS_BO, "s").source.state == "bad"


def test_a_page_folds_a_bounded_part_and_says_how_far_behind_it_is(world, monkeypatch) -> None:
    execute(world)
    for number in range(30):
        begin(world, f"r{number}")
    monkeypatch.setattr(views.follow, "__defaults__", (5,))
    behind = runs(world, AS_BO).behind
    assert behind > 20
    assert runs(world, AS_BO).behind == behind - 5
    while views.follow(world, 10):
        pass
    assert runs(world, AS_BO).behind == 0
    assert product_view(world, AS_BO, "d.p").product.trust.complete.rows == 2


def test_versions_of_a_contract_say_what_changed(world) -> None:
    path = "domains/d/p/out.odcs.yaml"
    text = (world.folder / path).read_text()
    reapply(
        world, {path: text.replace("version: 1.0.0", "version: 1.1.0") + "      - {name: more, logicalType: string}\n"}
    )
    newest, first = contract(world, AS_BO, "d.p").versions
    assert (first.version, newest.version, newest.bump) == ("1.0.0", "1.1.0", "minor")
    assert [(c.column, c.breaking) for c in newest.changes] == [("more", False)]
