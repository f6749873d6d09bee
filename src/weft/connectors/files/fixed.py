"""Text of fixed width as CSV: every column stands at its place in the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path

    from weft.connectors.files.reading import Reading

_PLACES = re.compile(r"(\d+)(?:-(\d+))?")
_NEVER = "\x1f"
"""Stands between cells of no such file: a line is read as one cell."""
_BLOCK = 1 << 22


def places(text: str) -> tuple[int, int]:
    """First and last position of `1-6` or `7`; (0, 0) when it is neither."""
    found = _PLACES.fullmatch(text.strip())
    return (int(found[1]), int(found[2] or found[1])) if found else (0, 0)


def write(paths: tuple[Path, Path], reading: Reading, shown: str) -> None:
    """Write the columns of `reading.fixed` as CSV; empty lines are passed over, a short line has empty columns.

    Raises:
        Invalid: no columns are named, bytes outside the encoding, or a line that goes on behind its last column.
    """
    import pyarrow as pa
    from pyarrow import csv

    if not reading.fixed:
        raise Invalid(
            f"it is not said where the columns of {shown} stand",
            hint="Set 'fixed' of the stream, for example {id: 1-6, name: 7-26}.",
        )
    source, target = paths
    told = csv.WriteOptions(quoting_style="needed")
    schema = pa.schema([(name, pa.string()) for name, *_ in reading.fixed])
    line = 1 + reading.dialect.skip
    with source.open("rb") as file, csv.CSVWriter(str(target), schema, write_options=told) as out:
        for batch in _lines(file, reading, shown):
            _within(batch.column(0), reading, shown, line)
            out.write_batch(_cut(batch.column(0), reading))
            line += batch.num_rows


def _lines(file: Any, reading: Reading, shown: str) -> Any:
    """Record batches of one column, the lines."""
    import pyarrow as pa
    from pyarrow import csv

    read = csv.ReadOptions(
        column_names=["line"],
        skip_rows=reading.dialect.skip,
        encoding=reading.dialect.encoding,
        block_size=_BLOCK,
        use_threads=False,
    )
    parse = csv.ParseOptions(delimiter=_NEVER, quote_char=False, escape_char=False, newlines_in_values=False)
    convert = csv.ConvertOptions(column_types={"line": pa.string()}, strings_can_be_null=False)
    try:
        yield from csv.open_csv(file, read_options=read, parse_options=parse, convert_options=convert)
    except (pa.ArrowInvalid, UnicodeError) as error:
        if "Empty CSV file" in str(error):
            return
        raise Invalid(
            f"{shown} is not {reading.dialect.encoding} text in lines",
            hint="Set 'encoding' and 'skip' of the stream to what the file is.",
        ) from None


def _within(lines: Any, reading: Reading, shown: str, first: int) -> None:
    """Refuse what would be cut off without a word."""
    import pyarrow.compute as pc

    end = max(last for *_, last in reading.fixed)
    beyond = pc.not_equal(pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(lines, end)), "")
    place = pc.index(beyond, value=True).as_py()
    if place >= 0:
        raise Invalid(
            f"{shown} has text behind position {end}, where its last column ends; the first is near line "
            f"{first + place}",
            hint="Name that column in 'fixed' too, or mend the places.",
        )


def _cut(lines: Any, reading: Reading) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = [pc.utf8_slice_codeunits(lines, first - 1, last) for _, first, last in reading.fixed]
    if reading.dialect.trim:
        cells = [pc.utf8_trim_whitespace(cell) for cell in cells]
    return pa.RecordBatch.from_arrays(cells, names=[name for name, *_ in reading.fixed])
