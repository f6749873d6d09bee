"""What a run tends afterwards: many small files, rows whose time is over, files nobody needs; seen in the journal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from walks.mesh import ADA, BASE, BO, open_mesh, product, rows, source
from weft.flow import base, judgements, quarantine, retain, upkeep
from weft.flow.doctor import doctor
from weft.flow.run import run
from weft.flow.show import describe
from weft.mesh import open_world

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World

FILES = source("s", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
KEYED = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: s.t}]
    properties:
      - {name: k, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: day, logicalType: date}
    quality: [{metric: rowCount, mustBeGreaterThan: 3, severity: error}]
"""
PLAIN = KEYED.replace(", primaryKey: true, primaryKeyPosition: 1", "")
SLA = "slaProperties: [{property: retention, value: 30, unit: d, element: t.day}]\n"
TODAY = datetime.now(UTC).date()


def put(folder: Path, name: str, *cells: tuple[int, int | None]) -> None:
    """Rows: key, and how many days ago."""
    path = folder / "data" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True, parents=True)
    days = [(k, "" if ago is None else (TODAY - timedelta(days=ago)).isoformat()) for k, ago in cells]
    path.write_text("k,day\n" + "".join(f"{k},{day}\n" for k, day in days))


def ran(world: World, state: str = "succeeded") -> None:
    (one,) = run(world, ("d.p",))
    assert one.state == state, one


def keys(world: World) -> list[int]:
    return [row["k"] for row in rows(world, "SELECT k FROM d.p.t ORDER BY k")]


def told(world: World, kind: str) -> list[dict]:
    with world.registry.transaction() as unit:
        return [event.data for event in unit.journal.read(types=(kind,), limit=1000)]


def files(world: World) -> tuple[int, int]:
    with world.registry.transaction() as unit:
        seen = unit.publications.get("d.p.t@1")
    assert seen is not None
    return len(seen.relation.files), len(seen.relation.log)


def test_many_small_files_become_one(tmp_path: Path) -> None:
    put(tmp_path, "first", *((k, 1) for k in range(100, 110)))
    world = open_mesh(tmp_path, FILES, product("p", PLAIN, reads=("stream:s.t",)))
    for number in range(7):
        ran(world)
        assert files(world) == (number + 1, 0)
        put(tmp_path, f"{number}", (number, 1))
    ran(world)
    assert files(world) == (1, 0), "the eighth"
    assert keys(world) == [*range(7), *range(100, 110)]
    assert [data["files"] for data in told(world, "table.compacted")] == [1]
    ran(world)
    assert len(told(world, "table.compacted")) == 1
    world.close()


def test_a_log_of_many_files_is_folded(tmp_path: Path) -> None:
    put(tmp_path, "first", *((k, 1) for k in range(1000)))
    world = open_mesh(tmp_path, FILES, product("p", KEYED, reads=("stream:s.t",)))
    ran(world)
    for number in range(8):
        assert files(world) == (1, number)
        put(tmp_path, f"{number}", (number, 2))
        ran(world)
    assert files(world) == (1, 0)
    assert len(keys(world)) == 1000
    world.close()


@pytest.mark.parametrize("contract", [KEYED, PLAIN], ids=["keyed", "no key"])
def test_rows_are_kept_as_long_as_the_contract_says(tmp_path: Path, contract: str) -> None:
    put(tmp_path, "a", (1, 29), (2, 31), (3, 400), (4, None), (5, 0))
    put(tmp_path, "b", (6, 1), (7, 2), (8, 3))
    world = open_mesh(tmp_path, FILES, product("p", contract + SLA, reads=("stream:s.t",)))
    ran(world)
    assert keys(world) == [1, 4, 5, 6, 7, 8]
    assert [(data["rows"], data["column"]) for data in told(world, "table.expired")] == [(2, "day")]
    ran(world)
    assert len(told(world, "table.expired")) == 1
    put(tmp_path, "c", (9, 99), (10, 1))
    ran(world)
    assert keys(world) == [1, 4, 5, 6, 7, 8, 10]
    world.close()


@pytest.mark.slow
def test_killed_when_rows_have_gone_but_nobody_was_told(tmp_path: Path) -> None:
    put(tmp_path, "a", (1, 29), (2, 31), (3, 400), (4, 1), (5, 1), (6, 1))
    world = open_mesh(tmp_path, FILES, product("p", KEYED + SLA, reads=("stream:s.t",)))
    environment = {**os.environ, "WEFT_FAILPOINT": "retain.committed"}
    line = [sys.executable, "-m", "weft", "run", "--mesh", str(tmp_path)]
    assert subprocess.run(line, env=environment, capture_output=True).returncode == -signal.SIGKILL
    assert keys(world) == [1, 2, 3, 4, 5, 6], "what is published stands"
    ran(world)
    assert keys(world) == [1, 4, 5, 6]
    assert [data["rows"] for data in told(world, "table.expired")] == [2]
    world.close()


def test_what_is_left_is_published_only_when_its_checks_pass(tmp_path: Path) -> None:
    put(tmp_path, "a", (1, 29), (2, 31), (3, 400), (4, 33))
    world = open_mesh(tmp_path, FILES, product("p", PLAIN + SLA, reads=("stream:s.t",)))
    ran(world)
    assert keys(world) == [1, 2, 3, 4], "more than three rows are wanted: what is left is held"
    assert len(told(world, "publication.held")) == 1
    put(tmp_path, "b", (6, 1), (7, 2), (8, 3))
    ran(world)
    assert keys(world) == [1, 6, 7, 8]
    world.close()


def test_files_that_nobody_needs_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a", *((k, 1) for k in range(10)))
    world = open_mesh(tmp_path, FILES, product("p", KEYED, reads=("stream:s.t",)))
    ran(world)
    monkeypatch.setattr(upkeep, "GRACE", 0.0)
    put(tmp_path, "b", *((k, 2) for k in range(5)))
    ran(world)
    assert sum(data["files"] for data in told(world, "table.vacuumed")) > 0
    there = [p for p in (tmp_path / ".weft/tables/d/p").rglob("*.parquet") if "_delta_log" not in p.parts]
    assert len(there) == sum(files(world))
    world.close()


def test_a_budget_of_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a", (1, 29), (2, 31), (3, 400), (4, 33), (5, 1), (6, 1), (7, 1), (8, 1))
    settings = {"mesh.yaml": BASE["mesh.yaml"].rstrip() + "\n        engine: {upkeep: 0}\n"}
    world = open_mesh(tmp_path, settings, FILES, product("p", PLAIN + SLA, reads=("stream:s.t",)))
    ran(world)
    assert keys(world) == [1, 2, 3, 4, 5, 6, 7, 8]
    world.close()


class Clock:
    """A clock that is set."""

    at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at


@pytest.mark.parametrize(("sla", "days"), [(SLA, 30), ("", 365)], ids=["contract", "mesh"])
def test_bad_rows_are_kept_as_long_as_the_contract_or_the_mesh_says(
    tmp_path: Path, sla: str, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a", *((k, -100) for k in range(5)))
    (tmp_path / "data/b.csv").write_text("k,day\nx,2026-01-01\n")
    rule = "{name: few, metric: nullValues, arguments: {property: day}, mustBeLessThan: 2, severity: warning}"
    open_mesh(
        tmp_path, FILES, product("p", PLAIN.replace("quality: [", f"quality: [{rule}, ") + sla, reads=("stream:s.t",))
    ).close()
    clock = Clock()
    world = open_world(tmp_path, user=ADA, clock=clock)
    ran(world)
    clock.at += timedelta(days=1)
    (tmp_path / "data/c.csv").write_text("k,day\ny,2026-01-01\n7,\n8,\n")
    ran(world)
    known = base.declared(world)

    def waits() -> int:
        found = sum(w.rows for w in quarantine.waiting(world, known, "d.p.t"))
        assert (describe(world, known, "d.p.t")["in quarantine"] or 0) == found
        return found

    def kept() -> int:
        return sum(m.kept for m in judgements.history(world, known, "d.p.t", "few"))

    assert (waits(), kept()) == (2, 2)
    clock.at += timedelta(days=days - 0.5)
    monkeypatch.setattr(retain, "failpoint", lambda name: {}[name])
    with pytest.raises(KeyError, match=r"retain\.bad"):
        run(world)
    monkeypatch.undo()
    assert not [e for e in told(world, "table.expired") if "part" in e], "committed, and nobody was told"
    ran(world)
    assert (waits(), kept()) == (1, 2), "those of the first day"
    clock.at += timedelta(days=1)
    ran(world)
    assert (waits(), kept()) == (0, 0)
    assert [(e.get("part"), e["rows"]) for e in told(world, "table.expired") if "part" in e] == [
        ("quarantine", 1), ("quarantine", 1), ("failing", 2),
    ]  # fmt: skip
    assert [a for a in doctor(world, known) if "told again" in a.text] == [], "a lost event of theirs can be told again"
    assert keys(world)[-2:] == [7, 8]
    world.close()


def test_masked_copies_go_with_their_publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = PLAIN.replace("logicalType: date}", "logicalType: date, classification: restricted}")
    put(tmp_path, "a", *((k, 1) for k in range(5)))
    world = open_mesh(tmp_path, FILES, product("p", secret, reads=("stream:s.t",)))

    def copies() -> list[str]:
        asked = "SELECT count(a.day) AS n FROM d.p.t a, d.p.t b WHERE a.k = b.k"  # named twice: it is kept
        assert rows(world, asked, actor=BO) == [{"n": 0}]
        return sorted(p.name.rpartition("-")[0] for p in (tmp_path / ".weft/kept/d.p.t").glob("*.parquet"))

    ran(world)
    first = copies()
    put(tmp_path, "b", (7, 1))
    ran(world)
    assert len(both := copies()) == 2, "a question that began before may still read it"
    monkeypatch.setattr(upkeep, "GRACE", 0.0)
    ran(world)
    assert copies() == [name for name in both if name not in first]
    world.close()
