"""Bad rows wait once: not again for each time they are read, not when what they came from was mended or put back."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from walks.mesh import open_mesh, product, reapply, rows, source, write
from weft.flow import base, fold, publish, quarantine
from weft.flow.ingest import Options
from weft.flow.run import run
from weft.flow.show import describe

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World

FILES = source("s", "connector: files\nconfig: {path: data}\n")
TABLE = """
schema:
  - name: t
    logicalType: object
    customProperties: [{{property: weft.stream, value: s.t}}]
    properties:
      - {{name: id, logicalType: integer, required: true{key}}}
      - {{name: price, logicalType: number}}
      - {{name: day, logicalType: date, logicalTypeOptions: {{format: d.M.yyyy}}}}
    quality:
      - {{name: enough, metric: rowCount, mustBeGreaterThan: {least}, severity: error}}
"""
KEY = ", primaryKey: true, primaryKeyPosition: 1"
BAD = "id,price,day\n1,10,1.2.2026\n2,x20,3.2.2026\n"
GOOD = "id,price,day\n1,10,1.2.2026\n2,20,3.2.2026\n"
ASKED = "SELECT * FROM d.p.t ORDER BY id, price"
FIRST = {"id": 1, "price": 10.0, "day": dt.date(2026, 2, 1)}
SECOND = {"id": 2, "price": 20.0, "day": dt.date(2026, 2, 3)}
FIX = {"domains/d/p/t.sql": "SELECT id, replace(price, 'x', '') AS price, day FROM s.t\n"}


def table(key: str = KEY, least: int = 0) -> dict[str, str]:
    return product("p", TABLE.format(key=key, least=least), reads=("stream:s.t",))


def waiting(world: World) -> int:
    """Rows in quarantine; what the table's health says is the same."""
    known = base.declared(world)
    found = sum(w.rows for w in quarantine.waiting(world, known))
    assert (describe(world, known, "d.p.t")["in quarantine"] or 0) == found
    return found


@pytest.mark.parametrize("key", ["", KEY], ids=["no key", "keyed"])
def test_a_mended_file_takes_its_bad_rows_out(tmp_path: Path, key: str) -> None:
    world = open_mesh(tmp_path, FILES, table(key), {"data/t/a.csv": BAD, "data/t/b.csv": BAD.replace("2,x", "3,x")})
    run(world)
    assert waiting(world) == 2
    (tmp_path / "data/t/a.csv").write_text(GOOD)
    run(world)
    assert waiting(world) == 1, "the other file's row waits on"
    assert SECOND in rows(world, ASKED)
    reapply(world, FIX)
    assert quarantine.replay(world, base.declared(world), "d.p.t").rows == 1
    assert [row["id"] for row in rows(world, ASKED) if row["id"] > 1] == [2, 3]
    assert waiting(world) == 0
    world.close()


def test_reading_all_again_counts_a_bad_row_once(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "s.db") as database:
        database.execute("CREATE TABLE t (id INTEGER, price TEXT, day TEXT)")
        database.execute("INSERT INTO t VALUES (1, '10', '1.2.2026'), (2, 'x20', '3.2.2026')")
    database.close()
    stream = source("s", "connector: sql\nconfig: {url: 'sqlite:///s.db'}\nstreams: {t: {table: t, refresh: full}}\n")
    world = open_mesh(tmp_path, stream, table())
    for _ in range(2):
        run(world)
        assert waiting(world) == 1
    run(world, (), Options(full_refresh=True))
    assert waiting(world) == 1
    world.close()


def test_making_a_derived_table_again_counts_a_bad_row_once(tmp_path: Path) -> None:
    contract = """
        schema:
          - name: u
            properties:
              - {name: id, logicalType: integer, required: true}
              - {name: price, logicalType: number, logicalTypeOptions: {minimum: 15}}
        """
    derived = product("q", contract, reads=("d-p-c",)) | {"domains/d/q/u.sql": "SELECT id, price FROM d.p.t\n"}
    world = open_mesh(tmp_path, FILES, table(), derived, {"data/t/a.csv": GOOD})
    for _ in range(2):
        run(world, (), Options(full_refresh=True))
        assert [w.rows for w in quarantine.waiting(world, base.declared(world))] == [1]
    assert rows(world, "SELECT id FROM d.q.u") == [{"id": 2}]
    world.close()


def test_discarding_the_first_version_reads_good_and_bad_rows_again(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, FILES, table(least=1), {"data/t/a.csv": BAD})
    assert run(world)[0].state == "held"
    assert waiting(world) == 1
    publish.discard(world, base.declared(world), "d.p.t")
    assert waiting(world) == 0
    reapply(world, FIX)
    assert run(world)[0].state == "succeeded"
    assert waiting(world) == 0
    assert rows(world, ASKED) == [FIRST, SECOND]
    world.close()


def test_discarding_a_replay_lets_its_rows_wait_again(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, FILES, table(), {"data/t/a.csv": BAD})
    run(world)
    strict = TABLE.format(key=KEY, least=0) + "      - {name: few, metric: rowCount, mustBeLessThan: 2}\n"
    reapply(world, product("p", strict, reads=("stream:s.t",)) | FIX)
    known = base.declared(world)
    assert quarantine.replay(world, known, "d.p.t").rows == 1
    assert rows(world, ASKED) == [FIRST], "the replayed row is held"
    publish.discard(world, known, "d.p.t")
    assert waiting(world) == 1
    reapply(world, table())
    assert quarantine.replay(world, base.declared(world), "d.p.t").rows == 1
    assert rows(world, ASKED) == [FIRST, SECOND]
    assert waiting(world) == 0
    world.close()


def test_rows_of_a_database_come_back_in_their_types(tmp_path: Path) -> None:
    """A day of SQLite is text, of Parquet a date: what comes back is what came, not text in another format."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "data").mkdir()
    came = {"id": [1, 2, 3], "price": ["1", "x2", "x3"], "day": [dt.date(2026, 2, n) for n in (1, 2, 3)]}
    exact = [Decimal(f"1234567890123456789{n}.123456789") for n in (1, 2, 3)]
    made = pa.array([{"at": dt.date(2026, 1, 1), "n": n} for n in (1, 2, 3)])
    pq.write_table(pa.table({**came, "made": made, "exact": exact}), tmp_path / "data/t.parquet")
    contract = TABLE.format(key=KEY, least=0).replace(
        "    quality:",
        "      - {name: n, logicalType: integer}\n"
        "      - {name: exact, logicalType: number, physicalType: 'decimal(38,9)'}\n    quality:",
    )
    shape = "SELECT id, price, day, made.n AS n, exact FROM s.t\n"
    world = open_mesh(tmp_path, FILES, product("p", contract, reads=("stream:s.t",)), {"domains/d/p/t.sql": shape})
    run(world)
    assert waiting(world) == 2
    reapply(world, {"domains/d/p/t.sql": shape.replace(" price,", " replace(price, 'x', '') AS price,")})
    result = quarantine.replay(world, base.declared(world), "d.p.t")
    assert (result.rows, result.quarantined) == (2, 0)
    assert rows(world, "SELECT * FROM d.p.t ORDER BY 1") == [
        {"id": n, "price": float(n), "day": dt.date(2026, 2, n), "n": n, "exact": exact[n - 1]} for n in (1, 2, 3)
    ]
    world.close()


def test_what_is_no_number_in_a_file_is_none_in_a_replay(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, FILES, table(), {"data/t/a.csv": "id,price,day\n1,10,1.2.2026\n2,nan,3.2.2026\n"})
    run(world)
    assert waiting(world) == 1
    result = quarantine.replay(world, base.declared(world), "d.p.t")
    assert (result.rows, result.quarantined) == (0, 1)
    assert waiting(world) == 1
    world.close()


@pytest.mark.parametrize("folded", [False, True], ids=["in the log", "folded"])
def test_a_replayed_row_does_not_set_back_what_was_read_later(
    tmp_path: Path, folded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a cursor the batch that read a row tells how new it is, however often it is replayed."""
    monkeypatch.setattr(fold, "SHARE", 0.0 if folded else 1e9)
    world = open_mesh(tmp_path, FILES, table(), {"data/t/a.csv": GOOD})
    run(world)

    def comes(name: str, *lines: str) -> None:
        write(tmp_path, {f"data/t/{name}.csv": "id,price,day\n" + "\n".join(lines) + "\n"})
        assert run(world)[0].state == "succeeded"

    def replayed(**expected: int) -> None:
        done = quarantine.replay(world, base.declared(world), "d.p.t")
        assert {"landed": done.rows, "left": done.quarantined, "older": done.older} == expected

    comes("b", "1,x11,1.2.2026", "2,y21,3.2.2026", "3,x30,4.2.2026", "3,x31,4.2.2026")
    comes("c", "1,12,1.2.2026", "2,x22,3.2.2026")
    reapply(world, FIX)
    replayed(landed=3, left=1, older=1)
    now = [(row["id"], row["price"]) for row in rows(world, ASKED)]
    assert now == [(1, 12.0), (2, 22.0), (3, 31.0)], "1 was read again since; 2 and 3 were not, the last of 3 counts"
    reapply(world, {"domains/d/p/t.sql": FIX["domains/d/p/t.sql"].replace("'x'", "'y'")})
    replayed(landed=0, left=0, older=1)
    assert [(row["id"], row["price"]) for row in rows(world, ASKED)] == now, "what was replayed is newer than y21"
    assert waiting(world) == 0
    comes("d", "1,13,1.2.2026", "3,x32,4.2.2026")
    reapply(world, FIX)
    comes("e", "2,23,3.2.2026")
    replayed(landed=1, left=0, older=0)
    assert [(row["id"], row["price"]) for row in rows(world, ASKED)] == [(1, 13.0), (2, 23.0), (3, 32.0)]
    (tmp_path / "data/t/e.csv").write_text("id,price,day\n2,24,3.2.2026\n")
    run(world)
    assert [row["price"] for row in rows(world, ASKED)] == [13.0, 24.0, 32.0]
    world.close()
