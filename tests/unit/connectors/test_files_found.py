"""Which files belong to which stream."""

from __future__ import annotations

import os

import pytest

from weft.connectors.files.found import pattern
from weft.connectors.files.kind import Files, FileStream
from weft.errors import Invalid, Unavailable


def put(reach, *names):
    for name in names:
        path = reach.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id\n1\n")


def keys(reach, stream, *, path=".", wanted="", **config):
    batches = Files(path=path, **config).read(reach, stream, FileStream(path=wanted), {})
    return [file.key for batch in batches for file in batch.scan.files]


def names(reach, path="."):
    return [info.name for info in Files(path=path).discover(reach, {})]


def test_every_file_and_every_folder_is_a_stream(reach):
    put(
        reach,
        "deals.csv",
        "teams.tsv.gz",
        "events/2024/a.jsonl",
        "events/b.jsonl",
        "notes.md",
        ".hidden.csv",
        ".git/x.csv",
    )
    (reach.folder / "teams.tsv.gz").write_bytes(b"")
    assert names(reach) == ["deals", "events", "teams"]
    assert keys(reach, "events") == ["events/2024/a.jsonl", "events/b.jsonl"]
    assert keys(reach, "deals") == ["deals.csv"]


def test_two_files_of_one_stem_are_refused(reach):
    put(reach, "deals.csv", "deals.json")
    with pytest.raises(Invalid, match=r"'deals.csv' and 'deals.json' would both be the stream 'deals'"):
        names(reach)
    assert keys(reach, "deals", wanted="deals.csv") == ["deals.csv"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("a.csv", ["a.csv"]),
        ("*.csv", ["a.csv", "b.csv"]),
        ("./*.csv", ["a.csv", "b.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "in/c.csv", "in/deep/d.csv"]),
        ("in", ["in/c.csv", "in/deep/d.csv"]),
        ("in/", ["in/c.csv", "in/deep/d.csv"]),
        ("in/*", ["in/c.csv", "in/x.dat"]),
        ("[ab].csv", ["a.csv", "b.csv"]),
        ("[!a].csv", ["b.csv"]),
        ("?.csv", ["a.csv", "b.csv"]),
    ],
)
def test_paths_of_streams(reach, wanted, found):
    put(reach, "b.csv", "a.csv", "in/c.csv", "in/deep/d.csv", "in/x.dat")
    assert keys(reach, "s", wanted=wanted, format="csv") == found


@pytest.mark.parametrize(
    ("path", "found"), [("in/*.csv", ["c"]), ("in", ["c", "deep"]), ("in/c.csv", ["c"]), ("i*/**/*.csv", ["in"])]
)
def test_paths_of_sources(reach, path, found):
    put(reach, "a.csv", "in/c.csv", "in/deep/d.csv")
    assert names(reach, path) == found


def test_brackets_in_a_name_mean_themselves_where_the_file_exists(reach):
    put(reach, "a[1].csv", "a1.csv")
    assert keys(reach, "s", wanted="a[1].csv") == ["a1.csv", "a[1].csv"]
    assert names(reach, "a[1].csv") == ["a[1]"]


@pytest.mark.parametrize(
    "wanted", ["../a.csv", "/etc/passwd", "in/../../a.csv", "C:\\a.csv", "\\\\host\\share", "a\0b"]
)
def test_streams_stay_inside_their_source(reach, wanted):
    put(reach, "in/a.csv")
    with pytest.raises(Invalid, match="leaves the source's folder"):
        keys(reach, "s", path="in", wanted=wanted)


def test_links_stay_inside_their_source(reach):
    put(reach, "outside.csv", "in/a.csv", "elsewhere/x.csv")
    (reach.folder / "in" / "b.csv").symlink_to("a.csv")
    (reach.folder / "in" / "folder").symlink_to("../elsewhere")
    assert keys(reach, "s", path="in", wanted="**") == ["a.csv", "b.csv"]
    (reach.folder / "in" / "c.csv").symlink_to("../outside.csv")
    with pytest.raises(Invalid, match=r"'in/c.csv' is a link that leaves the source's folder"):
        keys(reach, "s", path="in", wanted="a.csv")


def test_pipes_are_never_opened(reach):
    put(reach, "a.csv")
    os.mkfifo(reach.folder / "b.csv")
    assert keys(reach, "s", wanted="*.csv") == ["a.csv"]


def test_missing_things_are_named(reach):
    put(reach, "in/a.csv", "in/b.csv")
    with pytest.raises(Invalid, match="there is no file or folder 'inn'"):
        Files(path="inn").test(reach)
    with pytest.raises(Invalid, match=r"there is no file or folder 'inn/\*.csv'"):
        Files(path="inn/*.csv").test(reach)
    with pytest.raises(Invalid, match=r"the stream 'c' has no file: 'in' does not hold a file or folder of the name 'c'\n"
                       r"  It holds a.csv, b.csv."):  # fmt: skip
        keys(reach, "c", path="in")
    with pytest.raises(Invalid, match=r"'in' does not hold 'c\*.csv'"):
        keys(reach, "c", path="in", wanted="c*.csv")
    (reach.folder / "empty").mkdir()
    with pytest.raises(Invalid, match="'empty' holds no file"):
        Files(path="empty").test(reach)


def test_a_folder_without_right_to_read(reach):
    put(reach, "in/a.csv")
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (reach.folder / "in").chmod(0)
    with pytest.raises(Unavailable, match="cannot be read"):
        Files(path="in").test(reach)


def test_a_format_must_be_told(reach):
    put(reach, "a.dat")
    with pytest.raises(Invalid, match=r"the format of a.dat cannot be told by its ending\n.*Set 'format'"):
        keys(reach, "s", wanted="a.dat")


def test_stars_stay_inside_a_name():
    assert pattern("*.csv").fullmatch("a/b.csv") is None
    assert pattern("a.zip!*").fullmatch("a.zip!x/y") is None
    assert pattern("(a+).csv").fullmatch("(a+).csv")
    assert pattern("[a").fullmatch("[a")


def test_discovery_tells_columns_and_sizes(reach, shared):
    found = {i.name: i for i in Files(path=str(shared / "data" / "real")).discover(reach, {})}
    assert len(found) == 9
    hr = found["hr_employees"]
    assert [c.name for c in hr.columns][:2] == ["Age", "Attrition"]  # the byte-order mark is off
    assert hr.bytes == 151_044
    assert "Product ID" in [c.name for c in found["machine_runs"].columns]  # padding is off


def test_discovery_of_declared_streams(reach):
    (reach.folder / "a.csv").write_text(' id ;"na;me";;ID\n1;2;3;4\n')
    (reach.folder / "b.json").write_text('[{"x": 1, "y": "z"}, {"x": 1.5, "n": null}]')
    (reach.folder / "c.csv").write_bytes(b"\xff")
    streams = {"one": FileStream(path="a.csv", delimiter=";"), "two": FileStream(path="b.json")}
    left, one, two = Files().discover(reach, streams)
    assert left.name == "c", "what nobody reads is told too"
    assert [c.name for c in one.columns] == ["id", "na;me", "column_3", "ID_1"]
    assert [(c.name, c.type) for c in two.columns] == [("x", "mixed"), ("y", "string"), ("n", "null")]
    missing = {i.name: i for i in Files().discover(reach, {"three": FileStream(path="d.csv")})}["three"]
    assert missing.columns == ()


def test_what_no_stream_reads_has_a_name_of_its_own(reach):
    for name in ("orders/1.csv", "orders/old.csv", "trial.csv", "x.csv", "x.json", "notes.doc", "orders.csv"):
        (reach.folder / name).parent.mkdir(exist_ok=True)
        (reach.folder / name).write_text("a\n1\n")
    found = Files().discover(reach, {"orders": FileStream(path="orders/1.csv")})
    assert [info.name for info in found] == ["orders", "orders.csv", "orders/", "trial", "x.csv", "x.json"]
