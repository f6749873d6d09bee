"""A source that says which rows it deleted, or which it still holds."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from msgspec.structs import replace

from walks.mesh import open_mesh, product, reapply, rows, source
from weft.flow import base, quarantine, superseded
from weft.flow.run import run
from weft.kinds import Kind
from weft.model import ArrowScan, Batch

if TYPE_CHECKING:
    from pathlib import Path

    from weft.model import TableResult
    from weft.seams import World

KEYED = """
schema:
  - name: t
    customProperties:
      - {property: weft.stream, value: s.t}
      - {property: weft.cursor, value: at}
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: what, logicalType: string}
      - {name: at, logicalType: integer}
"""
SHAPE = 'SELECT "Id" AS id, upper(name) AS what, "at" FROM s.t WHERE name <> \'nobody\'\n'
ALL = "SELECT id, what FROM d.p.t ORDER BY id"


@dataclass
class Scripted:
    """Connectors of a world, all of them the same: a script of batches."""

    batches: list[tuple[str, dict[str, list[Any]]]] = field(default_factory=list)

    def build(self, _name: str, _parameters: Any) -> Any:
        return self

    def stream_schema(self) -> type[Kind]:
        return Kind

    def read(self, _reach: Any, _stream: str, _settings: Any, cursor: Any, _window: Any) -> Any:
        done = cursor.get("done", 0)
        for n, (mode, columns) in enumerate(self.batches[done:], done + 1):
            reader = pa.table(columns).to_reader()
            yield Batch(scan=ArrowScan(reader=reader), cursor={"done": n}, mode=mode)


def mesh(folder: Path, contract: str = KEYED, sql: str = SHAPE) -> tuple[World, Scripted]:
    told = source("s", "connector: files\nconfig: {path: data}\n")
    made = product("p", contract, reads=("stream:s.t",)) | ({"domains/d/p/t.sql": sql} if sql else {})
    script = Scripted()
    return replace(open_mesh(folder, told, made, {"data/t.csv": ""}), connectors=script), script


def step(world: World, script: Scripted, mode: str, **columns: list[Any]) -> TableResult:
    script.batches.append((mode, columns))
    (one,) = run(world)
    return one.tables[0]


def test_deleted_rows_are_gone_and_may_come_again(tmp_path: Path) -> None:
    world, script = mesh(tmp_path)
    step(world, script, "append", Id=["1", "2", "3"], name=["a", "b", "c"], at=[9, 9, 9])
    gone = step(world, script, "delete", Id=["2", "7", "what?"])
    assert (gone.state, gone.rows, gone.deleted, gone.quarantined) == ("published", 0, 1, 0)
    assert rows(world, ALL) == [{"id": 1, "what": "A"}, {"id": 3, "what": "C"}]
    step(world, script, "append", Id=["2"], name=["again"], at=[1])
    assert rows(world, ALL) == [{"id": 1, "what": "A"}, {"id": 2, "what": "AGAIN"}, {"id": 3, "what": "C"}]
    kept = step(world, script, "keys", Id=["3", "2", "8"])
    assert (kept.rows, kept.deleted) == (0, 1)
    assert rows(world, ALL) == [{"id": 2, "what": "AGAIN"}, {"id": 3, "what": "C"}]
    assert step(world, script, "keys", Id=pa.array([], pa.string())).deleted == 2
    assert rows(world, ALL) == []
    world.close()


@pytest.mark.parametrize(
    ("contract", "sql", "told"),
    [
        (KEYED.replace(", primaryKey: true, primaryKeyPosition: 1", ""), SHAPE, "d.p.t has no primary key"),
        (KEYED, SHAPE.replace('"Id"', "length(name)"), "deleted by Id, and the key 'id' of d.p.t is none"),
    ],
)
def test_a_table_that_cannot_follow(tmp_path: Path, contract: str, sql: str, told: str) -> None:
    world, script = mesh(tmp_path, contract, sql)
    step(world, script, "append", Id=["1"], name=["a"], at=[1])
    failed = step(world, script, "delete", Id=["1"])
    assert failed.state == "failed"
    assert told in failed.error
    assert "deletes: ignore" in failed.error
    assert len(rows(world, "SELECT what FROM d.p.t")) == 1
    world.close()


def test_a_refresh_that_brings_nothing_not_even_columns(tmp_path: Path) -> None:
    world, script = mesh(tmp_path)
    step(world, script, "append", Id=["1"], name=["a"], at=[1])
    emptied = step(world, script, "replace")
    assert (emptied.state, emptied.error) == ("published", "")
    assert rows(world, ALL) == []
    world.close()


def test_whatever_the_order_the_table_holds_what_the_source_does(tmp_path: Path) -> None:
    world, script = mesh(tmp_path, sql="")
    there: dict[int, str] = {}
    dice = random.Random(7)
    for at in range(14):
        some = dice.sample(range(9), dice.randint(1, 5))
        mode = dice.choice(["append", "append", "delete", "keys"])
        if mode == "append":
            there |= {i: f"{i}-{at}" for i in some}
            step(world, script, mode, id=some, what=[there[i] for i in some], at=[at] * len(some))
        else:
            step(world, script, mode, id=some)
            there = {i: v for i, v in there.items() if (i in some) == (mode == "keys")}
        assert rows(world, ALL) == [{"id": i, "what": there[i]} for i in sorted(there)], (at, mode)
    world.close()


STRICT = 'SELECT id, "what", "at" FROM s.t\n'
MENDED = STRICT.replace('"at"', "replace(\"at\", 'x', '') AS at")


def waiting(world: World) -> int:
    return sum(one.rows for one in quarantine.waiting(world, base.declared(world)))


def dies(_failpoint: str) -> None:
    raise OSError("dies")


@pytest.mark.parametrize(("mode", "dying"), [("delete", False), ("keys", True)])
def test_a_row_that_waits_goes_with_its_key(
    tmp_path: Path, mode: str, dying: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the run dies with the commit; it comes back only when the source gives it again."""
    world, script = mesh(tmp_path, sql=STRICT)
    step(world, script, "append", id=["1", "2", "3", "no"], what=["a", "b", "c", "d"], at=["x1", "x1", "1", "1"])
    assert waiting(world) == 3
    keys = ["1"] if mode == "delete" else ["2", "3"]
    if dying:
        with monkeypatch.context() as patched:
            patched.setattr(superseded, "failpoint", dies)
            with pytest.raises(OSError, match="dies"):
                step(world, script, mode, id=keys)
        run(world)
    else:
        gone = step(world, script, mode, id=keys)
        assert (gone.state, gone.deleted, gone.withdrawn) == ("published", 0, 1)
    assert waiting(world) == 2, "what has no key that the contract takes waits on"
    reapply(world, {"domains/d/p/t.sql": MENDED})
    back = quarantine.replay(world, base.declared(world), "d.p.t")
    assert (back.rows, back.quarantined) == (1, 1)
    assert rows(world, ALL) == [{"id": 2, "what": "b"}, {"id": 3, "what": "c"}]
    step(world, script, "append", id=["1"], what=["again"], at=["0"])
    assert rows(world, ALL)[0] == {"id": 1, "what": "again"}
    world.close()


@pytest.mark.parametrize("seed", range(2))
def test_what_comes_back_from_quarantine_is_what_the_source_holds(tmp_path: Path, seed: int) -> None:
    """Rows that were changed or deleted since they were read do not come back, whatever else happened in between."""
    world, script = mesh(tmp_path, sql=STRICT)
    there: dict[int, str] = {}
    dice = random.Random(seed)
    for at in range(12):
        some = dice.sample(range(7), dice.randint(1, 4))
        mode = dice.choice(["append", "append", "append", "delete", "keys"])
        if mode == "append":
            there |= {i: f"{i}-{at}" for i in some}
            said = [f"{dice.choice(['', 'x'])}{at}" for _ in some]
            step(world, script, mode, id=some, what=[there[i] for i in some], at=said)
        else:
            step(world, script, mode, id=some)
            there = {i: v for i, v in there.items() if (i in some) == (mode == "keys")}
        if at in {6, 11}:
            reapply(world, {"domains/d/p/t.sql": MENDED})
            if waiting(world):
                quarantine.replay(world, base.declared(world), "d.p.t")
            assert rows(world, ALL) == [{"id": i, "what": there[i]} for i in sorted(there)], (at, mode)
            reapply(world, {"domains/d/p/t.sql": STRICT})
    world.close()
