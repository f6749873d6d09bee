"""Trusted reads: over exactly what is named, locked where the SQL is an owner's, errors without values."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weft.errors import Invalid
from weft.model import Column, FileRef, FileScan, Governed, Relation

if TYPE_CHECKING:
    from .conftest import Bench


def test_relations_by_one_or_three_names(bench: Bench) -> None:
    one = bench.relation("SELECT 1::BIGINT AS id, 'a' AS v", "one")
    two = bench.relation("SELECT 1::BIGINT AS id, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS t", "two")
    sql = "SELECT v, t FROM rows JOIN sales.crm.two USING (id)"
    for locked in (False, True):
        (row,) = bench.engine.query(sql, {"rows": one, "sales.crm.two": two}, locked=locked).to_pylist()
        assert row["v"] == "a"
        assert row["t"].isoformat() == "2024-01-01T00:00:00+00:00"


def test_two_tables_of_one_domain(bench: Bench) -> None:
    one = bench.relation("SELECT 1 AS id", "one")
    found = bench.engine.query("SELECT count(*) AS n FROM A.x.t, a.y.t", {"A.x.t": one, "a.y.t": one})
    assert found.to_pylist() == [{"n": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{0}/secret.txt')",
        "SELECT * FROM '{0}/other.parquet'",
        "SELECT * FROM glob('{0}/*')",
        "COPY (SELECT 1) TO '{0}/written.csv'",
        "ATTACH '{0}/written.db'",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
    ],
)
def test_owner_sql_is_locked_in(bench: Bench, sql: str) -> None:
    bench.folder.joinpath("secret.txt").write_text("hidden")
    other = bench.relation("SELECT 'hidden' AS v", "other")
    rows = bench.relation("SELECT 1 AS id", "rows")
    with pytest.raises(Invalid) as caught:
        bench.engine.query(sql.format(bench.folder), {"rows": rows}, locked=True)
    assert "hidden" not in str(caught.value)
    assert not list(bench.folder.glob("written*"))
    assert bench.engine.query("SELECT v FROM o", {"o": other}, locked=True).num_rows == 1


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT nope FROM rows", 'the SQL does not fit: Referenced column "nope" not found in FROM clause!'),
        ("SELEC 1", "the SQL does not fit: syntax error at or near"),
        ("SELECT v::BIGINT FROM rows", "the SQL failed on a row: a value does not fit the type that it is cast to"),
        ("SELECT error('s3cret') FROM rows", "the SQL failed (InvalidInput error)"),
    ],
)
def test_errors_hold_no_value(bench: Bench, sql: str, message: str) -> None:
    rows = bench.relation("SELECT 's3cret' AS v", "rows")
    with pytest.raises(Invalid) as caught:
        bench.engine.query(sql, {"rows": rows}, locked=True)
    assert caught.value.message.startswith(message)
    assert "s3cret" not in str(caught.value)
    assert str(bench.folder) not in str(caught.value)


def test_a_relation_whose_file_is_gone(bench: Bench) -> None:
    rows = bench.relation("SELECT 1 AS id", "rows")
    Path(rows.files[0]).unlink()
    with pytest.raises(Invalid, match=r"file 'rows' cannot be read: it is not there"):
        bench.engine.query("FROM rows", {"rows": rows})


def test_governed_rows_stream(bench: Bench) -> None:
    relation = bench.relation("SELECT range AS id, 'n' || range AS name FROM range(100000)", "deals")
    columns = relation.columns[:2]
    governed = Governed(
        name="a.b.c", relation=relation, columns=columns, select={"name": "'x'"}, where="id >= 50000", key="k"
    )
    reader = bench.engine.rows(governed)
    table = reader.read_all()
    assert table.num_rows == 50_000
    assert set(table.column("name").to_pylist()) == {"x"}


def test_a_stream_that_nobody_reads_leaves_nothing(bench: Bench) -> None:
    relation = bench.relation("SELECT range AS id FROM range(100000)", "deals")
    reader = bench.engine.rows(Governed(name="a.b.c", relation=relation, columns=relation.columns))
    reader.read_next_batch()
    del reader


def test_parquet_scan(bench: Bench) -> None:
    first = bench.relation("SELECT 1::BIGINT AS id, 'a' AS name", "x")
    second = bench.relation("SELECT 2::BIGINT AS id, DATE '2024-01-01' AS later", "y")
    files = tuple(FileRef(key=f"in/{n}", path=r.files[0]) for n, r in (("x", first), ("y", second)))
    scan = FileScan(format="parquet", files=files)
    assert [(c.name, c.type) for c in bench.engine.describe(scan)] == [
        ("id", "BIGINT"), ("name", "VARCHAR"), ("later", "DATE"),
    ]  # fmt: skip
    assert bench.split(scan).rows_good == 2


def test_what_is_no_parquet(bench: Bench) -> None:
    for content in (b"PAR1", b"no parquet file at all, but long enough to look"):
        scan = FileScan(format="parquet", files=(bench.file(content, "a.parquet"),))
        with pytest.raises(Invalid) as caught:
            bench.engine.describe(scan)
        assert caught.value.message == (
            "file 'in/a.parquet' cannot be read: it is not a Parquet file, or it is cut off"
        )


def test_nothing_behind_a_relation(bench: Bench) -> None:
    empty = Relation(columns=bench.SPLIT.columns)
    assert bench.engine.query("SELECT count(*) AS n, max(id) AS m FROM rows", {"rows": empty}).to_pylist() == [
        {"n": 0, "m": None}
    ]


def test_importing_the_engine_loads_nothing_heavy() -> None:
    code = (
        "import sys, weft.engines.duck.engine;"
        "print([m for m in ('duckdb', 'pyarrow', 'deltalake', 'sqlglot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_value_that_does_not_fit_in_mid_stream_is_no_fault_of_the_disk(bench: Bench) -> None:
    relation = bench.relation(
        "SELECT CASE WHEN i = 290000 THEN 'x7' ELSE i::VARCHAR END AS v FROM range(300000) t(i)", "late"
    )
    columns = (Column(name="v", type="BIGINT"),)
    governed = Governed(name="a.b.c", relation=relation, columns=columns, select={"v": "CAST(v AS BIGINT)"})
    with pytest.raises(Invalid, match="a value does not fit the type") as caught:
        bench.engine.rows(governed).read_all()
    assert "x7" not in str(caught.value)


def test_a_landing_takes_over_the_instance_of_small_reads(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    rows = bench.relation("SELECT 1 AS id", "rows")
    made, connect = [], duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda *a, **k: made.append(a) or connect(*a, **k))
    for _ in range(3):  # what a landing takes is locked, and gone with it: the next small read makes another
        assert bench.engine.query("SELECT id FROM rows", {"rows": rows}).to_pylist() == [{"id": 1}]
        assert bench.split(bench.csv(b"id,name\n1,a\n")).rows_good == 1
    assert len(made) == 3
