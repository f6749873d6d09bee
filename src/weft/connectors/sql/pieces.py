"""One stream of rows cut into bounded readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        """A reader of the next rows; what the one before left unread is passed over."""
        import pyarrow as pa

        for _ in self._open:
            pass
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
