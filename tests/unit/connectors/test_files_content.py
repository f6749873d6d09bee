"""Encodings, formats and dialects."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from weft.connectors.files.kind import Files, FileStream
from weft.connectors.files.text import Utf8Check, recode
from weft.errors import Invalid

TEXT = "id,name\n1,Zoë\n"


def one(reach, name, stream=None, **config):
    (batch,) = list(_kept(Files(**config).read(reach, "s", stream or FileStream(path=name), {})))
    return batch


def _kept(batches):
    for batch, text in ((b, b.scan.files and Path(b.scan.files[0].path).read_bytes()) for b in batches):
        yield batch.scan, batch.untyped, text


@pytest.mark.parametrize(
    ("encoding", "written", "engine"),
    [
        ("utf-8", TEXT.encode(), "utf-8"),
        ("UTF8", TEXT.encode("utf-8-sig"), "utf-8"),
        ("utf-8-sig", TEXT.encode("utf-8-sig"), "utf-8"),
        ("latin-1", TEXT.encode("latin-1"), "latin-1"),
        ("iso-8859-1", TEXT.encode("latin-1"), "latin-1"),
        ("utf-16", TEXT.encode("utf-16"), "utf-16"),
    ],
)
def test_what_the_engine_reads_stays_where_it_is(reach, encoding, written, engine):
    (reach.folder / "a.csv").write_bytes(written)
    scan, untyped, _ = one(reach, "a.csv", encoding=encoding)
    assert scan.files[0].path == str(reach.folder / "a.csv")
    assert (scan.dialect.encoding, scan.format, untyped) == (engine, "csv", True)


@pytest.mark.parametrize("encoding", ["windows-1252", "cp437", "utf-16-be", "utf-32", "shift_jis"])
def test_other_encodings_are_rewritten(reach, encoding):
    text = TEXT if encoding != "shift_jis" else "id,name\n1,東京\n"
    (reach.folder / "a.csv").write_bytes(text.encode(encoding))
    scan, _, content = one(reach, "a.csv", encoding=encoding)
    assert Path(scan.files[0].path).parent == reach.scratch
    assert (scan.dialect.encoding, content.decode()) == ("utf-8", text)
    assert scan.files[0].bytes == len(text.encode())


def test_utf16_of_the_other_order_is_rewritten(reach):
    (reach.folder / "a.csv").write_bytes(b"\xfe\xff" + TEXT.encode("utf-16-be"))
    assert one(reach, "a.csv", encoding="utf-16")[2].decode() == TEXT


def test_json_is_always_plain_utf8(reach):
    (reach.folder / "a.json").write_bytes('[{"a": "é"}]'.encode("latin-1"))
    scan, untyped, content = one(reach, "a.json", encoding="latin-1")
    assert (scan.format, untyped, content.decode()) == ("json", False, '[{"a": "é"}]')
    (reach.folder / "b.jsonl").write_bytes('{"a": 1}\n'.encode("utf-8-sig"))
    scan, _, content = one(reach, "b.jsonl")
    assert (scan.format, scan.dialect.encoding, content) == ("jsonl", "utf-8", b'{"a": 1}\n')


@pytest.mark.parametrize(("name", "delimiter"), [("a.tsv", "\t"), ("a.psv", "|"), ("a.csv", ","), ("a.txt", ",")])
def test_endings_tell_the_delimiter(reach, name, delimiter):
    (reach.folder / name).write_text("x")
    assert one(reach, name)[0].dialect.delimiter == delimiter


def test_streams_overrule_their_source(reach):
    (reach.folder / "a.csv").write_text("x\n")
    stream = FileStream(path="a.csv", delimiter=";", decimal=",", trim=False)
    scan, _, _ = one(reach, "", stream, nulls=("", "NA"), decimal=".", thousands=" ")
    told = scan.dialect
    assert (told.delimiter, told.decimal, told.trim, told.nulls, told.thousands) == (";", ",", False, ("", "NA"), " ")


@pytest.mark.parametrize("gap", [0, 1_048_575, 1_048_576])
def test_a_wrong_byte_is_named_by_its_place(reach, gap):
    (reach.folder / "a.csv").write_bytes(b"a" * gap + b"\xe9x")
    for encoding in ("utf-8", "ascii"):
        with pytest.raises(Invalid, match=rf"a.csv is not {encoding} text: the byte at position {gap} does not fit"):
            one(reach, "a.csv", encoding=encoding)


def test_a_character_cut_off_at_the_end(reach):
    (reach.folder / "a.csv").write_bytes("abcé".encode()[:-1])
    with pytest.raises(Invalid, match=r"position 3"):
        one(reach, "a.csv")


def test_parquet_must_be_whole(reach):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1]}), reach.folder / "a.parquet")
    scan, untyped, _ = one(reach, "a.parquet")
    assert (scan.format, untyped) == ("parquet", False)
    content = (reach.folder / "a.parquet").read_bytes()
    (reach.folder / "a.parquet").write_bytes(content[:-5])
    with pytest.raises(Invalid, match=r"a.parquet is not a complete Parquet file"):
        one(reach, "a.parquet")


def test_unknown_codecs_are_refused_at_once():
    with pytest.raises(ValidationError, match=r"the encoding 'utf-9' is not known"):
        Files(encoding="utf-9")
    with pytest.raises(ValidationError, match=r"the encoding 'zlib' is not known"):
        FileStream(encoding="zlib")


@given(st.text(), st.lists(st.integers(0, 200), max_size=5), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_recoding_keeps_every_character(text, cuts, encoding):
    text = text.lstrip("\ufeff")
    content = text.encode(encoding)
    edges = [0, *sorted(min(c, len(content)) for c in cuts), len(content)]
    chunks = [content[a:b] for a, b in pairwise(edges)]
    assert b"".join(recode(chunks, encoding, "x")).decode() == text


@given(st.binary(), st.lists(st.integers(0, 50), max_size=4))
def test_the_check_finds_the_byte_that_python_finds(content, cuts):
    edges = [0, *sorted(min(c, len(content)) for c in cuts), len(content)]
    check = Utf8Check("x")
    try:
        content.decode()
        place = None
    except UnicodeDecodeError as error:
        place = error.start
    found = None
    try:
        for a, b in pairwise(edges):
            if b > a:
                check.feed(content[a:b])
        check.feed(b"")
    except Invalid as error:
        found = int(error.message.partition("position ")[2].split()[0])
    assert found == place
