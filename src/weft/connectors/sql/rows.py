"""Rows of a stream: counted, fetched, and cut along its cursor column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from weft.connectors.sql.database import quoted
from weft.connectors.sql.pieces import PIECE, Pieces
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from weft.connectors.sql.database import Database, Selected, Shape


class Span(NamedTuple):
    """Rows after `low` up to and with `high`."""

    low: Any
    high: Any
    inclusive: bool = False
    """With `low`."""


class Rows(Struct, frozen=True):
    """All rows of a stream.

    A clause is what stands after FROM, with its values.
    """

    database: Database
    shape: Shape

    def count(self, clause: str = "", values: Sequence[Any] = ()) -> int:
        """How many."""
        return int(self.database.rows(f"SELECT count(*) {self.source} {clause}", values)[0][0])

    def table(self, clause: str, values: Sequence[Any]) -> pa.Table:
        """A small part of them."""
        import pyarrow as pa

        schema, rows = self.database.stream(self.shape, clause, values)
        return pa.Table.from_batches(rows, schema=schema)

    def pieces(self, clause: str = "", values: Sequence[Any] = ()) -> Pieces:
        """A stream of them; nothing else can be asked until it ends."""
        return Pieces(*self.database.stream(self.shape, clause, values))

    @property
    def source(self) -> str:
        """`FROM ...`."""
        return f"FROM {self.shape.relation} AS _weft_rows"


class Ordered(Struct, frozen=True):
    """Rows along a cursor column."""

    rows: Rows
    column: Selected
    look_back: str = ""

    def newest(self) -> Any:
        """The greatest value, or none."""
        cursors = self.rows.database.cursors
        told = cursors.told(self.column, f"max({quoted(self.column.name)})")
        sql = f"SELECT {told} {self.rows.source} WHERE {cursors.proper(self.column)}"
        found = self.rows.database.rows(sql)[0][0]
        if isinstance(found, bytes):
            raise Invalid(
                f"the column '{self.column.name}' holds bytes, it cannot be a cursor", hint="Take another column."
            )
        return found

    def back(self, value: Any) -> Any:
        """The value less the look-back."""
        return self.rows.database.cursors.minus(self.column, value, self.look_back) if self.look_back else value

    def clause(self, span: Span, *, ordered: bool = False) -> tuple[str, tuple[Any, ...]]:
        """The rows of a span."""
        name, value = quoted(self.column.name), self.rows.database.cursors.value
        first = f"{name} {'>=' if span.inclusive else '>'} {value(self.column, 1)}"
        clause = f"WHERE {first} AND {name} <= {value(self.column, 2)}"
        return clause + (f" ORDER BY {name}" if ordered else ""), (span.low, span.high)

    def count(self, span: Span) -> int:
        """How many rows a span has."""
        return self.rows.count(*self.clause(span))

    def window(self, start: str, end: str) -> tuple[str, tuple[Any, ...]]:
        """The rows from `start` up to but not with `end`."""
        name, value = quoted(self.column.name), self.rows.database.cursors.value
        return f"WHERE {name} >= {value(self.column, 1)} AND {name} < {value(self.column, 2)}", (start, end)

    def spans(self, whole: Span) -> list[Span]:
        """A span cut into spans of about `PIECE` rows; rows of equal values stay together."""
        count = self.count(whole)
        if not count:
            return []
        bounds = self._bounds(whole) if count > PIECE else []
        ends = [b for n, b in enumerate([*bounds, whole.high]) if n == 0 or b != bounds[n - 1]]
        lows = [whole.low, *ends[:-1]]
        return [Span(low, end, whole.inclusive and n == 0) for n, (low, end) in enumerate(zip(lows, ends, strict=True))]

    def _bounds(self, whole: Span) -> list[Any]:
        clause, values = self.clause(whole)
        name = quoted(self.column.name)
        numbered = f"SELECT {name} AS c, row_number() OVER (ORDER BY {name}) AS n {self.rows.source} {clause}"
        told = self.rows.database.cursors.told(self.column, "c")
        sql = f"SELECT {told} FROM ({numbered}) AS r WHERE n % {PIECE} = 0 ORDER BY n"
        return [bound for (bound,) in self.rows.database.rows(sql, values)]
