"""XLSX: one sheet of a workbook as rows of text, streamed.

Read with openpyxl: it streams in 50 MB and gives error cells as they stand. calamine is ten times as fast, but holds
a whole sheet (a workbook with one far cell ends the process) and turns error cells into empty ones, which would
drop them silently.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from weft.connectors.files.reading import Reading

_STRINGS = 300_000_000
"""Bytes of the texts that a workbook shares among its cells: the only part that is held as a whole."""
_TIMES = re.compile(r"[hs]", re.IGNORECASE)
_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_SPACE = re.compile(r"\s+")


def rows(path: Path, reading: Reading, shown: str) -> Iterator[Sequence[str]]:
    """The header, then every row that is not empty, cut or filled to the header's width; values beyond it stay.

    Dates come as ISO 8601, times of day and spans as `hh:mm:ss`, truth as true and false, numbers with fifteen
    digits and the source's decimal point, errors as they are shown (`#N/A`). Of merged cells the first has the value.

    Raises:
        Invalid: no workbook, encrypted, damaged; no such sheet, or several and none was named.
        Unavailable: openpyxl is not installed.
    """
    with _translated(shown), path.open("rb") as file:
        book = _opened(file, path, shown, reading)
        sheet = book[_sheet(book, reading.sheet, shown)]
        sheet.reset_dimensions()  # what a file says about its own size is not trusted
        yield from _table(sheet.iter_rows(min_row=1 + reading.dialect.skip), reading)


def _opened(file: BinaryIO, path: Path, shown: str, reading: Reading) -> Any:
    try:
        import defusedxml  # noqa: F401 - openpyxl parses with it where it is there
        import openpyxl
    except ImportError:
        raise Unavailable(
            f"{shown} is a workbook, and the library that reads workbooks is not installed",
            hint="Install it: pip install 'weft[xlsx]'.",
        ) from None
    _look(path, shown, reading)
    return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)


class _translated:  # noqa: N801 - reads as a verb
    """Errors of openpyxl as ours."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __enter__(self) -> None:
        import warnings

        self._quiet = warnings.catch_warnings()
        self._quiet.__enter__()
        warnings.simplefilter("ignore")  # about styles and extensions that concern no value

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._quiet.__exit__(None, None, None)
        if error is None or isinstance(error, (Invalid, Unavailable, OSError, GeneratorExit, KeyboardInterrupt)):
            return
        if isinstance(error, MemoryError):
            return
        what = "declares entities, which are refused" if _forbidden(error) else "is not a complete workbook (XLSX)"
        raise Invalid(
            f"{self._shown} {what}",
            hint="Open and save it again, fetch it again from where it came, or set 'format' to what it is.",
        ) from None


def _forbidden(error: BaseException | None) -> bool:
    """Whether defusedxml, which openpyxl parses with, stopped it."""
    while error is not None:
        if type(error).__module__.startswith("defusedxml"):
            return True
        error = error.__cause__ or error.__context__
    return False


def _look(path: Path, shown: str, reading: Reading) -> None:
    """Refuse what is no zip, and what would unpack to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
    except zipfile.BadZipFile:
        with path.open("rb") as file:
            encrypted = file.read(4) == b"\xd0\xcf\x11\xe0"
        raise Invalid(
            f"{shown} is " + ("encrypted, or a workbook of the old format XLS" if encrypted else "not a workbook"),
            hint="Save it as XLSX without a password." if encrypted else "Fetch it again, or set 'format'.",
        ) from None
    total, strings = sum(sizes.values()), sizes.get("xl/sharedStrings.xml", 0)
    if total > reading.limits.unpacked * 1_000_000 or strings > _STRINGS:
        raise Invalid(
            f"{shown} would unpack to {total / 1e6:.0f} MB, {strings / 1e6:.0f} MB of them texts; allowed are "
            f"{reading.limits.unpacked} MB and {_STRINGS / 1e6:.0f} MB",
            hint="Export it as CSV, or raise 'unpackedLimit' of the source.",
        )


def _sheet(book: Any, wanted: str, shown: str) -> str:
    names = [str(name) for name in book.sheetnames if hasattr(book[name], "iter_rows")]
    listed = ", ".join(f"'{name}'" for name in names) or "none"
    if wanted and wanted not in names:
        raise Invalid(f"{shown} has no sheet '{wanted}'", hint=f"It has {listed}. Set 'sheet' of the stream.")
    if not wanted and len(names) != 1:
        raise Invalid(f"{shown} has {len(names)} sheets: {listed}", hint="Set 'sheet' of the stream to one of them.")
    return wanted or names[0]


def _table(cells: Any, reading: Reading) -> Iterator[Sequence[str]]:
    text = _texts(reading.dialect.decimal)
    width = 0
    for row in cells:
        values = [text(cell) if cell.value is not None else "" for cell in row]
        while values and not values[-1].strip():
            values.pop()
        if not values:
            continue
        if not width:
            width = len(values)
            named = reading.dialect.header
            yield [_SPACE.sub(" ", v).strip() if named else "" for v in values] if named else _numbered(width)
            if named:
                continue
        yield values + [""] * (width - len(values))


def _numbered(width: int) -> list[str]:
    return [f"column_{number}" for number in range(1, width + 1)]


def _texts(decimal: str) -> Callable[[Any], str]:
    """How a cell is written."""

    def number(cell: Any) -> str:
        # Fifteen digits are what Excel has and shows; 0.1 + 0.2 lies there as 0.30000000000000004.
        told = str(cell.value) if isinstance(cell.value, int) else format(cell.value, ".15g")
        if "e" in told:
            told = format(Decimal(told), "f")
        return told.replace(".", decimal)

    ways = {int: number, float: number, bool: _truth, dt.datetime: _time, dt.timedelta: _span}

    def text(cell: Any) -> str:
        value = cell.value
        if isinstance(value, str):
            return value
        way = ways.get(type(value))
        return way(cell) if way else str(value)

    return text


def _truth(cell: Any) -> str:
    return "true" if cell.value else "false"


def _time(cell: Any) -> str:
    """A day when the cell shows no more than a day and has no time; else a time stamp."""
    midnight = cell.value.time() == dt.time()
    if midnight and not _TIMES.search(_LITERALS.sub("", cell.number_format or "")):
        return str(cell.value.date().isoformat())
    return str(cell.value.isoformat())


def _span(cell: Any) -> str:
    seconds = round(cell.value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
