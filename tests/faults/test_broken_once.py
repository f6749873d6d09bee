"""Rules of the path that a crash, a correction or a second door must not break; each was broken once."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest

from faults.one_table import CURSOR, FILES, KEYED, PLAIN, put, ran, seen, table
from walks.mesh import open_mesh, product, reapply, source
from weft.errors import Invalid
from weft.flow import base, fold, places, publish, quarantine, repair, upkeep
from weft.flow.ingest import Options
from weft.flow.run import run
from weft.seams import Window

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folded", [False, True])
def test_a_corrected_file_may_set_the_cursor_back(tmp_path: Path, folded: bool) -> None:
    """What a file said before it was corrected is forgotten, however new it called itself."""
    put(tmp_path, "a", "0,10,old", "1,10,old")
    put(tmp_path, "z", *(f"{k},1,much" for k in range(2, 200)))
    world = open_mesh(tmp_path, FILES, table(more=CURSOR))
    ran(world)
    put(tmp_path, "a", "1,5,new")
    ran(world)
    known = base.declared(world)
    assert not folded or upkeep.compact(world, known, known.table("d.p.t"))
    assert seen(world)[:2] == [(1, "new"), (2, "much")], "key 0 is gone, key 1 is corrected"
    put(tmp_path, "b", "0,3,again")
    ran(world)
    assert seen(world)[:2] == [(0, "again"), (1, "new")], "a key that a file lost may come from another, older or not"
    world.close()


def test_replayed_rows_are_the_newest_of_their_keys(tmp_path: Path) -> None:
    """Replays have no counter of their own that would let them lose against what was landed before them."""
    put(tmp_path, "a", *(f"{k},1,old" for k in range(200)))
    world = open_mesh(tmp_path, FILES, table())
    ran(world)
    put(tmp_path, "b", "1,1,better")
    ran(world)
    put(tmp_path, "c", "1,x9,best")
    ran(world)
    reapply(world, {"domains/d/p/t.sql": "SELECT k, replace(c, 'x', '') AS c, v FROM s.t\n"})
    assert quarantine.replay(world, base.declared(world), "d.p.t").rows == 1
    assert seen(world)[1] == (1, "best")
    world.close()


@pytest.mark.parametrize("contract", [KEYED, PLAIN], ids=["keyed", "no key"])
def test_replayed_rows_belong_to_their_file(tmp_path: Path, contract: str) -> None:
    """When it is corrected they give way like all its rows, those that landed and those that wait on."""
    put(tmp_path, "a", "1,1,a", "x,1,b", "y,1,c")
    world = open_mesh(tmp_path, FILES, table(contract))
    ran(world)
    reapply(world, {"domains/d/p/t.sql": "SELECT replace(k, 'x', '2') AS k, c, v FROM s.t\n"})
    assert quarantine.replay(world, base.declared(world), "d.p.t").rows == 1
    put(tmp_path, "a", "1,1,a", "2,1,b", "3,1,c")
    ran(world)
    assert seen(world) == [(1, "a"), (2, "b"), (3, "c")]
    assert quarantine.waiting(world, base.declared(world)) == ()
    put(tmp_path, "a", "1,1,a")
    ran(world)
    assert seen(world) == [(1, "a")]
    world.close()


def test_lines_without_cells_are_not_replayed(tmp_path: Path) -> None:
    put(tmp_path, "a", "1,1,a", "2", "x,1,b")
    optional = PLAIN.replace(", required: true", "")
    world = open_mesh(tmp_path, FILES, table(optional))
    ran(world)
    known = base.declared(world)
    assert quarantine.waiting(world, known)[0].rows == 2
    reapply(world, {"domains/d/p/t.sql": "SELECT replace(k, 'x', '2') AS k, c, v FROM s.t\n"})
    assert quarantine.replay(world, base.declared(world), "d.p.t").rows == 1
    assert seen(world) == [(1, "a"), (2, "b")]
    (left,) = quarantine.waiting(world, base.declared(world))
    assert (left.rows, list(left.reasons)) == (1, ["readable"])
    with pytest.raises(Invalid, match="nothing that can be read"):
        quarantine.replay(world, base.declared(world), "d.p.t")
    world.close()


def test_half_a_full_refresh_is_published_by_no_door(tmp_path: Path) -> None:
    """Its first batches are committed, the source fails, a replay is asked for: nobody sees the half of it."""
    put(tmp_path, "a", "1,1,a", "x,1,bad")
    put(tmp_path, "b", "2,1,b,more", head="k,c,v,w")
    world = open_mesh(tmp_path, FILES, table(PLAIN))
    ran(world)
    (tmp_path / "data/b.csv").write_bytes(b"k,c,v,w\n2,1,\xff\xfe\xff,more\n")
    (one,) = run(world, (), Options(full_refresh=True))
    assert one.state == "failed"
    reapply(world, {"domains/d/p/t.sql": "SELECT replace(k, 'x', '3') AS k, c, v FROM s.t\n"})
    assert quarantine.replay(world, base.declared(world), "d.p.t").rows == 1
    assert seen(world) == [(1, "a"), (2, "b")]
    put(tmp_path, "b", "2,1,b,more", head="k,c,v,w")
    ran(world)
    assert seen(world) == [(1, "a"), (2, "b"), (3, "bad")]
    world.close()


def test_a_full_refresh_of_a_source_that_only_appends_replaces(tmp_path: Path) -> None:
    pytest.importorskip("weft_test_plugin", reason="packages/test-plugin is not installed")
    numbers = """
        schema:
          - name: t
            customProperties: [{property: weft.stream, value: s.all}]
            properties:
              - {name: n, logicalType: integer, required: true}
        """
    count = source("s", "connector: Numbers\nconfig: {limit: 3}\nstreams: {all: {step: 1}}\n")
    world = open_mesh(tmp_path, count, product("p", numbers, reads=("stream:s.all",)))
    ran(world)
    once = seen(world, "SELECT n FROM d.p.t ORDER BY n")
    ran(world, Options(full_refresh=True))
    assert seen(world, "SELECT n FROM d.p.t ORDER BY n") == once
    (one,) = run(world, (), Options(full_refresh=True, window=Window("1", "2")))
    assert "a backfill is not a full refresh" in one.error
    world.close()


RULE = """    quality:
      - {name: few, metric: rowCount, mustBeLessThan: 2, severity: error}
"""


def test_discard_takes_all_tables_of_the_contract_back(tmp_path: Path) -> None:
    both = KEYED % "" + RULE + (KEYED % "").replace("schema:\n", "").replace("name: t", "name: u")
    put(tmp_path, "a", "1,1,a")
    world = open_mesh(tmp_path, FILES, product("p", both, reads=("stream:s.t",)))
    ran(world)
    put(tmp_path, "b", "2,1,b")
    assert run(world)[0].state == "held"
    known = base.declared(world)
    publish.discard(world, known, "d.p.u")
    with world.registry.transaction() as unit:
        assert [p.held for p in unit.publications.all()] == [False, False]
        told = [e.subject for e in unit.journal.read(types=("publication.discarded",))]
    assert told == ["d.p.t@1", "d.p.u@1"]
    for name in ("t", "u"):
        goal = places.target(world, known, known.table(f"d.p.{name}"))
        assert places.candidate(world, goal, "").relation.rows == 1
    assert seen(world, "SELECT k FROM d.p.u") == [(1,)]
    world.close()


def test_what_consumers_see_stays_under_its_contract_when_files_are_rewritten(tmp_path: Path) -> None:
    """A contract that what is published does not fulfil holds it; compaction must not publish it in passing."""
    for number in range(upkeep.MANY + 1):
        put(tmp_path, f"f{number}", f"{number},1,a" + ",y" * (number % 2), head="k,c,v" + ",x" * (number % 2))
    world = open_mesh(tmp_path, FILES, table(PLAIN))
    ran(world)
    strict = product("p", PLAIN % "" + RULE, reads=("stream:s.t",))
    reapply(world, {path: text.replace("version: 1.0.0", "version: 1.1.0") for path, text in strict.items()})
    known = base.declared(world)
    assert run(world)[0].state == "held"
    upkeep.compact(world, known, known.table("d.p.t"))
    with world.registry.transaction() as unit:
        assert unit.publications.held("d.p.t@1") is not None
        published = unit.publications.get("d.p.t@1")
    assert published is not None
    assert published.contract_version == "1.0.0"
    world.close()


def test_vacuum_keeps_what_a_discard_goes_back_to(tmp_path: Path) -> None:
    """While nothing is published that is the empty table: version 0."""
    put(tmp_path, "a", "1,1,a", "2,1,b")
    world = open_mesh(tmp_path, FILES, product("p", KEYED % "" + RULE, reads=("stream:s.t",)))
    assert run(world)[0].state == "held"
    known = base.declared(world)
    asked = []
    vacuum = type(world.store).vacuum

    def spy(self: Any, place: Any, keep: Any, **more: Any) -> int:
        asked.append((place.part, sorted(keep)))
        return vacuum(self, place, keep, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.store), "vacuum", spy)
        upkeep.vacuum(world, known, known.table("d.p.t"), grace=0.0)
    assert {part for part, kept in asked if 0 in kept} == {"table", "log", "quarantine"}
    publish.discard(world, known, "d.p.t")
    put(tmp_path, "a", "1,1,a")
    ran(world)
    assert seen(world) == [(1, "a")]
    world.close()


def test_a_column_that_comes_later_gets_statistics(tmp_path: Path) -> None:
    put(tmp_path, "a", "1,1,a")
    world = open_mesh(tmp_path, FILES, table())
    ran(world)
    more = "      - {name: w, logicalType: integer}\n      - {name: mail, logicalType: string, tags: [pii.email]}\n"
    grown = product("p", KEYED % "" + more, reads=("stream:s.t",))
    reapply(world, {path: text.replace("version: 1.0.0", "version: 1.1.0") for path, text in grown.items()})
    put(tmp_path, "b", *(f"{k},1,b,7,x@y.example" for k in range(9)), head="k,c,v,w,mail")
    ran(world)
    known = base.declared(world)
    goal = places.target(world, known, known.table("d.p.t"))
    file = world.store.snapshot(goal.table).files[-1]
    assert file.minimum.get("w") == 7
    assert "mail" not in file.minimum
    with world.registry.transaction() as unit:
        (told,) = unit.journal.read(types=("table.evolved",))
    assert told.data == {"columns": ["w", "mail"]}
    world.close()


def test_threads_of_one_process_are_told_like_processes(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, FILES, table())
    said: list[str] = []

    def other() -> None:
        said.extend(one.error for one in run(world) if one.state == "failed")

    with base.Held(world, "product:d.p"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        base.renew()
    assert len(said) == 1
    assert "product d.p is being worked on by" in said[0]
    world.close()


def test_a_run_whose_lease_was_taken_publishes_nothing_over_the_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its audit took so long that another run has published meanwhile."""
    put(tmp_path, "a", "1,1,a")
    world = open_mesh(tmp_path, FILES, table())
    known = base.declared(world)
    tables = [known.table("d.p.t")]
    once: list[str] = []
    audit = publish.audit

    def slow(*given: Any) -> Any:
        if not once:
            once.append("slow")
            put(tmp_path, "b", "2,1,b")
            with world.registry.transaction(write=True) as unit:
                unit.leases.release("product:d.p", unit.leases.holder("product:d.p")[0])
            ran(world)
        return audit(*given)

    monkeypatch.setattr(publish, "audit", slow)
    (one,) = run(world)
    assert one.state == "failed"
    assert "another run has published" in one.error
    assert seen(world) == [(1, "a"), (2, "b")]
    assert repair.product(world, known, "d.p", tables) == 0
    world.close()


def test_a_fold_while_somebody_looks_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of somebody who fell asleep over a fold and wakes up between two looks of another."""
    put(tmp_path, "a", *(f"{k},1,old" for k in range(200)))
    world = open_mesh(tmp_path, FILES, table())
    ran(world)
    put(tmp_path, "b", "200,1,new")
    ran(world)
    known = base.declared(world)
    goal = places.target(world, known, known.table("d.p.t"))
    snapshot, slept = type(world.store).snapshot, []

    def waking(self: Any, place: Any, version: int | None = None) -> Any:
        if place == goal.log and not slept:
            slept.append("woke")
            assert fold.fold(world, goal, "sleeper")
        return snapshot(self, place, version)

    monkeypatch.setattr(type(world.store), "snapshot", waking)
    found = places.candidate(world, goal, "").relation
    counted = world.engine.query("SELECT count(*) AS n FROM r", {"r": found}).to_pylist()
    assert (slept, counted) == (["woke"], [{"n": 201}])
    world.close()


def test_old_cursors_are_forgotten(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, FILES, table())
    for number in range(4):
        put(tmp_path, f"f{number}", f"{number},1,a")
        ran(world)
    world.close()
    with sqlite3.connect(tmp_path / ".weft" / "registry.db") as registry:
        assert registry.execute("SELECT sequence FROM weft_cursors").fetchall() == [(4,)]
    registry.close()


def test_a_vanished_file_is_told_although_the_run_died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a", "1,1,a")
    put(tmp_path, "b", "2,1,b")
    world = open_mesh(tmp_path, FILES, table())
    ran(world)
    (tmp_path / "data/b.csv").unlink()
    with monkeypatch.context() as patch:
        patch.setattr("weft.flow.land.finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(world)
    ran(world)
    with world.registry.transaction() as unit:
        (told,) = unit.journal.read(types=("source.vanished",))
    assert told.data["file"] == "b.csv"
    world.close()
