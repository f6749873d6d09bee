"""Answers as CSV, JSON, Arrow and Parquet."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from weft.cli.formats import save, send
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SQL = """SELECT n, n / 2::DECIMAL(9,2) AS half, 'a"b,c' AS text, CASE WHEN n > 0 THEN '' END AS empty,
    DATE '2026-01-05' + n::INTEGER AS day, TIMESTAMPTZ '2026-01-05 10:00:00+02' AS at, [n, NULL] AS list,
    {'x': 1.5::DECIMAL(4,2), 'y': 'é'} AS object, INTERVAL 1 DAY AS span, 'x'::BLOB AS bytes, n AS n
    FROM range(3) t(n)"""


class Rows:
    """An answer in two batches; `broken` fails after the first."""

    def __init__(self, *, broken: bool = False) -> None:
        duckdb.sql("SET TimeZone = 'UTC'")
        self.batches = duckdb.sql(SQL).to_arrow_table().combine_chunks().to_batches(max_chunksize=2)
        self.schema, self.broken = self.batches[0].schema, broken

    def __iter__(self) -> Iterator[Any]:
        yield self.batches[0]
        if self.broken:
            raise Unavailable("the question passed its limit")
        yield from self.batches[1:]


def sent(form: str) -> bytes:
    sink = io.BytesIO()
    assert send(Rows(), form, sink) == 3
    return sink.getvalue()


def test_csv() -> None:
    text = sent("csv").decode()
    header, first, second, third = csv.reader(io.StringIO(text))
    assert header == ["n", "half", "text", "empty", "day", "at", "list", "object", "span", "bytes", "n"]
    assert second[:6] == ["1", "0.5", 'a"b,c', "", "2026-01-06", "2026-01-05T08:00:00Z"]
    assert second[6:] == ["[1, null]", '{"x": 1.50, "y": "é"}', "P0M1DT0S", "eA==", "1"]
    assert ',"a""b,c",,' in text.splitlines()[1], "NULL is an empty field"
    assert ',"a""b,c","",' in text.splitlines()[2], "an empty text is quoted"
    assert (first[0], third[0]) == ("0", "2")


def test_json() -> None:
    rows = json.loads(sent("json"), parse_float=Decimal)
    assert [row["n"] for row in rows] == [0, 1, 2]
    assert rows[1] == {
        "n": 1,
        "half": rows[1]["half"],
        "text": 'a"b,c',
        "empty": "",
        "day": "2026-01-06",
        "at": "2026-01-05T08:00:00Z",
        "list": [1, None],
        "object": {"x": Decimal("1.50"), "y": "é"},
        "span": "P0M1DT0S",
        "bytes": "eA==",
        "n_1": 1,
    }


def test_arrow() -> None:
    table = pa.ipc.open_stream(sent("arrow")).read_all()
    assert table.schema == Rows().schema
    assert table.column(0).to_pylist() == [0, 1, 2]


def test_parquet() -> None:
    read = parquet.ParquetFile(io.BytesIO(sent("parquet")))
    table = read.read()
    assert read.metadata.row_group(0).column(0).compression == "ZSTD"
    assert table.column("half").type == Rows().schema.field("half").type
    assert table.column("span").to_pylist() == ["P0M1DT0S"] * 3
    assert table.column("object").to_pylist()[0] == {"x": Decimal("1.50"), "y": "é"}


def test_a_table_in_a_file() -> None:
    lines = sent("table").decode().splitlines()
    assert (lines[0].split()[:3], len(lines), max(map(len, lines)) <= 110) == (["n", "half", "text"], 5, True)


def test_nothing_is_an_empty_list() -> None:
    class Nothing:
        schema = pa.schema([("a", pa.int64())])

        def __iter__(self) -> Iterator[Any]:
            return iter(())

    sink = io.BytesIO()
    assert send(Nothing(), "json", sink) == 0
    assert json.loads(sink.getvalue()) == []
    sink = io.BytesIO()
    send(Nothing(), "csv", sink)
    assert sink.getvalue() == b"a\n"


@pytest.mark.parametrize("form", ["csv", "json", "arrow", "parquet", "table"])
def test_a_file_is_whole_or_as_it_was(tmp_path: Path, form: str) -> None:
    target = tmp_path / "answer"
    target.write_text("as it was")
    with pytest.raises(Unavailable):
        save(Rows(broken=True), form, target)
    assert target.read_text() == "as it was"
    assert [p.name for p in tmp_path.iterdir()] == ["answer"]
    assert save(Rows(), form, target) == 3
    assert len(target.read_bytes()) == len(sent(form))
    assert [p.name for p in tmp_path.iterdir()] == ["answer"]


def test_a_file_is_as_public_as_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    save(Rows(), "csv", tmp_path / "answer.csv")
    assert (tmp_path / "answer.csv").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="lies in a folder that is not there"):
        save(Rows(), "csv", tmp_path / "none" / "answer.csv")
    with pytest.raises(Invalid, match="is a folder"):
        save(Rows(), "csv", tmp_path)
