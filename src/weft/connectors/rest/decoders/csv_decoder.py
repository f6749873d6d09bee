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

    import pyarrow as pa

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
        text = Text(chunks(stream, self.encoding))
        header = text.row()
        if not header.strip():
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
            raise _broken(str(error)) from None

    def _convert(self, columns: list[str]) -> Any:
        import pyarrow as pa
        import pyarrow.csv

        return pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=list(self.set_values_to_none),
            strings_can_be_null=bool(self.set_values_to_none),
        )


def _broken(said: str) -> Broken:
    """What pyarrow says, without the line that it shows."""
    found = _COUNTED.search(said)
    what = f"row {found[1]} has {found[3]} cells, the header {found[2]}" if found else "a quote is not closed"
    return Broken(
        f"the answer is not complete CSV: {what}", hint="It may be cut off, or have another delimiter: set 'delimiter'."
    )
