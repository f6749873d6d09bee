"""Files that the engine does not read itself, rewritten as CSV (what is text) or Parquet (what has types)."""

from __future__ import annotations

import csv
import errno
from typing import TYPE_CHECKING

from weft.connectors.files import avro, fixed, markup, orc, workbook
from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from weft.connectors.files.reading import Reading

    Rows = Callable[[Path, Reading, str], Iterator[Sequence[str]]]
    Whole = Callable[[tuple[Path, Path], Reading, str], None]

_OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT}

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
    path, target = paths
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if kind in _WHOLE:
            _WHOLE[kind](paths, reading, shown)
            return
        with target.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(_ROWS[kind](path, reading, shown))
    except OSError as error:
        target.unlink(missing_ok=True)
        reason = "is full" if error.errno in _OUT_OF_SPACE else f"cannot be written: {error.strerror}"
        raise Unavailable(f"the temporary folder {reason}", hint="Make space and run again.") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise
