"""A stream of a database as batches: full, incremental by a cursor column, or a window filled back.

Cursors (JSON):
- full refresh: `{"full": "unfinished"}` until the last batch, then `{"full": "done"}`;
- incremental: `{"column": c, "unfinished": true}` until the last batch of the first load, then
  `{"column": c, "value": newest, "low": ..., "count": rows in the stretch, "recent": digests of the stretch}`. The
  stretch is what lies at most the look-back behind the newest value, from `low` up to and with it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from weft.connectors.sql.pieces import PIECE
from weft.connectors.sql.recent import REMEMBERED, remember, unseen
from weft.connectors.sql.rows import Ordered, Rows, Span
from weft.errors import Invalid
from weft.model import ArrowScan, Batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from weft.model import Dialect
    from weft.seams import Window

Mode = Literal["append", "replace"]


class Wanted(Struct, frozen=True):
    """How a stream is to be read."""

    cursor: str = ""
    """Column; empty = full refresh."""
    look_back: str = ""
    keyed: bool = False
    """Whether reading a row twice is harmless."""


class Reading(Struct, frozen=True):
    """One read of one stream."""

    rows: Rows
    wanted: Wanted
    dialect: Dialect

    def batches(self, cursor: Mapping[str, Any], window: Window | None) -> Iterator[Batch]:
        """Batches from where the cursor stands.

        Raises:
            Invalid: a window without a cursor column, or too many rows of one cursor value without a key.
        """
        if not self.wanted.cursor:
            if window is not None:
                raise Invalid("the stream has no cursor column to fill back by", hint="Set 'cursor' of the stream.")
            return self._everything({"full": "unfinished"}, {"full": "done"})
        ordered = Ordered(self.rows, self.rows.shape.column(self.wanted.cursor), self.wanted.look_back)
        if window is not None:
            return self._window(ordered.window(window.start, window.end), cursor)
        if cursor.get("column") == self.wanted.cursor and cursor.get("value") is not None:
            return self._increment(ordered, cursor)
        return self._first(ordered, cursor)

    def _window(self, clause: tuple[str, tuple[Any, ...]], cursor: Mapping[str, Any]) -> Iterator[Batch]:
        count = self.rows.count(*clause)
        if count:
            pieces = self.rows.pieces(*clause)
        for _ in range(0, count, PIECE):
            yield self._batch(pieces.next(), dict(cursor))

    def _first(self, ordered: Ordered, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        newest = ordered.newest()
        if not cursor and newest is None and not self.rows.count():
            return
        name = ordered.column.name
        done = {"column": name, "value": None} if newest is None else self._standing(ordered, newest)
        yield from self._everything({"column": name, "unfinished": True}, done)

    def _everything(self, unfinished: dict[str, Any], done: dict[str, Any]) -> Iterator[Batch]:
        """All rows; the first batch replaces what is there, so a read that was cut short begins anew."""
        count = self.rows.count()
        pieces = self.rows.pieces()
        mode: Mode = "replace"
        for start in range(0, max(count, 1), PIECE):
            yield self._batch(pieces.next(), dict(done if start + PIECE >= count else unfinished), mode)
            mode = "append"

    def _increment(self, ordered: Ordered, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        import pyarrow as pa

        old = cursor["value"]
        # As it was then: a look-back that was made longer since reaches over rows that nobody remembered.
        stretch = Span(cursor.get("low", old), old, inclusive=True)
        late = self._late(ordered, stretch, cursor.get("recent"))
        newest = ordered.newest()
        spans = ordered.spans(Span(old, old if newest is None else newest))
        if late is None and (spans or ordered.count(stretch) != cursor.get("count")):
            # Reading twice is harmless here: the whole stretch comes again, before what is new.
            spans = ordered.spans(stretch._replace(high=spans[-1].high if spans else old))
        if not spans and late is not None and late.num_rows:
            yield self._batch(late.to_reader(), self._standing(ordered, old))
        for span in spans:
            standing = self._standing(ordered, span.high)
            schema, rows = self.rows.database.stream(self.rows.shape, *ordered.clause(span, ordered=True))
            before = late.cast(schema).to_batches() if late is not None else []
            yield self._batch(pa.RecordBatchReader.from_batches(schema, chain(before, rows)), standing)
            late = None

    def _late(self, ordered: Ordered, stretch: Span, recent: Any) -> pa.Table | None:
        """Rows of the stretch that were not read yet; none when it cannot be told and reading twice is harmless."""
        found = None
        if recent is not None and ordered.count(stretch) <= 2 * REMEMBERED:
            found = unseen(self.rows.table(*ordered.clause(stretch)), recent)
        if found is None and not self.wanted.keyed:
            raise self._needs_key()
        return found

    def _standing(self, ordered: Ordered, newest: Any) -> dict[str, Any]:
        """The cursor when everything up to `newest` is read."""
        stretch = Span(ordered.back(newest), newest, inclusive=True)
        count = ordered.count(stretch)
        if count > REMEMBERED and not self.wanted.keyed:
            raise self._needs_key()
        recent = remember(self.rows.table(*ordered.clause(stretch))) if count <= REMEMBERED else None
        return {"column": ordered.column.name, "value": newest, "low": stretch.low, "count": count, "recent": recent}

    def _needs_key(self) -> Invalid:
        back = f" and the look-back of {self.wanted.look_back}" if self.wanted.look_back else ""
        return Invalid(
            f"which rows of the newest value of '{self.wanted.cursor}'{back} were read already cannot be told: more "
            f"than {REMEMBERED} rows share it, or columns were dropped since",
            hint="Set 'key' of the stream to the contract's primary key (then reading a row twice is harmless), "
            "take a finer cursor or a shorter look-back, or 'refresh: full'.",
        )

    def _batch(self, reader: pa.RecordBatchReader, cursor: dict[str, Any], mode: Mode = "append") -> Batch:
        return Batch(scan=ArrowScan(reader=reader, dialect=self.dialect), cursor=cursor, mode=mode)
