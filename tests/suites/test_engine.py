"""What every engine must do, whatever it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from weft.errors import Invalid, WeftError
from weft.model import (
    ArrowScan,
    Column,
    EngineSettings,
    FileRef,
    FileScan,
    Governed,
    Limits,
    QueryScan,
    Question,
    Relation,
    Split,
    Stamp,
    WhyBad,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.seams import Engine

COLUMNS = (Column(name="id", type="BIGINT"), Column(name="city", type="VARCHAR"))
SPLIT = Split(
    sql="SELECT id, city, _weft_file, (id IS NULL)::BIGINT AS _weft_why,"
    " CASE WHEN id IS NULL THEN to_json({'id': raw})::VARCHAR END AS _weft_raw"
    " FROM (SELECT id AS raw, try_cast(id AS BIGINT) AS id, city, _weft_file FROM _weft_source)",
    columns=COLUMNS,
    reasons=(WhyBad(bit=0, rule="id.type", column="id"),),
)


@pytest.fixture(params=["duck"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    assert request.param == "duck"
    from weft.engines.duck.engine import DuckEngine

    opened = DuckEngine(EngineSettings(workers=1), tmp_path / "scratch", tmp_path / "kept")
    yield opened
    opened.close()


def stamp(operation: str = "") -> Stamp:
    return Stamp(run="r", sequence=1, at="2026-11-22T10:00:00Z", operation=operation, files=True)


def landed(engine: Engine, folder: Path, scan: Any, operation: str = "") -> Any:
    for part in ("good", "bad"):
        (folder / part).mkdir(exist_ok=True)
    return engine.split(scan, SPLIT, stamp(operation), str(folder / "good"), str(folder / "bad"))


def read(files: Any) -> list[dict[str, Any]]:
    return [row for f in files for row in pq.read_table(f.path).to_pylist()]


def cities(folder: Path) -> FileScan:
    path = folder / "cities.csv"
    path.write_text("id,city\n1,Bonn\nx,Ulm\n3,Jena\n")
    return FileScan(format="csv", files=(FileRef(key="cities.csv", path=str(path)),))


def stream() -> ArrowScan:
    return ArrowScan(reader=pa.table({"id": ["1", "x", "3"], "city": ["Bonn", "Ulm", "Jena"]}).to_reader())


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_what_is_described_is_sampled_and_split(engine: Engine, tmp_path: Path, kind: str) -> None:
    def scan() -> Any:
        return cities(tmp_path) if kind == "file" else stream()

    one = scan()
    assert [(c.name, c.type) for c in engine.describe(one)] == [("id", "VARCHAR"), ("city", "VARCHAR")]
    written = landed(engine, tmp_path, one)
    file = "cities.csv" if kind == "file" else None
    assert read(written.good) == [
        {"id": 1, "city": "Bonn", "_weft_file": file},
        {"id": 3, "city": "Jena", "_weft_file": file},
    ]
    assert [(r["_weft_reasons"], r["_weft_raw"]) for r in read(written.bad)] == [(["id.type"], '{"id":"x"}')]
    assert (written.rows_good, written.rows_bad, written.by_reason) == (2, 1, {"id.type": 1})
    assert engine.sample(scan(), 2).to_pylist() == [{"id": "1", "city": "Bonn"}, {"id": "x", "city": "Ulm"}]


def test_a_log_is_overlaid_and_folded(engine: Engine, tmp_path: Path) -> None:
    base = engine.write("SELECT 1::BIGINT AS id, 'old' AS city UNION ALL SELECT 2, 'kept'", {}, str(tmp_path))
    log = landed(engine, tmp_path, stream(), "u").good
    overlay = Relation(
        files=tuple(f.path for f in base),
        log=tuple(f.path for f in log),
        key=("id",),
        order=("_weft_seq",),
        columns=COLUMNS,
    )
    want = [{"id": 1, "city": "Bonn"}, {"id": 2, "city": "kept"}, {"id": 3, "city": "Jena"}]
    assert engine.query("FROM rows ORDER BY id", {"rows": overlay}).to_pylist() == want
    folded = engine.write("SELECT * FROM rows ORDER BY id", {"rows": overlay}, str(tmp_path), ordered=True)
    assert read(folded) == want
    assert sum(f.rows for f in folded) == 3


def test_statistics_bound_the_values(engine: Engine, tmp_path: Path) -> None:
    (file,) = engine.write("SELECT unnest([3, NULL, 1])::BIGINT AS id, 'x' AS pii", {}, str(tmp_path), quiet=["pii"])
    assert (int(file.minimum["id"]), int(file.maximum["id"]), file.nulls["id"], file.rows) == (1, 3, 1, 3)
    assert "pii" not in {*file.minimum, *file.maximum, *file.nulls}


def deals(engine: Engine, folder: Path, **fields: Any) -> Governed:
    files = engine.write("SELECT range::BIGINT AS id, 'c' || range AS city FROM range(10)", {}, str(folder))
    relation = Relation(files=tuple(f.path for f in files), columns=COLUMNS, rows=10)
    return Governed(name="sales.crm.deals", relation=relation, columns=COLUMNS, **fields)


@pytest.mark.parametrize("masks", [{}, {"select": {"city": "'***'"}, "where": "id < 5", "key": "k"}])
def test_all_ways_to_governed_rows_agree(engine: Engine, tmp_path: Path, masks: dict[str, Any]) -> None:
    governed = deals(engine, tmp_path, **masks)
    want = [{"id": n, "city": "***" if masks else f"c{n}"} for n in range(5 if masks else 10)]
    sql = "SELECT id, city FROM sales.crm.deals"
    referenced = engine.inspect(sql)
    assert referenced.tables == ("sales.crm.deals",)
    with engine.ask(
        Question(sql=sql, governed=(governed,), limits=Limits(seconds=30), referenced=referenced)
    ) as answer:
        asked = pa.Table.from_batches(list(answer), schema=answer.schema)
    derived = landed(
        engine, tmp_path, QueryScan(sql="SELECT id::VARCHAR AS id, city FROM sales.crm.deals", governed=(governed,))
    )
    ways = [asked.to_pylist(), engine.rows(governed).read_all().to_pylist(), read(derived.good)]
    for way in ways:
        assert sorted(({k: v for k, v in r.items() if k != "_weft_file"} for r in way), key=lambda r: r["id"]) == want


def test_owners_sql_sees_its_relations_only(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("hidden")
    governed = deals(engine, tmp_path)
    with pytest.raises(WeftError) as caught:
        engine.query(f"SELECT * FROM read_text('{tmp_path}/other.txt')", {"rows": governed.relation}, locked=True)
    assert "hidden" not in str(caught.value)


def test_only_one_select_is_asked(engine: Engine) -> None:
    for sql in ("DROP TABLE a.b.c", "SELECT 1; SELECT 2", "SELECT * FROM read_csv('x')"):
        with pytest.raises(Invalid):
            engine.inspect(sql)
