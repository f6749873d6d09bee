"""A stream of a database as batches: full, incremental by a cursor column, or a window filled back.

Cursors (JSON):
- full refresh: `{"full": "unfinished"}` until the last batch, then `{"full": "done"}`;
- incremental: `{"column": c, "unfinished": true}` until the last batch of the first load, then
  `{"column": c, "value": newest, "low": ..., "count": rows in the stretch, "recent": digests of the stretch}`. The
  stretch is what lies at most the look-back behind the newest value, from `low` up to and with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
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
    inclusive: bool = False
    """With `low`."""


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
            return self._everything({"full": "unfinished"}, {"full": "done"})
        if cursor.get("column") == self.wanted.cursor and cursor.get("value") is not None:
            return self._increment(cursor)
        return self._first(cursor)

    def _window(self, window: Window, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        if not self.wanted.cursor:
            raise Invalid("the stream has no cursor column to fill back by", hint="Set 'cursor' of the stream.")
        column = self.shape.column(self.wanted.cursor)
        name = quoted(column.name)
        clause = f"WHERE {name} >= {self.database.value(column, 1)} AND {name} < {self.database.value(column, 2)}"
        values = (window.start, window.end)
        count = self._count(clause, values)
        if count:
            pieces = Pieces(*self.database.stream(self.shape, clause, values))
        for _ in range(0, count, PIECE):
            yield self._batch(pieces.next(), dict(cursor))

    def _first(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        column = self.shape.column(self.wanted.cursor)
        newest = self._newest(column)
        if not cursor and newest is None and not self._count():
            return
        done = {"column": column.name, "value": None} if newest is None else self._standing(column, newest)
        yield from self._everything({"column": column.name, "unfinished": True}, done)

    def _everything(self, unfinished: dict[str, Any], done: dict[str, Any]) -> Iterator[Batch]:
        """All rows; the first batch replaces what is there, so a read that was cut short begins anew."""
        count = self._count()
        pieces = Pieces(*self.database.stream(self.shape, ""))
        mode: Mode = "replace"
        for start in range(0, max(count, 1), PIECE):
            yield self._batch(pieces.next(), dict(done if start + PIECE >= count else unfinished), mode)
            mode = "append"

    def _increment(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        import pyarrow as pa

        column = self.shape.column(self.wanted.cursor)
        old = cursor["value"]
        # As it was then: a look-back that was made longer since reaches over rows that nobody remembered.
        stretch = Span(cursor.get("low", old), old, inclusive=True)
        late = self._late(column, stretch, cursor.get("recent"))
        newest = self._newest(column)
        spans = self._spans(column, Span(old, old if newest is None else newest))
        if late is None and (spans or self._count(*self._clause(column, stretch)) != cursor.get("count")):
            # Reading twice is harmless here: the whole stretch comes again, before what is new.
            spans = self._spans(column, stretch._replace(high=spans[-1].high if spans else old))
        if not spans and late is not None and late.num_rows:
            yield self._batch(late.to_reader(), self._standing(column, old))
        for span in spans:
            standing = self._standing(column, span.high)
            schema, rows = self.database.stream(self.shape, *self._clause(column, span, ordered=True))
            before = late.cast(schema).to_batches() if late is not None else []
            yield self._batch(pa.RecordBatchReader.from_batches(schema, chain(before, rows)), standing)
            late = None

    def _late(self, column: Selected, stretch: Span, recent: Any) -> pa.Table | None:
        """Rows of the stretch that were not read yet; none when it cannot be told and reading twice is harmless."""
        found = None
        clause, values = self._clause(column, stretch)
        if recent is not None and self._count(clause, values) <= 2 * REMEMBERED:
            found = unseen(self._table(clause, values), recent)
        if found is None and not self.wanted.keyed:
            raise self._needs_key(column)
        return found

    def _standing(self, column: Selected, newest: Any) -> dict[str, Any]:
        """The cursor when everything up to `newest` is read."""
        low = self._back(column, newest)
        clause, values = self._clause(column, Span(low, newest, inclusive=True))
        count = self._count(clause, values)
        if count > REMEMBERED and not self.wanted.keyed:
            raise self._needs_key(column)
        recent = remember(self._table(clause, values)) if count <= REMEMBERED else None
        return {"column": column.name, "value": newest, "low": low, "count": count, "recent": recent}

    def _needs_key(self, column: Selected) -> Invalid:
        back = f" and the look-back of {self.wanted.look_back}" if self.wanted.look_back else ""
        return Invalid(
            f"which rows of the newest value of '{column.name}'{back} were read already cannot be told: more than "
            f"{REMEMBERED} rows share it, or columns were dropped since",
            hint="Set 'key' of the stream to the contract's primary key (then reading a row twice is harmless), "
            "take a finer cursor or a shorter look-back, or 'refresh: full'.",
        )

    def _spans(self, column: Selected, all_of_it: Span) -> list[Span]:
        """The rows cut by their cursor into spans of about `PIECE` rows; equal values stay together."""
        clause, values = self._clause(column, all_of_it)
        count = self._count(clause, values)
        if not count:
            return []
        bounds: list[Any] = []
        if count > PIECE:
            name = quoted(column.name)
            numbered = f"SELECT {name} AS c, row_number() OVER (ORDER BY {name}) AS n {self._from} {clause}"
            told = self.database.told(column, "c")
            bounds = [
                b
                for (b,) in self.database.rows(
                    f"SELECT {told} FROM ({numbered}) AS r WHERE n % {PIECE} = 0 ORDER BY n", values
                )
            ]
        ends = [b for n, b in enumerate([*bounds, all_of_it.high]) if n == 0 or b != bounds[n - 1]]
        lows = [all_of_it.low, *ends]
        return [
            Span(low, end, all_of_it.inclusive and n == 0) for n, (low, end) in enumerate(zip(lows, ends, strict=False))
        ]

    def _clause(self, column: Selected, span: Span, *, ordered: bool = False) -> tuple[str, tuple[Any, ...]]:
        name, value = quoted(column.name), self.database.value
        clause = f"WHERE {name} {'>=' if span.inclusive else '>'} {value(column, 1)} AND {name} <= {value(column, 2)}"
        return clause + (f" ORDER BY {name}" if ordered else ""), (span.low, span.high)

    def _newest(self, column: Selected) -> Any:
        told = self.database.told(column, f"max({quoted(column.name)})")
        found = self.database.rows(f"SELECT {told} {self._from} WHERE {self.database.proper(column)}")[0][0]
        if isinstance(found, bytes):
            raise Invalid(f"the column '{column.name}' holds bytes, it cannot be a cursor", hint="Take another column.")
        return found

    def _back(self, column: Selected, value: Any) -> Any:
        return self.database.minus(column, value, self.wanted.look_back) if self.wanted.look_back else value

    def _count(self, clause: str = "", values: Sequence[Any] = ()) -> int:
        return int(self.database.rows(f"SELECT count(*) {self._from} {clause}", values)[0][0])

    def _table(self, clause: str, values: Sequence[Any]) -> pa.Table:
        import pyarrow as pa

        schema, rows = self.database.stream(self.shape, clause, values)
        return pa.Table.from_batches(rows, schema=schema)

    def _batch(self, reader: pa.RecordBatchReader, cursor: dict[str, Any], mode: Mode = "append") -> Batch:
        return Batch(scan=ArrowScan(reader=reader, dialect=self.dialect), cursor=cursor, mode=mode)

    @property
    def _from(self) -> str:
        return f"FROM {self.shape.relation} AS _weft_rows"
