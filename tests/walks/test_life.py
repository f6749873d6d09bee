"""The end of a product: deprecated with a date and a successor, retired, brought back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from walks.mesh import ADA, BO, open_mesh, product, reapply, rows
from walks.terminal import weft
from weft import spec
from weft.flow import life
from weft.flow.ask import ask
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OLD = product("old", "schema: [{name: t, properties: [{name: id, logicalType: integer}]}]\n")
NEW = product("new", "schema: [{name: t, properties: [{name: id, logicalType: integer}]}]\n")
SEEDS = {f"domains/d/{name}/t.csv": "id\n1\n" for name in ("old", "new")}
OUT = "domains/d/old/out.odcs.yaml"
ENDING = """slaProperties: [{property: endOfLife, value: "2027-01-31"}]
customProperties: [{property: weft.successor, value: d.new.t}]
"""
NOTE = "d.old.t is deprecated, it ends on 2027-01-31; read d.new.t instead"


def deprecated() -> dict[str, str]:
    """The old contract, about to end."""
    return {OUT: OLD[OUT].replace("status: active", "status: deprecated") + ENDING}


def test_consumers_are_told_once_and_whenever_they_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_mesh(tmp_path, OLD, NEW, SEEDS)
    run(world)
    rows(world, "FROM d.old.t", BO)
    said: list[tuple[list[str], str, str]] = []
    monkeypatch.setattr(type(world.notifier), "tell", lambda _, *of: said.append(of))
    reapply(world, deprecated())
    assert said == [([ADA, BO], "d.old.t@1 is deprecated", "- Read d.new.t instead. It ends on 2027-01-31.")]
    reapply(world)
    assert len(said) == 1
    asked = ask(world, "FROM d.old.t", BO)
    asked.answer.close()
    assert asked.notes == (NOTE,)
    asked = ask(world, "FROM d.new.t", BO)
    asked.answer.close()
    assert asked.notes == ()
    shutil.rmtree(tmp_path / "domains/d/old")
    reapply(world)
    assert said[1] == ([ADA, BO], "d.old.t@1 is retired", "- Read d.new.t instead.")
    world.close()
    told = weft(tmp_path, "events", "--type", "table.retired", "--json").json()
    assert [(e["subject"], e["data"]["told"]) for e in told] == [("d.old.t@1", [ADA, BO])]


def test_a_question_prints_the_note_beside_its_answer(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, OLD, NEW, SEEDS)
    run(world)
    reapply(world, deprecated())
    world.close()
    done = weft(tmp_path, "ask", "FROM d.old.t", "--as", ADA, "--format", "csv")
    assert (done.out, done.err) == ("id\n1\n", f"note: {NOTE}\n")


def test_what_was_retired_can_be_brought_back(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, OLD, NEW, SEEDS)
    run(world)
    before = {p: p.read_bytes() for p in (tmp_path / "domains/d/old").iterdir()}
    shutil.rmtree(tmp_path / "domains/d/old")
    reapply(world)
    (one,) = life.retired(world)
    assert (one["folder"], one["documents"], one["by"], one["days left"]) == ("domains/d/old", 3, ADA, 30)
    world.close()
    assert weft(tmp_path, "apply", "--prune", "--yes").out == "nothing to change\n", "its data is spared"
    done = weft(tmp_path, "retired", "domains/d/old", "--undo")
    assert done.out == "3 documents written; `weft apply` makes them count again\n"
    assert {p: p.read_bytes() for p in (tmp_path / "domains/d/old").iterdir()} == before
    assert weft(tmp_path, "retired", "domains/d/old", "--undo").err.startswith(
        "Invalid: the file domains/d/old/out.odcs.yaml is in the way\n"
    )
    assert weft(tmp_path, "apply", "--yes").code == 0
    assert weft(tmp_path, "retired").out == "nothing is retired\n"
    assert weft(tmp_path, "ask", "FROM d.old.t", "--as", ADA, "--format", "csv").out == "id\n1\n", "no run was needed"
    assert weft(tmp_path, "retired", "domains/d/old", "--undo").err == (
        "Invalid: no document of 'domains/d/old' is retired\n  `weft retired` lists what is.\n"
    )


def test_an_end_that_says_nothing_is_told(tmp_path: Path) -> None:
    open_mesh(tmp_path, OLD, NEW, SEEDS).close()
    text = deprecated()[OUT].replace("2027-01-31", "soon").replace("d.new.t", "d.nev.t")
    near = "did you mean 'd.new.t'? Known are d.new, d.new.t, d.new.t@1, d.old, d.old.t, d.old.t@1"
    endless = "the contract is deprecated, and nobody knows until when: say it with slaProperties endOfLife"
    for content in (text, OLD[OUT].replace("status: active", "status: deprecated")):
        (tmp_path / OUT).write_text(content)
        documents, _ = spec.read_folder(tmp_path)
        told = [str(p) for p in spec.resolve(documents)[1]]
        if content is text:
            assert told == [
                f"{OUT}:7:1: error: 'endOfLife' is 'soon', allowed is a day such as 2027-01-31",
                f"{OUT}:8:1: error: 'weft.successor' is 'd.nev.t', which is no table and no product; {near}",
            ]
        else:
            assert told == [
                f"{OUT}:5:1: warning: {endless}",
            ]
