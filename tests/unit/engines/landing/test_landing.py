"""One pass: good rows, bad rows, hidden columns, statistics; and what happens when it breaks off."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from weft.errors import Denied, Invalid, Unavailable
from weft.model import ArrowScan, Column, Governed, QueryScan, Relation, Split, Stamp, WhyBad

from .conftest import Bench, arrow, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_good_and_bad_rows_add_up(bench: Bench) -> None:
    written = bench.split(arrow(id=["1", "x", None, "4"], name=["a", "b", "c", "d"]))
    assert (written.rows_good, written.rows_bad) == (2, 2)
    assert written.by_reason == {"id.required": 1, "id.type": 1}
    assert rows(written.good) == [
        {"id": 1, "name": "a", "_weft_file": None},
        {"id": 4, "name": "d", "_weft_file": None},
    ]
    bad = rows(written.bad)
    assert [list(r) for r in bad] == [
        ["_weft_run", "_weft_seq", "_weft_row", "_weft_at", "_weft_file", "_weft_reasons", "_weft_raw"]
    ] * 2
    assert [(r["_weft_run"], r["_weft_seq"], r["_weft_at"], r["_weft_file"]) for r in bad] == [("r1", 7, AT, None)] * 2
    assert sorted(r["_weft_row"] for r in bad) == [1, 2]
    assert {tuple(r["_weft_reasons"]): json.loads(r["_weft_raw"]) for r in bad} == {
        ("id.type",): {"id": "x", "name": "b"},
        ("id.required",): {"id": None, "name": "c"},
    }


def test_a_row_may_break_several_rules_and_each_is_told_once(bench: Bench) -> None:
    reasons = (WhyBad(bit=0, rule="a"), WhyBad(bit=1, rule="b"), WhyBad(bit=2, rule="a"), WhyBad(bit=61, rule="c"))
    sql = f"SELECT 1::BIGINT AS id, 'x' AS name, NULL::VARCHAR AS _weft_file, {1 | 2 | 4 | 1 << 61}::BIGINT AS _weft_why, '{{}}' AS _weft_raw FROM _weft_source"
    written = bench.split(arrow(x=[1]), bench.SPLIT.model_copy(update={"sql": sql, "reasons": reasons}))
    assert written.by_reason == {"a": 1, "b": 1, "c": 1}
    assert sorted(rows(written.bad)[0]["_weft_reasons"]) == ["a", "b", "c"]


def test_a_log_carries_its_stamp(bench: Bench) -> None:
    stamp = Stamp(run="r2", sequence=9, at="2026-11-22T10:00:00Z", operation="u", files=True)
    written = bench.split(arrow(id=["1"], name=["a"]), stamp=stamp)
    assert rows(written.good) == [
        {"id": 1, "name": "a", "_weft_file": None, "_weft_run": "r2", "_weft_seq": 9, "_weft_op": "u", "_weft_at": AT}
    ]
    assert pq.read_schema(written.good[0].path).field("_weft_at").type == pa.timestamp("us", "UTC")


def test_a_table_carries_none(bench: Bench) -> None:
    written = bench.split(arrow(id=["1"], name=["a"]), stamp=bench.stamp.model_copy(update={"files": False}))
    assert list(rows(written.good)[0]) == ["id", "name"]


def test_nothing_written_for_no_rows(bench: Bench) -> None:
    written = bench.split(arrow(id=pa.array([], pa.string()), name=pa.array([], pa.string())))
    assert (written.good, written.bad, written.by_reason) == ((), (), {})
    assert bench.left() == []


def test_a_fatal_split_tells_and_leaves_the_verdict_to_the_flow(bench: Bench) -> None:
    written = bench.split(arrow(id=["x"], name=["a"]), bench.SPLIT.model_copy(update={"fatal": True}))
    assert written.rows_bad == 1


def test_rows_keep_their_order(bench: Bench) -> None:
    body = b"id,name\n" + b"".join(b"%d,n\n" % i for i in range(150_000))
    written = bench.split(bench.csv(body, b"id,name\n-1,z\n", body))
    order = [r["id"] for r in rows(written.good)]
    assert order == [*range(150_000), -1, *range(150_000)]


@pytest.mark.parametrize(
    "text", ["a\r\nb", 'q"uo"te', "\x1f\x1f", "nul\x00", "ä😀", "x,y", "{}", "'", "\\", "\u2028", "", "z" * 2_500_000]
)
def test_raw_rows_come_back_whole(bench: Bench, text: str) -> None:
    written = bench.split(arrow(id=["x"], name=[text]))
    assert json.loads(rows(written.bad)[0]["_weft_raw"]) == {"id": "x", "name": text}


def test_many_bad_rows(bench: Bench) -> None:
    table = pa.table({"id": pa.array(["x"]).take(pa.array([0] * 200_000)), "name": pa.nulls(200_000, pa.string())})
    written = bench.split(ArrowScan(reader=table.to_reader(20_000)))
    assert (written.rows_good, written.rows_bad) == (0, 200_000)
    assert sorted(r["_weft_row"] for r in rows(written.bad)) == list(range(1, 200_001))


def test_statistics(bench: Bench) -> None:
    columns = {
        "i": "BIGINT", "d": "DECIMAL(10,2)", "t": "TIMESTAMP WITH TIME ZONE", "day": "DATE", "b": "BOOLEAN",
        "n": "VARCHAR", "f": "DOUBLE", "s": "STRUCT(a BIGINT)", 'q"x': "VARCHAR", "dotted.name": "BIGINT",
    }  # fmt: skip
    values = (
        "1::BIGINT AS i, 1.5::DECIMAL(10,2) AS d, TIMESTAMPTZ '2024-01-01 00:00:00.5+00' AS t, DATE '2024-01-01' AS day,"
        " true AS b, NULL::VARCHAR AS n, 'nan'::DOUBLE AS f, {'a': 1::BIGINT} AS s, 'v' AS \"q\"\"x\", 5::BIGINT AS \"dotted.name\""
    )
    split = Split(
        sql=f"SELECT {values}, NULL::VARCHAR AS _weft_file, 0::BIGINT AS _weft_why, NULL::VARCHAR AS _weft_raw FROM _weft_source",
        columns=tuple(Column(name=n, type=t) for n, t in columns.items()),
    )
    (file,) = bench.split(arrow(x=[1, 2]), split, bench.stamp.model_copy(update={"files": False})).good
    expected = {
        "i": "1",
        "d": "1.50",
        "t": "2024-01-01 00:00:00.5+00",
        "day": "2024-01-01",
        'q"x': "v",
        "dotted.name": "5",
    }
    assert {k: v for k, v in file.minimum.items() if k != "b"} == expected
    assert file.nulls == {"i": 0, "d": 0, "t": 0, "day": 0, "b": 0, "n": 2, "f": 0, "s": 0, 'q"x': 0, "dotted.name": 0}
    assert (file.rows, file.bytes) == (2, bench.folder.joinpath(file.path).stat().st_size)


def test_quarantine_tells_no_values_in_its_statistics(bench: Bench) -> None:
    written = bench.split(arrow(id=["secret"], name=["b"]))
    assert "secret" not in str(written)


def test_other_tables_may_be_looked_into(bench: Bench) -> None:
    parents = bench.relation("SELECT unnest([1, 2])::BIGINT AS id", "parents")
    for name in ("a.b.parents", "parents"):
        sql = f"""SELECT id::BIGINT AS id, '' AS name, _weft_file, (CASE WHEN id::BIGINT NOT IN (SELECT id FROM {name})
            THEN 1 ELSE 0 END)::BIGINT AS _weft_why, '{{}}' AS _weft_raw FROM _weft_source"""
        split = bench.SPLIT.model_copy(update={"sql": sql, "relations": {name: parents}})
        assert bench.split(arrow(id=["1", "2", "3"]), split).rows_bad == 1


def test_owner_sql_reaches_nothing_else(bench: Bench) -> None:
    bench.folder.joinpath("other.txt").write_text("hidden")
    sql = f"SELECT content AS id, '' AS name, NULL AS _weft_file, 0::BIGINT AS _weft_why, '' AS _weft_raw FROM read_text('{bench.folder}/other.txt')"
    with pytest.raises(Invalid, match="reaches beyond the tables that it names"):
        bench.split(arrow(id=["1"]), bench.SPLIT.model_copy(update={"sql": sql}))


def failing(error: Exception) -> ArrowScan:
    schema = pa.schema({"id": pa.string(), "name": pa.string()})

    def batches() -> Iterator[pa.RecordBatch]:
        for _ in range(5):
            yield pa.record_batch({"id": ["1"] * 100_000, "name": ["a"] * 100_000}, schema=schema)
        raise error

    return ArrowScan(reader=pa.RecordBatchReader.from_batches(schema, batches()))


def test_a_source_that_breaks_off_is_told_as_it_said(bench: Bench) -> None:
    with pytest.raises(Denied, match=r"^the database is down$"):
        bench.split(failing(Denied("the database is down")))
    assert bench.left() == []


def test_a_source_that_breaks_off_otherwise_shows_no_value(bench: Bench) -> None:
    with pytest.raises(Unavailable) as caught:
        bench.split(failing(ValueError("row 'secret' is odd")))
    assert caught.value.message == "the source broke off while it was read (ValueError)"
    assert bench.left() == []


def test_describing_a_stream_reads_nothing(bench: Bench) -> None:
    scan = arrow(id=["1"], name=["a"])
    assert [(c.name, c.type) for c in bench.engine.describe(scan)] == [("id", "VARCHAR"), ("name", "VARCHAR")]
    assert bench.split(scan).rows_good == 1


def test_a_stream_may_name_its_files(bench: Bench) -> None:
    scan = arrow(id=["1", "x"], name=["a", "b"], _weft_file=["in/a.csv", "in/b.csv"])
    assert [c.name for c in bench.engine.describe(scan)] == ["id", "name"]
    written = bench.split(scan)
    assert [r["_weft_file"] for r in rows((*written.good, *written.bad))] == ["in/a.csv", "in/b.csv"]


def test_arrow_types(bench: Bench) -> None:
    table = pa.table(
        {
            "u": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0" * 16], pa.binary(16))),
            "j": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}'])),
            "o": pa.ExtensionArray.from_storage(pa.opaque(pa.string(), "numeric", "PostgreSQL"), pa.array(["1.5"])),
            "view": pa.array(["a"], pa.string_view()),
            "nothing": pa.nulls(1),
            "coded": pa.array(["x"]).dictionary_encode(),
            "at": pa.array([1], pa.timestamp("us", "Europe/Berlin")),
        }
    )
    found = {c.name: c.type for c in bench.engine.describe(ArrowScan(reader=table.to_reader()))}
    assert found == {
        "u": "UUID", "j": "VARCHAR", "o": "VARCHAR", "view": "VARCHAR", "nothing": "VARCHAR", "coded": "VARCHAR",
        "at": "TIMESTAMP WITH TIME ZONE",
    }  # fmt: skip


def governed(relation: Relation, name: str = "sales.crm.deals", **fields: Any) -> Governed:
    return Governed(name=name, relation=relation, columns=relation.columns, **fields)


def test_a_derived_table_reads_what_its_product_may_see(bench: Bench) -> None:
    deals = bench.relation("SELECT range AS id, 'n' || range AS name FROM range(5)", "deals")
    people = bench.relation("SELECT 3::BIGINT AS id", "people")
    masked = governed(deals, select={"name": "'***'"}, where="id > 1", key="k1")
    sql = "SELECT d.id, d.name FROM sales.crm.deals d JOIN hr.base.people p ON d.id = p.id -- end"
    scan = QueryScan(sql=sql, governed=(masked, governed(people, "hr.base.people")))
    assert [(c.name, c.type) for c in bench.engine.describe(scan)] == [("id", "BIGINT"), ("name", "VARCHAR")]
    assert rows(bench.split(scan).good) == [{"id": 3, "name": "***", "_weft_file": None}]
    assert bench.engine.sample(scan, 1).to_pylist() == [{"id": 3, "name": "***"}]


@pytest.mark.parametrize(
    "sql",
    ["SELECT sql AS id, '' AS name FROM duckdb_views()", "SELECT value AS id, '' AS name FROM duckdb_settings()"],
)
def test_no_view_tells_how_a_mask_is_made(bench: Bench, sql: str) -> None:
    deals = bench.relation("SELECT 1 AS id, 'n' AS name", "deals")
    scan = QueryScan(sql=sql, governed=(governed(deals, select={"name": "'hmac-key'"}, key="k2"),))
    text = str(bench.engine.sample(scan, 1000).to_pylist())
    assert "hmac-key" not in text


def test_writing_a_relation(bench: Bench) -> None:
    log = "SELECT unnest([1, 2, 1])::BIGINT AS id, unnest(['a', 'b', 'c']) AS name, 1::BIGINT AS _weft_seq, unnest(['u', 'd', 'u']) AS _weft_op"
    overlay = bench.relation(log, "log", log=True, key=("id",), order=("_weft_seq",))
    (file,) = bench.engine.write("SELECT * FROM rows", {"rows": overlay}, str(bench.folder), quiet=["name"])
    assert rows([file]) == [{"id": 1, "name": "c"}]
    assert (file.minimum, file.maximum, file.nulls) == ({"id": "1"}, {"id": "1"}, {"id": 0})


def test_writing_in_order(bench: Bench) -> None:
    sql = "SELECT range AS r FROM range(400000) ORDER BY hash(range)"
    files = bench.engine.write(sql, {}, str(bench.folder), ordered=True)
    want = bench.engine.query("SELECT range AS r FROM range(400000) ORDER BY hash(range)", {})
    assert [r["r"] for r in rows(files)] == want.column("r").to_pylist()


def test_writing_much_makes_several_files(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weft.engines.duck.landing._FILE_BYTES", 1_000_000)
    files = bench.engine.write("SELECT hash(range) AS h FROM range(600000)", {}, str(bench.folder))
    assert len(files) > 1
    assert sum(f.rows for f in files) == 600_000
    assert len({f.path for f in files}) == len(files)


def test_writing_nothing(bench: Bench) -> None:
    assert bench.engine.write("SELECT 1 AS a WHERE false", {}, str(bench.folder)) == ()
    assert not list(bench.folder.glob("*.parquet"))


def test_too_little_memory(bench: Bench) -> None:
    engine = bench.engine.__class__(
        bench.engine._settings.model_copy(update={"landing_memory": 64}), bench.folder / "s", bench.folder / "k"
    )
    sql = "SELECT list(range) AS l, list(hash(range)) AS h FROM range(20000000)"
    with pytest.raises(Unavailable, match="more than the 64 MB that landing may use"):
        engine.write(sql, {}, str(bench.folder))
    engine.close()


FULL = """
import resource, sys
from pathlib import Path
from weft.engines.duck.engine import DuckEngine
from weft.errors import Unavailable
from weft.model import EngineSettings
folder = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
engine = DuckEngine(EngineSettings(), folder / "s", folder / "k")
try:
    engine.write("SELECT hash(range) AS h FROM range(2000000)", {}, str(folder))
except Unavailable as error:
    print(error.message, len(list(folder.glob("*.parquet"))))
"""


@pytest.mark.slow
def test_a_full_disk_is_told_and_leaves_nothing(bench: Bench) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(bench.folder)], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "the disk is full, nothing was committed 0\n"
