"""ORC and Avro as Parquet, text of fixed width as CSV."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
import uuid
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
from pydantic import ValidationError

from weft.connectors.files.kind import Files, FileStream
from weft.errors import Invalid, Unavailable


def read(reach, **config):
    """(the file as the engine gets it, the batch)."""

    def content(path):
        return pq.read_table(path) if path.endswith("parquet") else Path(path).read_text()

    batches = Files(**config).read(reach, "s", FileStream(path="a.*"), {})
    (one,) = [(content(b.scan.files[0].path), b) for b in batches]
    assert list(reach.scratch.iterdir()) == []
    return one


# -- ORC

TABLE = pa.table(
    {
        "id": pa.array([1, 2, None], pa.int64()),
        "amount": pa.array([Decimal("1.50"), None, Decimal("-2.25")], pa.decimal128(12, 2)),
        "at": pa.array([dt.datetime(2024, 2, 29, 1, 2, 3, tzinfo=dt.UTC), None, None], pa.timestamp("us", "UTC")),
        "tags": pa.array([["a"], [], None], pa.list_(pa.string())),
    }
)


def test_orc_keeps_its_types(reach):
    orc.write_table(TABLE, reach.folder / "a.orc", stripe_size=1024)
    found, batch = read(reach)
    assert found.to_pylist() == TABLE.to_pylist()
    assert found.schema.field("amount").type == pa.decimal128(12, 2)
    assert (batch.scan.format, batch.untyped) == ("parquet", False)


def test_orc_is_discovered(reach):
    orc.write_table(TABLE, reach.folder / "deals.orc")
    (found,) = Files().discover(reach, {})
    assert (found.name, [c.name for c in found.columns]) == ("deals", ["id", "amount", "at", "tags"])


def test_orc_of_many_stripes(reach):
    table = pa.table({"n": range(300_000)})
    orc.write_table(table, reach.folder / "a.orc", stripe_size=65_536)
    assert orc.ORCFile(reach.folder / "a.orc").nstripes > 1
    assert read(reach)[0]["n"].to_pylist() == list(range(300_000))


@pytest.mark.parametrize(("name", "what"), [("a.orc", "ORC"), ("a.avro", "Avro")])
@pytest.mark.parametrize("content", [b"", b"id,name\n1,x\n", b"ORC" + b"\0" * 50, b"Obj\x01" + b"\0" * 5])
def test_what_is_none_is_refused(reach, name, what, content):
    (reach.folder / name).write_bytes(content)
    with pytest.raises(Invalid, match=f"{name} is not a complete {what} file"):
        read(reach)
    assert list(reach.scratch.iterdir()) == []


# -- Avro

SCHEMA = {
    "type": "record",
    "name": "deal",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
        {"name": "stage", "type": {"type": "enum", "name": "stage", "symbols": ["open", "won"]}},
        {"name": "before", "type": ["null", "stage"]},
        {"name": "key", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "more", "type": {"type": "map", "values": "double"}},
        {"name": "owner", "type": {"type": "record", "name": "person", "fields": [{"name": "mail", "type": "string"}]}},
        {"name": "any", "type": ["null", "long", "string"]},
    ],
}
DEAL = {
    "id": 1,
    "name": None,
    "amount": Decimal("12.50"),
    "day": dt.date(2024, 2, 29),
    "at": dt.datetime(2024, 2, 29, 1, 2, 3, 4000, tzinfo=dt.UTC),
    "stage": "won",
    "before": "open",
    "key": uuid.UUID(int=7),
    "tags": ["a", "b"],
    "more": {"x": 1.5},
    "owner": {"mail": "a@x.example"},
    "any": 7,
}


def avro(path, rows, schema=SCHEMA, codec="deflate"):
    fastavro = pytest.importorskip("fastavro", reason="install the extra 'avro'")
    with path.open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), rows, codec=codec)


def test_avro_keeps_its_types(reach):
    avro(reach.folder / "a.avro", [DEAL, {**DEAL, "id": 2, "any": "x"}])
    found, batch = read(reach)
    first, second = found.to_pylist()
    assert first == {**DEAL, "key": str(DEAL["key"]), "more": [("x", 1.5)], "any": "7"}
    assert second["any"] == "x"
    assert (found.schema.field("amount").type, found.schema.field("at").type) == (
        pa.decimal128(12, 2),
        pa.timestamp("us", "UTC"),
    )
    assert (batch.scan.format, batch.untyped) == ("parquet", False)


def test_avro_inside_of_avro(reach):
    inner = {
        "type": "record",
        "name": "inner",
        "fields": [
            {"name": "key", "type": {"type": "string", "logicalType": "uuid"}},
            {"name": "any", "type": ["long", "string"]},
            {"name": "next", "type": ["null", "inner"]},
        ],
    }
    schema = {
        "type": "record",
        "name": "outer",
        "fields": [{"name": "list", "type": {"type": "array", "items": inner}}],
    }
    key = uuid.UUID(int=1)
    avro(
        reach.folder / "a.avro",
        [{"list": [{"key": key, "any": 1, "next": {"key": key, "any": "x", "next": None}}]}],
        schema,
    )
    (row,) = read(reach)[0].to_pylist()
    (one,) = row["list"]
    assert (one["key"], one["any"]) == (str(key), "1")
    assert json.loads(one["next"]) == {"key": str(key), "any": "x", "next": None}


def test_avro_of_no_rows_has_its_columns(reach):
    avro(reach.folder / "a.avro", [])
    assert read(reach)[0].column_names == [f["name"] for f in SCHEMA["fields"]]


def test_avro_that_is_cut_off_or_no_record_is_refused(reach):
    avro(reach.folder / "a.avro", [DEAL] * 1000, codec="null")
    content = (reach.folder / "a.avro").read_bytes()
    (reach.folder / "a.avro").write_bytes(content[: len(content) // 2])
    with pytest.raises(Invalid, match="not a complete Avro file"):
        read(reach)
    avro(reach.folder / "a.avro", [1, 2], {"type": "long"})
    with pytest.raises(Invalid, match="holds no records"):
        read(reach)


def test_without_the_library_the_extra_is_named(reach, monkeypatch):
    avro(reach.folder / "a.avro", [DEAL])
    monkeypatch.setitem(sys.modules, "fastavro", None)
    with pytest.raises(Unavailable) as caught:
        read(reach)
    assert "weft[avro]" in caught.value.hint


# -- fixed width

PLACES = {"id": "1-4", "name": "5-12", "kind": "13"}


def cells(text):
    return list(csv.reader(text.splitlines()))


def test_columns_stand_at_their_places(reach):
    (reach.folder / "a.dat").write_text('R1  Zoë, "x"A\r\nR2  Bo\n\nR3           \n', newline="")
    text, batch = read(reach, fixed=PLACES)
    assert cells(text) == [["id", "name", "kind"], ["R1", 'Zoë, "x"', "A"], ["R2", "Bo", ""], ["R3", "", ""]]
    assert (batch.scan.format, batch.untyped, batch.scan.dialect.delimiter) == ("csv", True, ",")


def test_lines_may_be_skipped_and_encodings_differ(reach):
    (reach.folder / "a.txt").write_bytes("Export\n----\nR1  Müller  A\n".encode("cp1252"))
    text, batch = read(reach, fixed=PLACES, skip=2, encoding="cp1252")
    assert cells(text)[1:] == [["R1", "Müller", "A"]]
    assert batch.scan.dialect.encoding == "utf-8"


def test_blanks_may_stay(reach):
    (reach.folder / "a.txt").write_text("R1   x      A\n")
    assert cells(read(reach, fixed=PLACES, trim=False)[0])[1:] == [["R1  ", " x      ", "A"]]


def test_an_empty_file_has_no_rows(reach):
    (reach.folder / "a.txt").write_text("")
    assert cells(read(reach, fixed=PLACES)[0]) == [["id", "name", "kind"]]


def test_columns_are_found(reach):
    (reach.folder / "a.txt").write_text("R1  x       A\n")
    (found,) = Files(fixed=PLACES).discover(reach, {})
    assert [(c.name, c.type) for c in found.columns] == [("id", "text"), ("name", "text"), ("kind", "text")]


@pytest.mark.parametrize(
    ("content", "config", "says"),
    [
        (
            b"R1  x       A\nR2  x       A and more\n",
            {"fixed": PLACES},
            "behind position 13, where its last column ends; the first is near line 2",
        ),
        (b"R1  x       A\n", {"format": "fixed"}, "not said where the columns of a.txt stand"),
        (b"R1  \xff\n", {"fixed": PLACES}, "not utf-8 text: the byte at position 4"),
    ],
)
def test_what_does_not_fit_is_refused(reach, content, config, says):
    (reach.folder / "a.txt").write_bytes(content)
    with pytest.raises(Invalid, match=says):
        read(reach, **config)
    assert list(reach.scratch.iterdir()) == []


@pytest.mark.parametrize("place", ["", "0-4", "4-1", "a", "1-4-5", "-3"])
def test_places_are_checked(place):
    with pytest.raises(ValidationError, match="is no place in a line"):
        Files(fixed={"id": place})
