"""An answer into a file or a stream, batch by batch."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from weft.flow.formats import pieces
from weft.flow.values import columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.formats import Form


def send(answer: Any, form: Form | Literal["table"], sink: Any) -> int:
    """Write an answer to a binary stream; returns the number of rows."""
    counted = _Counted(answer)
    if form == "table":
        _plain_table(counted, sink)
    else:
        for piece in pieces(form, answer.schema, counted):
            sink.write(piece)
    sink.flush()
    return counted.rows


def save(answer: Any, form: Form | Literal["table"], output: Path) -> int:
    """Write an answer to a file: under another name beside it first, so that the file is whole or as it was.

    Raises:
        Invalid: there is no such folder, or the name is a folder's.
    """
    from weft.errors import Invalid

    if output.is_dir() or not output.parent.is_dir():
        what = "is a folder" if output.is_dir() else "lies in a folder that is not there"
        raise Invalid(f"'{output}' {what}", hint="Name a file in a folder that is there.")
    handle, partial = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as sink:
            rows = send(answer, form, sink)
        mask = os.umask(0)
        os.umask(mask)
        Path(partial).chmod(0o666 & ~mask)  # as any new file would be, not private like a temporary one
        Path(partial).replace(output)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return rows


class _Counted:
    """An answer that counts the rows which pass."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.schema, self.rows = answer, answer.schema, 0

    def __iter__(self) -> Iterator[Any]:
        for batch in self.answer:
            self.rows += batch.num_rows
            yield batch


def _plain_table(answer: _Counted, sink: Any) -> None:
    """The table for people, in a file."""
    from weft.cli.table import WIDE, lines

    rows = [row for batch in answer for row in zip(*columns(batch), strict=True)]
    for line in lines(answer.schema.names, rows, WIDE):
        sink.write(line.encode() + b"\n")
