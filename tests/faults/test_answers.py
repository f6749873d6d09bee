"""Whoever reads while tables are folded, rewritten and vacuumed reads on."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from walks.mesh import ADA, open_mesh, product, rows, source
from weft.errors import Unavailable
from weft.flow import base, fold, upkeep
from weft.flow.ask import ask
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from weft.seams import World

FILES = source("s", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
TABLE = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: s.t}]
    properties:
      - {name: k, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: v, logicalType: string, tags: [secret]}
"""
ROWS = 300_000


def put(folder: Path, name: str, first: int, last: int) -> None:
    path = folder / "data" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("k,v\n" + "\n".join(f"{k},{name}" for k in range(first, last)) + "\n")


def keep_up(world: World, *, grace: float) -> None:
    known = base.declared(world)
    placed = known.table("d.p.t")
    upkeep.compact(world, known, placed)
    upkeep.vacuum(world, known, placed, grace=grace)


def test_an_open_answer_outlives_fold_compaction_and_vacuum(tmp_path: Path) -> None:
    """Its files are listed by no version any more; they stay for whoever began before."""
    put(tmp_path, "a", 0, ROWS)
    world = open_mesh(tmp_path, FILES, product("p", TABLE, reads=("stream:s.t",)))
    run(world)
    put(tmp_path, "b", 0, 5)
    run(world)
    with world.registry.transaction() as unit:
        seen = unit.publications.get("d.p.t@1")
    assert seen is not None
    assert seen.relation.log
    with ask(world, "SELECT k, v FROM d.p.t", ADA).answer as answer:
        batches = iter(answer)
        found = next(batches).to_pylist()
        put(tmp_path, "c", 5, ROWS)
        run(world)
        keep_up(world, grace=upkeep.GRACE)
        found += [row for batch in batches for row in batch.to_pylist()]
    assert len(found) == ROWS
    assert sorted(row["k"] for row in found if row["v"] == "b") == list(range(5))
    assert {row["v"] for row in found} == {"a", "b"}, "what it began to read"
    assert rows(world, "SELECT v, count(*) AS n FROM d.p.t GROUP BY 1 ORDER BY 1") == [
        {"v": "b", "n": 5},
        {"v": "c", "n": ROWS - 5},
    ]
    world.close()


def test_everything_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One loads, one folds, rewrites and vacuums, all the others ask: each answer is some version, and never an older."""
    monkeypatch.setattr(fold, "SHARE", 0.5)
    monkeypatch.setattr(upkeep, "MANY", 2)
    world = open_mesh(tmp_path, FILES, product("p", TABLE, reads=("stream:s.t",)))
    put(tmp_path, "f0", 0, 10)
    run(world)
    done = threading.Event()
    wrong: list[Any] = []

    def tend() -> None:
        while not done.is_set():
            with suppress(Unavailable):  # a run holds the table
                keep_up(world, grace=upkeep.GRACE)

    def read() -> None:
        before = 0
        while not done.is_set():
            ((counted),) = rows(world, "SELECT count(*) AS n, count(DISTINCT k) AS d, max(k) AS m FROM d.p.t")
            n = counted["n"]
            if (n % 10, counted["d"], counted["m"] + 1) != (0, n, n) or n < before:
                wrong.append((before, counted))
            before = n

    threads = [threading.Thread(target=target) for target in (tend, read)]
    for thread in threads:
        thread.start()
    number = 0
    while number < 4:
        put(tmp_path, f"f{number + 1}", 10 * (number + 1), 10 * (number + 2))
        (one,) = run(world)
        assert one.state == "succeeded" or "is being worked on" in one.error, one
        number += one.state == "succeeded"
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert rows(world, "SELECT count(*) AS n FROM d.p.t") == [{"n": 50}]
    world.close()
