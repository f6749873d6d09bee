"""Pages as bounded batches: rows, and the keys of rows that the source deleted."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Literal

from weft.model import ArrowScan, Batch, Dialect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

    from weft.connectors.rest.manifest.stream import Stream

ROWS = 20_000
"""Rows of a batch, about; those that follow each other land together."""
BYTES = 32 << 20
"""Bytes of JSON of a batch, about."""


class Making:
    """Makes the batches of one stream.

    Args:
        stream: the stream.
        timezone: zone of times that name none.
        transform: a hook that is given each batch.
    """

    def __init__(self, stream: Stream, timezone: str, transform: Callable[..., Any] | None) -> None:
        self.stream, self._transform = stream, transform
        self._dialect = Dialect(trim=False, timezone=timezone or "UTC")
        self._graves = [(d.field, d.value) for d in stream.deletes if type(d).__name__ == "TombstoneField"]

    def rows(
        self, table: pa.Table, mode: Literal["append", "replace"], cursors: tuple[dict[str, Any], dict[str, Any]]
    ) -> Iterator[Batch]:
        """A batch of rows, then one of those among them that say that they are deleted.

        Args:
            table: the rows.
            mode: append or replace.
            cursors: before and after them; the second holds when all of it is committed.
        """
        table = self._valued(table)
        if self._transform is not None:
            table = self._transform(table)
        alive, dead = self._parted(table)
        if dead is not None and dead.num_rows and mode == "append":
            yield self.batch(alive, "append", cursors[0])
            yield self.batch(dead, "delete", cursors[1])
        else:
            yield self.batch(alive, mode, cursors[1])

    def batch(
        self, table: pa.Table, mode: Literal["append", "replace", "delete", "keys"], cursor: dict[str, Any]
    ) -> Batch:
        """A table as a batch."""
        return Batch(scan=ArrowScan(reader=table.to_reader(), dialect=self._dialect), cursor=cursor, mode=mode)

    def keys(self, tables: Iterable[pa.Table], cursor: dict[str, Any]) -> Batch:
        """One batch of all keys that the source holds, read while it is taken."""
        import pyarrow as pa

        schema = pa.schema([(name, pa.string()) for name in self.stream.key])
        pieces = (batch for table in tables for batch in self.keyed(table, {}).to_batches())
        reader = pa.RecordBatchReader.from_batches(schema, pieces)
        return Batch(scan=ArrowScan(reader=reader, dialect=self._dialect), cursor=cursor, mode="keys")

    def keyed(self, table: pa.Table, theirs: dict[str, str]) -> pa.Table:
        """The key's columns alone, as text, by the stream's own names."""
        import pyarrow as pa

        arrays = []
        for name in self.stream.key:
            there = theirs.get(name, name)
            known = there in table.column_names
            arrays.append(table.column(there).cast(pa.string()) if known else pa.nulls(table.num_rows, pa.string()))
        return pa.table(arrays, names=list(self.stream.key))

    def alive(self, table: pa.Table) -> pa.Table:
        """The rows that do not say that they are deleted."""
        return self._parted(table)[0]

    def _valued(self, table: pa.Table) -> pa.Table:
        """The rows without the texts that mean no value."""
        if not self.stream.nulls:
            return table
        import pyarrow as pa
        import pyarrow.compute as pc

        for place, field in enumerate(table.schema):
            if pa.types.is_string(field.type):
                column = table.column(place)
                empty = pc.is_in(column, pa.array(self.stream.nulls, pa.string()))
                table = table.set_column(place, field, pc.if_else(empty, None, column))
        return table

    def _parted(self, table: pa.Table) -> tuple[pa.Table, pa.Table | None]:
        """Rows that live, and the keys of those that say that they are deleted; of a key the last row counts."""
        if not self._graves:
            return table, None
        import pyarrow.compute as pc

        mask = reduce(pc.or_, (_says(table, path, value) for path, value in self._graves))
        if not pc.any(mask).as_py():
            return table, None
        table, mask = _last(table, mask, self.stream.key)
        dead = self.keyed(table.filter(mask), {}) if self.stream.key else None
        return table.filter(pc.invert(mask)), dead


def _says(table: pa.Table, path: tuple[str, ...], value: Any) -> Any:
    """Where a field says that; `*` = anything."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if path[0] not in table.column_names:
        return pa.chunked_array([pa.array([False] * table.num_rows, pa.bool_())])
    column = table.column(path[0])
    for step in path[1:]:
        column = pc.struct_field(column, step)
    if value == "*":
        return pc.is_valid(column)
    text = pc.utf8_lower(column.cast(pa.string()))
    said = str(value).lower() if not isinstance(value, bool) else ("true" if value else "false")
    return pc.fill_null(pc.equal(text, said), fill_value=False)


def _last(table: pa.Table, mask: Any, key: tuple[str, ...]) -> tuple[pa.Table, Any]:
    """Of rows of one key the last, so that none is both written and deleted."""
    import pyarrow as pa

    if not key or any(name not in table.column_names for name in key):
        return table, mask
    numbered = table.select(list(key)).append_column("_row", pa.array(range(table.num_rows), pa.int64()))
    places = numbered.group_by(list(key)).aggregate([("_row", "max")]).column("_row_max").sort()
    return table.take(places), mask.take(places)
