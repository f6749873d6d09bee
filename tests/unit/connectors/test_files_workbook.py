"""XLSX: what cells become, which sheet, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import resource
import sys
import zipfile
from pathlib import Path

import pytest

from weft.connectors.files.kind import Files, FileStream
from weft.errors import Invalid, Unavailable

openpyxl = pytest.importorskip("openpyxl", reason="install the extra 'xlsx'")
DAY = dt.datetime(2024, 2, 29)  # noqa: DTZ001 - a workbook knows no zones


def workbook(path, sheets, formats=None, *, merge=""):
    """Write a workbook; `formats` are number formats by cell of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    for cell, told in (formats or {}).items():
        book.worksheets[0][cell].number_format = told
    book.save(path)


def read(reach, **config):
    """(the rows as they lie for the engine, the batch)."""
    batches = Files(**config).read(reach, "s", FileStream(path="*"), {})
    (one,) = [(Path(batch.scan.files[0].path).read_text(), batch) for batch in batches]
    return one


def test_cells_as_text(reach):
    sheet = [
        ["id", "day", "at", "time", "span", "x", "yes", "error", "text"],
        [1, DAY, DAY.replace(hour=13, minute=5), dt.time(7, 30), None, 1.5, True, "#N/A", "007"],
        [2.0, DAY.replace(hour=6), None, None, dt.timedelta(hours=36), 1e-7, False, None, ' a "b", c\nd '],
    ]
    formats = {"B2": "dd/mm/yyyy", "B3": "dd/mm/yyyy", "C2": 'yyyy-mm-dd "at" hh:mm'}
    workbook(reach.folder / "a.xlsx", {"Report": sheet}, formats)
    text, batch = read(reach)
    assert text == (
        "id,day,at,time,span,x,yes,error,text\n"
        "1,2024-02-29,2024-02-29T13:05:00,07:30:00,,1.5,true,#N/A,007\n"
        '2,2024-02-29T06:00:00,,,36:00:00,0.0000001,false,," a ""b"", c\nd "\n'
    )
    assert (batch.scan.format, batch.untyped, batch.scan.dialect.delimiter) == ("csv", True, ",")


def test_numbers_have_the_decimal_point_of_the_source_and_settings_of_values_stay(reach):
    workbook(reach.folder / "a.xlsx", {"R": [["x", "y"], [1234.5, "1.234,50"], [7, None]]})
    text, batch = read(reach, decimal=",", thousands=".", delimiter=";", nulls=["n/a"], timezone="Europe/Berlin")
    assert text == 'x,y\n"1234,5","1.234,50"\n7,\n'
    dialect = batch.scan.dialect
    assert (dialect.delimiter, dialect.decimal, dialect.thousands) == (",", ",", ".")
    assert (dialect.nulls, dialect.timezone) == (("", "n/a"), "Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1234.5600000000001, "1234.56"),
        (1.5e20, "150000000000000000000"),
        (-1e-7, "-0.0000001"),
        (123456789012345, "123456789012345"),
        (3.0, "3"),
    ],
)
def test_numbers_are_written_as_excel_shows_them(reach, value, text):
    workbook(reach.folder / "a.xlsx", {"R": [["x"], [value]]})
    assert read(reach)[0] == f"x\n{text}\n"


def test_titles_are_skipped_and_empty_rows_too(reach):
    rows = [["Workers, as of 2026-10-01"], [], ["Employee ID", " Cost\nCenter ", None], ["E1", "C1"], [], ["E2"], []]
    workbook(reach.folder / "a.xlsx", {"R": rows})
    text, _ = read(reach, skip=2)
    assert text == "Employee ID,Cost Center\nE1,C1\nE2,\n"


def test_a_row_wider_than_the_header_stays_so(reach):
    workbook(reach.folder / "a.xlsx", {"R": [["a", "b"], [1, 2, 3]]})
    assert read(reach)[0] == "a,b\n1,2,3\n"  # the engine puts it into quarantine


def test_no_header(reach):
    workbook(reach.folder / "a.xlsx", {"R": [[1, "x"], [2, "y"]]})
    text, batch = read(reach, header=False)
    assert text == "column_1,column_2\n1,x\n2,y\n"
    assert batch.scan.dialect.header


def test_of_merged_cells_the_first_has_the_value(reach):
    workbook(reach.folder / "a.xlsx", {"R": [["a", "b"], ["x", None], [None, 1]]}, merge="A2:A3")
    assert read(reach)[0] == "a,b\nx,\n,1\n"


def test_the_sheet_that_is_named(reach):
    workbook(reach.folder / "a.xlsx", {"Cover": [["hello"]], "Data 2026": [["a"], [1]]})
    assert read(reach, sheet="Data 2026")[0] == "a\n1\n"
    with pytest.raises(Invalid) as caught:
        read(reach, sheet="Data")
    assert caught.value.message == "a.xlsx has no sheet 'Data'"
    assert "'Cover', 'Data 2026'" in caught.value.hint
    with pytest.raises(Invalid, match="has 2 sheets: 'Cover', 'Data 2026'"):
        read(reach)


def test_another_sheet_is_another_way_of_reading(reach):
    workbook(reach.folder / "a.xlsx", {"A": [["a"], [1]], "B": [["a"], [2]]})
    _, first = read(reach, sheet="A")
    again = [
        Path(b.scan.files[0].path).read_text()
        for b in Files(sheet="B").read(reach, "s", FileStream(path="*"), first.cursor)
    ]
    assert again == ["a\n2\n"]
    assert not list(Files(sheet="A").read(reach, "s", FileStream(path="*"), first.cursor))


def test_columns_are_found(reach):
    workbook(reach.folder / "staff.xlsx", {"R": [["title"], ["id", "name"], [1, "x"]]})
    (found,) = Files(skip=1).discover(reach, {})
    assert (found.name, [(c.name, c.type) for c in found.columns]) == ("staff", [("id", "text"), ("name", "text")])
    assert list(reach.scratch.iterdir()) == []


def test_in_a_zip_and_scratch_files_go(reach):
    book = io.BytesIO()
    workbook(book, {"R": [["a"], [1]]})
    with zipfile.ZipFile(reach.folder / "all.zip", "w") as archive:
        archive.writestr("in/a.xlsx", book.getvalue())
    (batch,) = Files().read(reach, "s", FileStream(path="all.zip!in/a.xlsx"), {})
    assert batch.scan.files[0].key == "all.zip!in/a.xlsx"
    assert list(reach.scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"id,name\n1,x\n", "a.xlsx is not a workbook"),
        (b"", "a.xlsx is not a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "encrypted, or a workbook of the old format XLS"),
    ],
)
def test_what_is_no_workbook_is_refused(reach, content, says):
    (reach.folder / "a.xlsx").write_bytes(content)
    with pytest.raises(Invalid, match=says):
        read(reach)


def test_a_zip_of_something_else_and_a_damaged_workbook_are_refused(reach):
    with zipfile.ZipFile(reach.folder / "a.xlsx", "w") as archive:
        archive.writestr("hello.txt", "x")
    with pytest.raises(Invalid, match=r"a\.xlsx is not a complete workbook"):
        read(reach)
    _without(reach.folder / "a.xlsx", {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row><c r='A1'"})
    with pytest.raises(Invalid, match=r"a\.xlsx is not a complete workbook"):
        read(reach)
    assert list(reach.scratch.iterdir()) == []


def test_entities_are_refused(reach):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>'
    _without(reach.folder / "a.xlsx", {"xl/worksheets/sheet1.xml": bomb})
    with pytest.raises(Invalid, match="declares entities, which are refused"):
        read(reach)


def _without(path, replaced):
    """A small workbook in which some parts are others."""
    book = io.BytesIO()
    workbook(book, {"R": [["a"], [1]]})
    with zipfile.ZipFile(book) as whole, zipfile.ZipFile(path, "w") as archive:
        for name in whole.namelist():
            archive.writestr(name, replaced.get(name, whole.read(name)))


def test_a_workbook_that_would_unpack_to_too_much_is_refused(reach):
    _without(reach.folder / "a.xlsx", {"xl/theme/theme1.xml": b" " * 3_000_000})
    with pytest.raises(Invalid, match="would unpack to 3 MB"):
        read(reach, unpacked_limit=2)


def test_a_far_cell_costs_nothing(reach):
    book = openpyxl.Workbook()
    book.active["A1"] = "id"
    book.active["C1048576"] = 7
    book.save(reach.folder / "a.xlsx")
    assert read(reach)[0] == "id\n,,7\n"


@pytest.mark.parametrize("library", ["openpyxl", "defusedxml"])
def test_without_the_library_the_extra_is_named(reach, monkeypatch, library):
    workbook(reach.folder / "a.xlsx", {"R": [["a"], [1]]})
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(Unavailable) as caught:
        read(reach)
    assert "weft[xlsx]" in caught.value.hint


def test_memory_does_not_grow_with_the_sheet(reach):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("R")
    for n in range(40_000):
        sheet.append([n, n / 7, True, "the same text"])
    book.save(reach.folder / "a.xlsx")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for batch in Files().read(reach, "s", FileStream(path="*"), {}):
        assert batch.scan.files[0].bytes > 1_500_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KB; as objects it is some 30 MB
