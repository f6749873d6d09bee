"""The kind `CsvDecoder`."""

from __future__ import annotations

import re
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from pydantic import Field

from weft.connectors.files.text import names
from weft.connectors.rest.decoders.flowing import PIECE, Text, chunks
from weft.connectors.rest.rows.page import Page
from weft.errors import Broken
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator


_OTHER = (b"<", b"{")
_COUNTED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


class CsvDecoder(Kind):
    """The answer is delimited text; its first line names the columns. Every cell is text, the contract casts it."""

    encoding: str = "utf-8"
    """Any that Python knows."""
    delimiter: str = Field(",", min_length=1, max_length=2)
    """One character; `\\t` is a tabulator."""
    set_values_to_none: tuple[str, ...] = ("",)
    """Cells that mean no value."""

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """All lines."""
        return Page.joined(self.pages(BytesIO(body), path))

    def pages(self, stream: IO[bytes], path: tuple[str, ...] = ()) -> Iterator[Page]:
        """Some thousand lines each."""
        import pyarrow as pa
        import pyarrow.csv

        del path
        quotes = _Quotes(chunks(stream, self.encoding))
        text = Text(quotes)
        header = text.row()
        if header.lstrip()[:1] in _OTHER:
            raise _broken("it begins as HTML or JSON does")
        if not (text.more() and header.strip()):
            return
        delimiter = "\t" if self.delimiter == "\\t" else self.delimiter
        columns = names(header.decode(), delimiter, '"')
        try:
            reader = pyarrow.csv.open_csv(
                text,
                pyarrow.csv.ReadOptions(use_threads=False, block_size=PIECE, column_names=columns),
                pyarrow.csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=len(columns) > 1
                ),
                self._convert(columns),
            )
            for batch in reader:
                yield Page.table_of(pa.Table.from_batches([batch]))
        except pa.ArrowInvalid as error:
            raise _uneven(str(error)) from None
        if quotes.open:
            raise _broken("a quote is not closed")

    def _convert(self, columns: list[str]) -> Any:
        import pyarrow as pa
        import pyarrow.csv

        return pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=list(self.set_values_to_none),
            strings_can_be_null=bool(self.set_values_to_none),
        )


class _Quotes:
    """Pieces of text on their way, their quotes counted."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._count = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self._count += piece.count(b'"')
        return piece

    @property
    def open(self) -> bool:
        """Whether a quote was never closed: a text that was cut off, whose end would be taken for one cell."""
        return self._count % 2 == 1


def _uneven(said: str) -> Broken:
    """What pyarrow says, without the line that it shows."""
    found = _COUNTED.search(said)
    return _broken(f"row {found[1]} has {found[3]} cells, the header {found[2]}" if found else "it cannot be parsed")


def _broken(what: str) -> Broken:
    return Broken(
        f"the answer is not complete CSV: {what}", hint="It may be cut off, or have another delimiter: set 'delimiter'."
    )
