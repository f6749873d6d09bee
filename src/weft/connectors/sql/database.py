"""What reading needs of a database, and the values that pass between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from weft.model import StreamInfo


class Selected(Struct, frozen=True):
    """One column of a stream and how it is asked for so that nothing is lost."""

    name: str
    expression: str
    """SQL over the stream's relation."""
    type: str
    """Type name of the database; of SQLite what is declared, in capitals."""


class Shape(Struct, frozen=True):
    """A stream as SQL."""

    relation: str
    """What stands after FROM."""
    columns: tuple[Selected, ...]

    @property
    def select(self) -> str:
        """The list after SELECT."""
        return ", ".join(f"{c.expression} AS {quoted(c.name)}" for c in self.columns)

    def column(self, name: str) -> Selected:
        """The column of that name.

        Raises:
            Invalid: lists the columns that there are.
        """
        found = next((c for c in self.columns if c.name == name), None)
        if found is None:
            raise Invalid(
                f"the stream has no column '{name}' to be its cursor",
                hint=f"It has {', '.join(c.name for c in self.columns)}.",
            )
        return found


class CursorSql(Protocol):
    """How a database compares the values of a cursor column."""

    def value(self, column: Selected, number: int) -> str:
        """SQL of the `number`-th value (from 1), to be compared with that column.

        Raises:
            Invalid: the column's type cannot be a cursor.
        """

    def told(self, column: Selected, expression: str) -> str:
        """SQL that tells a cursor's value for JSON, exactly."""

    def proper(self, column: Selected) -> str:
        """SQL condition: the cursor has a value that others can be compared with (no NULL, NaN, infinity)."""

    def minus(self, column: Selected, value: Any, back: str) -> Any:
        """The cursor's value so far back. `back` is a number, or a number and a unit for times.

        Raises:
            Invalid: they do not fit together.
        """


class Database(Protocol):
    """One connection in one read-only transaction: all that is read belongs to one moment."""

    @property
    def cursors(self) -> CursorSql:
        """Comparing cursor values."""

    def tables(self, schema: str) -> tuple[StreamInfo, ...]:
        """Tables and views with columns, keys and comments."""

    def relation(self, schema: str, table: str) -> str:
        """A table as it stands after FROM."""

    def shape(self, relation: str) -> Shape:
        """Columns of a relation, each with the expression that loses nothing."""

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """A small answer."""

    def stream(
        self, shape: Shape, clause: str, values: Sequence[Any] = ()
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Rows of the stream, with what stands after FROM: `WHERE ... ORDER BY ...`. One stream at a time."""

    def close(self) -> None:
        """End the transaction."""


def quoted(name: str) -> str:
    """A name as SQL.

    Raises:
        Invalid: it cannot be one.
    """
    if not name or "\0" in name:
        raise Invalid("a name in the database is empty or holds a zero byte")
    return '"' + name.replace('"', '""') + '"'


_PLACE = re.compile("\0([0-9])\0")


def place(number: int) -> str:
    """Where the `number`-th value (from 1) will stand; no name and no text of SQL can hold it."""
    return f"\0{number}\0"


def filled(sql: str, values: Sequence[Any], literal: Callable[[str], str]) -> str:
    """SQL with the values in their places.

    Args:
        sql: with places.
        values: as many as there are places.
        literal: a text as the database writes it.
    """
    return _PLACE.sub(lambda found: literal(str(values[int(found[1]) - 1])), sql)
