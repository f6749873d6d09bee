"""One stream of rows cut into bounded readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

PIECE = 500_000
"""Rows of one batch."""


class Pieces:
    """Hands out an Arrow stream in readers of at most `PIECE` rows; each must be read before the next begins.

    Args:
        schema: of the rows.
        batches: the rows, in one go.
    """

    def __init__(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        self.schema = schema
        self._batches = batches
        self._rest: pa.RecordBatch | None = None
        self._open: Iterator[pa.RecordBatch] = iter(())

    def next(self) -> pa.RecordBatchReader:
        """A reader of the next rows.

        Raises:
            Broken: the one before was not read to its end; its rows would be lost.
        """
        import pyarrow as pa

        if any(batch.num_rows for batch in self._open):
            raise Broken(
                "a batch of a database was not read to its end before the next one was asked for",
                hint="This is an error of the program that reads; nothing of the source is lost, run again.",
            )
        self._open = self._cut(PIECE)
        return pa.RecordBatchReader.from_batches(self.schema, self._open)

    def _cut(self, left: int) -> Iterator[pa.RecordBatch]:
        while left:
            batch = self._rest if self._rest is not None else next(self._batches, None)
            self._rest = None
            if batch is None:
                return
            if batch.num_rows > left:
                self._rest = batch.slice(left)
                batch = batch.slice(0, left)
            left -= batch.num_rows
            yield batch
