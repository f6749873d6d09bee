"""Batches of a read that are alike, landed as one: one pass and one commit instead of many small files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from weft.model import ArrowScan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Batch

ROWS = 1_000_000
"""Rows from which on nothing more is joined."""
SECONDS = 20.0
"""Seconds from which on nothing is: so much reading is done again, besides a batch, when the process dies."""


class Joined(Struct):
    """The batches of a stream; those that are alike are joined while they are read, so no more of them is held.

    An error of the stream comes when what was read before it is handed over, and so can be committed.

    Args:
        batches: as the connector gives them.
    """

    batches: Iterator[Batch]
    _next: Batch | None = None
    """Taken already, and unlike the one before it."""
    _error: Exception | None = None

    def __iter__(self) -> Iterator[Batch]:
        while (first := self._take()) is not None:
            like = _like(first)
            joined = first if like is None else self._begin(first, like)
            del first  # it holds its rows
            yield joined

    def _take(self) -> Batch | None:
        if self._error is not None:
            raise self._error
        taken, self._next = self._next, None
        return taken or next(self.batches, None)

    def _begin(self, first: Batch, like: Any) -> Batch:
        """A batch that goes on with those after it; its cursor becomes that of the last one that was read."""
        import pyarrow as pa

        scan, cursor = cast("ArrowScan", first.scan), dict(first.cursor)
        reader = pa.RecordBatchReader.from_batches(scan.reader.schema, self._rows([first], cursor, like))
        return first.model_copy(update={"scan": scan.model_copy(update={"reader": reader}), "cursor": cursor})

    def _rows(self, held: list[Batch], cursor: dict[str, Any], like: Any) -> Iterator[Any]:
        began, rows = time.monotonic(), 0
        while held:
            for batch in cast("ArrowScan", held.pop().scan).reader:
                rows += batch.num_rows
                yield batch
            if rows < ROWS and time.monotonic() - began < SECONDS and (more := self._more(like)) is not None:
                cursor.clear()
                cursor.update(more.cursor)
                held.append(more)
                del more

    def _more(self, like: Any) -> Batch | None:
        """The next batch, if it goes on with those before it."""
        try:
            found = next(self.batches, None)
        except Exception as error:  # noqa: BLE001 - it is raised when what came before is committed
            self._error = error
            return None
        if found is not None and (found.mode != "append" or found.notes or _like(found) != like):
            self._next = found
            return None
        return found


def _like(batch: Batch) -> Any:
    """What batches that are joined share; none where a batch stays alone."""
    scan = batch.scan
    if not isinstance(scan, ArrowScan) or batch.mode not in ("append", "replace") or not scan.reader.schema.names:
        return None
    return scan.reader.schema, scan.dialect, scan.plain, batch.untyped
