"""Columns: pages of records become tables of one schema that only ever widens; no row and no value is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from weft.connectors.rest.rows import digits, fitting, reading, twice
from weft.connectors.rest.rows.page import Page
from weft.connectors.rest.rows.quoting import Quoting
from weft.connectors.rest.rows.shape import (
    ANY,
    NULL,
    TEXT,
    Struct,
    from_json,
    from_schema,
    guessed,
    join,
    settled,
    to_json,
)
from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from weft.connectors.rest.rows.shape import Shape

MOST = 5_000
"""Columns of a table."""
_ROUNDS = 20
"""A page widens its columns in a few rounds; the lattice is low."""


class Columns:
    """Gathers pages until they are a batch.

    Args:
        declared: types that the source's schema tells; others are found. A type that its values do not fit widens too.
        memory: of an earlier run: what was widened stays so.
    """

    def __init__(self, declared: pa.Schema | None = None, memory: Mapping[str, Any] | None = None) -> None:
        known = from_schema(declared) if declared is not None else Struct()
        told = join(known, from_json(dict(memory))) if memory else known
        self._know(told)
        self._pages: list[tuple[bytes, pa.Table]] = []
        self.rows = 0
        """Rows since the last flush."""
        self.bytes = 0
        """Bytes of their JSON."""

    def take(self, page: Page | Sequence[Any]) -> None:
        """Take the records of one page, each the JSON of an object.

        Raises:
            Broken: a record is no object, or names a key twice with different values.
        """
        records = page.records if isinstance(page, Page) else page
        if not len(records):
            return
        if isinstance(page, Page) and page.table is not None:
            self._take_texts(page.table)
            return
        data = b"\n".join(records)
        if not data.startswith(b"{") or b"\nnull" in data:
            _objects(records)
        try:
            table = self._table(data)
        except twice.TwiceError:
            data = twice.once(data)
            table = self._table(data)
        if table.num_rows != len(records):
            raise Broken(f"of the {len(records)} records of a page only {table.num_rows} were understood")
        self._pages.append((data, table))
        self.rows += len(records)
        self.bytes += len(data)

    def _take_texts(self, table: pa.Table) -> None:
        """Columns that came as text stay text, whatever was declared: the contract casts them."""
        texts: dict[str, Shape] = dict.fromkeys(table.column_names, TEXT)
        for name, known in self._shape.fields.items():
            if name in texts and known not in (NULL, TEXT):
                texts[name] = ANY
        self._know(join(self._shape, Struct(texts, max(self._shape.most, len(texts)))))
        self._pages.append((b"", table.combine_chunks()))
        self.rows += table.num_rows
        self.bytes += table.nbytes

    def flush(self) -> pa.Table:
        """What was taken since the last flush; an empty table of the known columns when nothing was."""
        import pyarrow as pa

        self._know(fitting.decided(self._shape))
        schema = fitting.schema(self._shape)
        tables = []
        for data, parsed in self._pages:
            # Parsed before its columns were widened: the text still knows what the values were.
            table = parsed if fitting.fits(parsed.schema, schema) else self._table(data)
            tables.append(table if table.schema.equals(schema) else fitting.fit(table, schema))
        self._pages, self.rows, self.bytes = [], 0, 0
        return pa.concat_tables(tables) if tables else schema.empty_table()

    def memory(self) -> dict[str, Any]:
        """What is known of the columns, as JSON."""
        found: dict[str, Any] = to_json(self._shape)
        return found

    def _know(self, shape: Shape) -> None:
        import pyarrow as pa

        if not isinstance(shape, Struct) or len(shape.fields) > MOST:
            raise Broken(
                f"the records have more than {MOST} different keys",
                hint="Set 'records' to where the rows are, or keep the keys under one field by a transformation.",
            )
        self._shape = shape
        known = [(name, kind) for name, part in shape.fields.items() if (kind := settled(part)) is not None]
        self._schema = pa.schema(known)
        self._sure = not guessed(shape)
        self._quoting = Quoting.of(shape)

    def _table(self, data: bytes) -> pa.Table:
        """Parse a page, and as often again as it widens what is known."""
        for _ in range(_ROUNDS):
            table, shape = self._round(data)
            if shape == self._shape:
                break
            usable = table is not None and fitting.sound(table.schema, self._schema)
            self._know(shape)
            if table is not None and usable and fitting.fits(table.schema, fitting.schema(self._shape)):
                return table
        if table is None:
            twice.once(data)
            raise Broken("a page of records cannot be read as columns")
        return table

    def _round(self, data: bytes) -> tuple[pa.Table | None, Shape]:
        """The page as a table, if it fits what is known, and what is known then."""
        import pyarrow as pa

        known = self._shape
        try:
            quoted = data if self._quoting is None else self._quoting.quote(data)
            table = reading.parse(quoted, self._schema)
        except (msgspec.ValidationError, pa.ArrowInvalid) as error:
            if "twice" in str(error):
                raise twice.TwiceError from None
            seen = reading.look(data, known)
            return None, seen if seen != known else fitting.undeclared(data, known)
        suspicious = digits.suspicious(quoted)
        if suspicious and not digits.kept(quoted, table):
            seen = reading.look(data, known)
            return (table, reading.found(table, seen, suspicious=True)) if seen == known else (None, seen)
        if self._sure and not suspicious and table.schema.equals(self._schema):
            return table, known
        return table, reading.found(table, known, suspicious=suspicious)


def _objects(records: Sequence[Any]) -> None:
    for number, record in enumerate(records, 1):
        if bytes(record[:1] if isinstance(record, bytes) else memoryview(record)[:1]) != b"{":
            raise Broken(
                f"record {number} of a page is no object",
                hint="Set 'records' of the stream to the list of objects.",
            )
