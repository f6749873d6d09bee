"""Files that the engine does not read itself, rewritten as CSV (what is text) or Parquet (what has types)."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from weft.connectors.files import avro, fixed, markup, orc, workbook
from weft.connectors.files.scratch import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from weft.connectors.files.reading import Reading

    Rows = Callable[[Path, Reading, str], Iterator[Sequence[str]]]
    Whole = Callable[[tuple[Path, Path], Reading, str], None]

_ROWS: Mapping[str, Rows] = {"xlsx": workbook.rows, "xml": markup.rows}
"""By format: gives the names of the columns, then the cells of every row, as text; an empty cell has no value."""

_WHOLE: Mapping[str, Whole] = {"fixed": fixed.write, "orc": orc.write, "avro": avro.write}
"""By format: writes the rows of the first path to the second by itself."""


def rewrite(kind: str, paths: tuple[Path, Path], reading: Reading, shown: str) -> None:
    """Write the rows of the first path to the second: as CSV in the dialect of `Reading.dialect_of`, or as Parquet.

    Raises:
        Invalid: it is not what its format says; names the place.
        Unavailable: no space left, or a library is missing.
    """
    with writing(paths[1]) as target:
        if kind in _WHOLE:
            _WHOLE[kind](paths, reading, shown)
            return
        with target.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(_ROWS[kind](paths[0], reading, shown))
