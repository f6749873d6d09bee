"""A file is read once, a changed one again, a vanished one is told."""

from __future__ import annotations

import json
import os

import pytest

from weft.connectors.files import batches as module
from weft.connectors.files.kind import Files, FileStream
from weft.errors import Invalid, Unavailable
from weft.seams import Window

DEALS = FileStream(path="deals*.csv")


def write(reach, name, text="id,name\n1,Ada\n"):
    path = reach.folder / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def read(reach, cursor=None, stream=DEALS, **config):
    """Batches as (keys, gone), and the last cursor, which went through JSON."""
    found, last = [], cursor or {}
    for batch in Files(path="in", **config).read(reach, "deals", stream, last):
        assert batch.mode == "files"
        found.append(([f.key for f in batch.scan.files], batch.gone))
        last = json.loads(json.dumps(batch.cursor))
    return found, last


def test_nothing_new_gives_nothing(reach):
    write(reach, "deals1.csv")
    write(reach, "deals2.csv")
    write(reach, "other.csv")
    found, cursor = read(reach)
    assert found == [(["deals1.csv", "deals2.csv"], ())]
    assert read(reach, cursor) == ([], cursor)


def test_touching_is_no_change_and_changing_is(reach):
    path = write(reach, "deals1.csv")
    write(reach, "deals2.csv")
    _, cursor = read(reach)
    os.utime(path, ns=(1, 1))
    assert read(reach, cursor)[0] == []
    path.write_text("id,name\n1,Eva\n")  # of the same size
    found, after = read(reach, cursor)
    assert found == [(["deals1.csv"], ())]
    assert after["files"]["deals1.csv"] != cursor["files"]["deals1.csv"]
    assert after["files"]["deals2.csv"] == cursor["files"]["deals2.csv"]


def test_a_vanished_file_is_told_once(reach):
    path = write(reach, "deals1.csv")
    write(reach, "deals2.csv")
    _, cursor = read(reach)
    path.unlink()
    found, cursor = read(reach, cursor)
    assert found == [([], ("deals1.csv",))]
    assert read(reach, cursor)[0] == []
    write(reach, "deals1.csv")
    assert read(reach, cursor)[0] == [(["deals1.csv"], ())]


def test_a_vanished_file_comes_with_the_new_ones(reach):
    path = write(reach, "deals1.csv")
    _, cursor = read(reach)
    path.unlink()
    write(reach, "deals2.csv")
    write(reach, "deals3.csv", "id,name,city\n1,Ada,Rome\n")
    found, cursor = read(reach, cursor)
    assert found == [(["deals2.csv"], ("deals1.csv",)), (["deals3.csv"], ())]
    assert set(cursor["files"]) == {"deals2.csv", "deals3.csv"}


def test_an_emptied_inbox_is_no_error_and_a_lost_folder_is(reach):
    path = write(reach, "deals1.csv")
    _, cursor = read(reach)
    path.unlink()
    _, cursor = read(reach, cursor)
    assert read(reach, cursor)[0] == []
    path.parent.rmdir()
    with pytest.raises(Unavailable, match="no file or folder 'in', though files of it were read before"):
        read(reach, cursor)


def test_the_one_file_of_a_source_vanishes(reach):
    path = write(reach, "deals.csv")
    source = Files(path="in/deals.csv")
    (first,) = source.read(reach, "deals", FileStream(), {})
    path.unlink()
    (gone,) = source.read(reach, "deals", FileStream(), first.cursor)
    assert gone.gone == ("deals.csv",)
    assert gone.scan.files == ()


def test_files_of_one_header_go_together_in_order(reach):
    write(reach, "deals1.csv")
    write(reach, "deals2.csv", "id,name,city\n1,Ada,Rome\n")
    write(reach, "deals3.csv", "")
    write(reach, "deals4.csv", "\ufeffid,name,city\r\n2,Bob,Oslo\r\n")
    found, _ = read(reach)
    assert [keys for keys, _ in found] == [["deals1.csv"], ["deals2.csv", "deals3.csv", "deals4.csv"]]


def test_batches_are_bounded_by_bytes_and_files(reach, monkeypatch):
    for number in range(7):
        write(reach, f"deals{number}.csv", "id,name\n" + "1,Ada\n" * (100 if number == 3 else 1))
    monkeypatch.setattr(module, "TOGETHER_BYTES", 60)
    assert [len(keys) for keys, _ in read(reach)[0]] == [3, 1, 3]
    monkeypatch.setattr(module, "TOGETHER_BYTES", 64_000_000)
    monkeypatch.setattr(module, "TOGETHER_FILES", 2)
    found, _ = read(reach)
    assert [len(keys) for keys, _ in found] == [2, 2, 2, 1]


def test_reading_goes_on_from_any_batch(reach, monkeypatch):
    monkeypatch.setattr(module, "TOGETHER_FILES", 1)
    for number in range(3):
        write(reach, f"deals{number}.csv")
    first = next(iter(Files(path="in").read(reach, "deals", DEALS, {})))
    assert [keys for keys, _ in read(reach, first.cursor)[0]] == [["deals1.csv"], ["deals2.csv"]]


def test_reading_another_way_reads_all_again(reach):
    write(reach, "deals1.csv")
    _, cursor = read(reach)
    assert read(reach, cursor, FileStream(path="deals*.csv", delimiter=";"))[0] == [(["deals1.csv"], ())]
    assert read(reach, cursor, nulls=("",))[0] == []


def test_what_stands_before_a_bad_file_is_taken(reach):
    write(reach, "deals1.csv")
    (reach.folder / "in" / "deals2.csv").write_bytes(b"id,name\n1,\xff\n")
    batches = Files(path="in").read(reach, "deals", DEALS, {})
    taken = [[f.key for f in next(batches).scan.files]]
    with pytest.raises(Invalid, match=r"in/deals2.csv is not utf-8 text: the byte at position 10 does not fit"):
        next(batches)
    assert taken == [["deals1.csv"]]


def test_a_window_is_refused(reach):
    write(reach, "deals1.csv")
    with pytest.raises(Invalid, match="no cursor column"):
        list(Files(path="in").read(reach, "deals", DEALS, {}, Window("2024-01-01", "2025-01-01")))
