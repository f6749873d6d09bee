"""CSV as it comes: clean cells, and no line that vanishes."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from weft.engines.duck.head import clean
from weft.errors import Invalid
from weft.model import FileRef, FileScan

from .conftest import Bench, rows


def seen(bench: Bench, scan: FileScan) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in bench.engine.sample(scan, 100).to_pylist()]


def names(bench: Bench, scan: FileScan) -> list[str]:
    columns = bench.engine.describe(scan)
    assert {c.type for c in columns} <= {"VARCHAR"}
    return [c.name for c in columns]


def test_header_is_cleaned(bench: Bench) -> None:
    scan = bench.csv(b"\xef\xbb\xbf id ,Name,name,,name_1,filename\n1,2,3,4,5,6\n")
    assert names(bench, scan) == ["id", "Name", "name_1", "column_4", "name_1_1", "filename_1"]
    assert seen(bench, scan) == [("1", "2", "3", "4", "5", "6")]


def test_our_own_names_are_taken() -> None:
    assert clean(("_weft_file", "file_index")) == ("_weft_file_1", "file_index_1")


def test_without_header(bench: Bench) -> None:
    scan = bench.csv(b"1,x\n2,y\n", header=False)
    assert names(bench, scan) == ["column_1", "column_2"]
    assert len(seen(bench, scan)) == 2


def test_cells_are_trimmed_and_null_tokens_are_null(bench: Bench) -> None:
    scan = bench.csv(b'a,b,c\n x , n/a,""\n"  ","y ",N/A\n', nulls=("", "n/a"))
    assert seen(bench, scan) == [("x", None, None), (None, "y", "N/A")]


def test_blanks_may_be_kept(bench: Bench) -> None:
    assert seen(bench, bench.csv(b"a,b\n x ,\n", trim=False)) == [(" x ", None)]
    assert seen(bench, bench.csv(b"a,b\n x,\n", nulls=())) == [("x", "")]
    assert seen(bench, bench.csv(b"a,b\n NA,\n", nulls=("NA",))) == [(None, "")]


@pytest.mark.parametrize(
    ("content", "dialect"),
    [
        (b"a\tb\n1\tx;y\n", {"delimiter": "\t"}),
        (b"a;b\r\n1;'x;y'\r\n", {"delimiter": ";", "quote": "'"}),
        (b'# written by hand, "\r\na|b\r\n1|x;y', {"delimiter": "|", "skip": 1}),
        ("a,b\n1,x;y\n".encode("utf-16"), {"encoding": "utf-16"}),
        (b'a,b\r1,"x;y"\r', {}),
        (b"a||b\n1||x;y\n", {"delimiter": "||"}),
        (b'a,"b"\n1,"x;y"\n', {"escape": "\\"}),
    ],
)
def test_dialects(bench: Bench, content: bytes, dialect: dict[str, Any]) -> None:
    scan = bench.csv(content, **dialect)
    assert names(bench, scan) == ["a", "b"]
    assert seen(bench, scan) == [("1", "x;y")]


def test_latin1(bench: Bench) -> None:
    scan = bench.csv("größe,b\n1,ä\n".encode("latin-1"), encoding="latin-1")
    assert names(bench, scan) == ["größe", "b"]
    assert seen(bench, scan) == [("1", "ä")]


def test_a_header_may_span_lines(bench: Bench) -> None:
    scan = bench.csv(b'a,"b ""x""\nc"\n1,"2\n3"\n')
    assert names(bench, scan) == ["a", 'b "x"\nc']
    assert seen(bench, scan) == [("1", "2\n3")]


def test_rows_know_their_file(bench: Bench) -> None:
    written = bench.split(bench.csv(b"id,name\n1,a\n", b"id,name\n2,b\nx,c\n", b"", b"id,name\n"))
    assert [(r["id"], r["_weft_file"]) for r in rows(written.good)] == [(1, "in/f0.csv"), (2, "in/f1.csv")]
    assert [r["_weft_file"] for r in rows(written.bad)] == ["in/f1.csv"]


def test_other_columns_in_one_scan_are_refused(bench: Bench) -> None:
    with pytest.raises(Invalid, match=r"'in/f1.csv' has other columns than 'in/f0.csv'"):
        bench.engine.describe(bench.csv(b"a,b\n1,2\n", b"a,c\n1,2\n"))


def test_empty_file_has_no_columns(bench: Bench) -> None:
    assert bench.engine.describe(bench.csv(b"")) == ()


def test_ragged_lines_become_bad_rows(bench: Bench) -> None:
    written = bench.split(bench.csv(b'id,name\n1,a\n2\n3,c,d\n\n   \n4,"d"x\n5,"multi\nline"\n6,f\n'))
    assert [r["id"] for r in rows(written.good)] == [1, 5, 6]
    assert written.rows_bad == 3
    assert written.by_reason == {"readable": 3}
    assert [(r["_weft_file"], r["_weft_raw"], r["_weft_reasons"]) for r in rows(written.bad)] == [
        ("in/f0.csv", '{"_line":3,"_text":"2"}', ["readable"]),
        ("in/f0.csv", '{"_line":4,"_text":"3,c,d"}', ["readable"]),
        ("in/f0.csv", '{"_line":7,"_text":"4,\\"d\\"x"}', ["readable"]),
    ]


def test_ragged_lines_far_inside_many_files(bench: Bench) -> None:
    body = b"id,name\n" + b"".join(b"%d,n%d\n" % (i, i) for i in range(60_000))
    scan = bench.csv(body + b"1\n", body, body + b"2,x,y\n" + body.partition(b"\n")[2])
    written = bench.split(scan)
    assert (written.rows_good, written.rows_bad) == (240_000, 2)
    assert {r["_weft_file"] for r in rows(written.bad)} == {"in/f0.csv", "in/f2.csv"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'id,name\n1,a\n2,"b\n3,c\n', "file 'in/f0.csv' cannot be read: a quote opens on line 3 and is not closed"),
        (b"id,name\n1,a\n2,\xff\n", "file 'in/f0.csv' cannot be read: line 3 holds bytes that are not of its encoding"),
        (b"id,n\xe4me\n1,a\n", "file 'in/f0.csv' cannot be read: its first line holds bytes that are not utf-8"),
        (b"id,name\r\n1,a\n2,b\r\n", "file 'in/f0.csv' cannot be read: its line endings are mixed"),
        (
            b"id,name\n" + b"1\n" * 10_001,
            "file 'in/f0.csv' cannot be read: 10000 lines or more have not the header's number of columns",
        ),
        (b"id,name\n1," + b"z" * 2_100_000 + b"\n", "file 'in/f0.csv' cannot be read: line 2 is too long"),
    ],
)
def test_what_is_no_csv_is_refused_and_nothing_is_left(bench: Bench, content: bytes, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        bench.split(bench.csv(content))
    assert caught.value.message == message
    assert bench.left() == []


def test_unknown_encoding(bench: Bench) -> None:
    with pytest.raises(Invalid, match="there is no encoding 'klingon'"):
        bench.engine.describe(bench.csv(b"a\n1\n", encoding="klingon"))


def test_a_missing_file(bench: Bench) -> None:
    scan = FileScan(format="csv", files=(FileRef(key="in/gone.csv", path=str(bench.folder / "gone.csv")),))
    with pytest.raises(Invalid) as caught:
        bench.engine.describe(scan)
    assert caught.value.message == "file 'in/gone.csv' cannot be read: it is not there"


PACKED = gzip.compress(b"id,name\n" + b"".join(b"%d,n%d\n" % (i, i * 7919 % 10_007) for i in range(20_000)))


def test_gzip(bench: Bench) -> None:
    file = bench.file(PACKED, "a.csv.gz")
    assert bench.split(FileScan(format="csv", files=(file,))).rows_good == 20_000


@pytest.mark.parametrize(
    ("content", "what"),
    [(PACKED[:-10], "cut off"), (PACKED[:2000] + b"xxxxxxxx" + PACKED[2008:], "damaged"), (PACKED[:-8], "cut off")],
)
def test_gzip_that_is_not_whole(bench: Bench, content: bytes, what: str) -> None:
    file = bench.file(content, "a.csv.gz")
    with pytest.raises(Invalid) as caught:
        bench.split(FileScan(format="csv", files=(file,)))
    assert caught.value.message == f"file 'in/a.csv.gz' cannot be read: the gzip file is {what}"


@pytest.mark.parametrize("dialect", [{}, {"trim": False}, {"trim": False, "nulls": ()}])
def test_a_failing_cast_is_a_bad_row_whatever_the_optimizer_does(bench: Bench, dialect: dict[str, Any]) -> None:
    """A cast pushed into the reader would throw, or reject the line (facts: duckdb #23818)."""
    sql = "SELECT try_cast(id AS BIGINT) AS id, name, _weft_file, (id IS NULL)::BIGINT AS _weft_why, '{}' AS _weft_raw FROM _weft_source"
    content = b"id,name\n" + b"".join(b"%d,n\n" % i for i in range(5000)) + b"abc,n\n"
    written = bench.split(bench.csv(content, **dialect), bench.SPLIT.model_copy(update={"sql": sql}))
    assert written.rows_good + written.rows_bad == 5001
    assert "readable" not in written.by_reason
