"""A stream of a database as batches: full, incremental by a cursor column, or a window filled back.

Cursors (JSON):
- full refresh: `{"full": "unfinished"}` until the last batch, then `{"full": "done"}`;
- incremental: `{"column": c, "unfinished": true}` until the last batch of the first load, then
  `{"column": c, "value": newest, "count": rows in the stretch, "recent": digests of the stretch}`. The stretch is what
  lies at most the look-back behind the newest value, that value included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from weft.connectors.sql.database import quoted
from weft.connectors.sql.pieces import PIECE, Pieces
from weft.connectors.sql.recent import REMEMBERED, remember, unseen
from weft.errors import Invalid
from weft.model import ArrowScan, Batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from weft.connectors.sql.database import Database, Selected, Shape
    from weft.model import Dialect
    from weft.seams import Window

Mode = Literal["append", "replace"]


class Span(NamedTuple):
    """Rows after `low` up to and with `high`."""

    low: Any
    high: Any


@dataclass(frozen=True)
class Wanted:
    """How a stream is to be read."""

    cursor: str = ""
    """Column; empty = full refresh."""
    look_back: str = ""
    keyed: bool = False
    """Whether reading a row twice is harmless."""


@dataclass(frozen=True)
class Reading:
    """One read of one stream."""

    database: Database
    shape: Shape
    wanted: Wanted
    dialect: Dialect

    def batches(self, cursor: Mapping[str, Any], window: Window | None) -> Iterator[Batch]:
        """Batches from where the cursor stands.

        Raises:
            Invalid: a window without a cursor column, or too many rows of one cursor value without a key.
        """
        if window is not None:
            return self._window(window, cursor)
        if not self.wanted.cursor:
            return self._everything({"full": "unfinished"}, {"full": "done"}, "")
        if cursor.get("column") == self.wanted.cursor and cursor.get("value") is not None:
            return self._increment(cursor)
        return self._first(cursor)

    def _window(self, window: Window, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        if not self.wanted.cursor:
            raise Invalid("the stream has no cursor column to fill back by", hint="Set 'cursor' of the stream.")
        column = self.shape.column(self.wanted.cursor)
        name = quoted(column.name)
        clause = f"WHERE {name} >= {self.database.value(column, 1)} AND {name} < {self.database.value(column, 2)}"
        values = (self._typed(window.start), self._typed(window.end))
        count = self.database.rows(f"SELECT count(*) {self._from} {clause}", values)[0][0]
        pieces = self._pieces(clause, values) if count else None
        for _ in range(0, count, PIECE):
            yield self._batch(pieces, dict(cursor), "append")

    def _first(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        column = self.shape.column(self.wanted.cursor)
        newest = self._newest(column)
        if not cursor and newest is None and not self._count():
            return
        done = {"column": column.name, "value": None} if newest is None else self._standing(column, newest)
        yield from self._everything({"column": column.name, "unfinished": True}, done, "")

    def _everything(self, unfinished: dict[str, Any], done: dict[str, Any], clause: str) -> Iterator[Batch]:
        """All rows; the first batch replaces what is there, so a read that was cut short begins anew."""
        count = self._count()
        pieces = self._pieces(clause, ())
        mode: Mode = "replace"
        for start in range(0, max(count, 1), PIECE):
            yield self._batch(pieces, dict(done if start + PIECE >= count else unfinished), mode)
            mode = "append"

    def _increment(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        column = self.shape.column(self.wanted.cursor)
        old = cursor["value"]
        newest = self._newest(column)
        high = old if newest is None or not self._after(column, old) else newest
        late = self._late(column, cursor)
        spans = self._spans(column, Span(old, high))
        if not spans and (late is None or not late.num_rows):
            return
        # Late rows alone: the cursor stands where it stood, what is remembered grows.
        for span in spans or [Span(high, high)]:
            clause, values = self._clause(column, span)
            schema, rows = self.database.stream(self.shape, clause, values) if span.low != span.high else (None, iter(()))
            # The cursor needs the connection, which the stream keeps: asked before. See `_batches`.
            del schema, rows
            yield from self._one(column, span, late)
            late = None

    @property
    def _from(self) -> str:
        return f"FROM {self.shape.relation} AS _weft_rows"
