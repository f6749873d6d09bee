"""Columns: pages of records become tables of one schema that only ever widens; no row and no value is lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from weft.connectors.rest.rows import fitting, reading, twice
from weft.connectors.rest.rows.digits import Digits
from weft.connectors.rest.rows.page import Page
from weft.connectors.rest.rows.quoting import Quoting
from weft.connectors.rest.rows.seek import Seek
from weft.connectors.rest.rows.shape import (
    ANY,
    NULL,
    RECORDS,
    TEXT,
    ObjectOf,
    from_json,
    from_schema,
    guessed,
    join,
    to_arrow,
    to_json,
)
from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from weft.connectors.rest.rows.shape import Shape

MOST = 5_000
"""Columns of a table."""
TOGETHER = 2_000_000
"""Bytes of JSON that are parsed at once."""
FEW = 50
"""Records that are looked at before the first are parsed."""
_TWICE = ") was specified twice"
"""Part of what pyarrow says of a record that names a key twice."""
_Bytes = bytes
_ROUNDS = 20
"""A page widens its columns in a few rounds; the lattice is low."""


class Columns:
    """Gathers pages until they are a batch.

    Args:
        declared: types that the source's schema tells; others are found. A type that its values do not fit widens too.
        memory: of an earlier run: what was widened stays so.
    """

    def __init__(self, declared: pa.Schema | None = None, memory: Mapping[str, Any] | None = None) -> None:
        self.seek = Seek()
        """Reads pages for these columns."""
        known = from_schema(declared) if declared is not None else ObjectOf()
        told = join(from_json(dict(memory)), known) if memory else known
        self._know(told)
        self._new = not memory
        self._waiting: list[tuple[Any, Page]] = []
        self._size = self._parsed = 0
        self._pages: list[tuple[_Bytes, pa.StructArray]] = []
        self.rows = 0
        """Rows since the last flush."""
        self._notes: Counter[str] = Counter()

    def take(self, page: Page | Sequence[Any]) -> None:
        """Take the records of one page, each the JSON of an object. What is wrong with it may be told later.

        Raises:
            Broken: a record is no object, or names a key twice with different values.
        """
        page = page if isinstance(page, Page) else Page(page)
        self._notes.update(page.notes)
        if not page.count:
            return
        if page.table is not None:
            self._take_texts(page.table)
            return
        if self._new:  # what the first records hold all of them hold mostly
            self._new = False
            seen = reading.look(reading.lines([Page(page.records[:FEW]).listed]), self._shape)
            self._know(_ordered(seen, page.first))
        listed = page.listed
        self._waiting.append((listed, page))
        self._size += len(listed)
        self.rows += page.count
        if self._size >= TOGETHER:
            self._parse()

    @property
    def bytes(self) -> int:
        """Bytes of the JSON that is kept since the last flush."""
        return self._parsed + self._size

    def _parse(self) -> None:
        """Small pages are parsed together: each call costs as much as some hundred rows."""
        if not self._waiting:
            return
        data, rows = reading.lines(text for text, _ in self._waiting), sum(page.count for _, page in self._waiting)
        numbers = [page.numbers for _, page in self._waiting]
        self._parsed += self._size
        self._waiting, self._size = [], 0
        try:
            records = self._records(data, numbers)
        except twice.TwiceError:
            data = twice.once(data)
            records = self._records(data)
        if len(records) != rows:
            raise Broken(f"of {rows} records of a page {len(records)} could be read")
        self._pages.append((data, records))

    def _take_texts(self, table: pa.Table) -> None:
        """Columns that came as text stay text, whatever was declared: the contract casts them."""
        texts: dict[str, Shape] = dict.fromkeys(table.column_names, TEXT)
        for name, known in self._shape.fields.items():
            if name in texts and known not in (NULL, TEXT):
                texts[name] = ANY
        self._know(join(self._shape, ObjectOf(texts, max(self._shape.most, len(texts)))))
        self._parse()
        self._pages.append((b"", table.to_struct_array().combine_chunks()))
        self.rows += table.num_rows
        self._parsed += table.nbytes

    def flush(self) -> pa.Table:
        """What was taken since the last flush; an empty table of the known columns when nothing was."""
        import pyarrow as pa

        self._parse()
        self._know(fitting.decided(self._shape))
        kind = to_arrow(self._shape)
        batches = []
        for data, parsed in self._pages:
            # Parsed before its columns were widened: the text still knows what the values were.
            records = parsed if fitting.fits(parsed, kind) else self._records(data)
            batches.append(pa.RecordBatch.from_struct_array(fitting.fit(records, kind)))
        self._pages, self.rows, self._parsed = [], 0, 0
        return pa.Table.from_batches(batches, pa.schema(list(kind))).select(list(self._shape.fields))

    def told(self) -> tuple[str, ...]:
        """What had to be mended in pages since it was asked last, with counts; for people."""
        notes, self._notes = self._notes, Counter()
        return tuple(f"{what} ({count:,} times)" if count > 1 else what for what, count in notes.items())

    def memory(self) -> dict[str, Any]:
        """What is known of the columns, as JSON."""
        self._parse()
        found: dict[str, Any] = to_json(self._shape)
        return found

    def _know(self, shape: Shape) -> None:
        import pyarrow as pa

        if not isinstance(shape, ObjectOf) or len(shape.fields) > MOST:
            raise Broken(
                f"the records have more than {MOST} different keys",
                hint="Set 'records' to where the rows are, or keep the keys under one field by a transformation.",
            )
        self._shape = shape
        self._schema = pa.schema([(RECORDS, pa.list_(to_arrow(shape)))])
        self._sure = not guessed(shape)
        self._quoting, self._digits = Quoting.of(shape), Digits.of(shape)
        self.seek.look_for(self._digits.record)

    def _records(self, data: _Bytes, numbers: Sequence[Any] = ()) -> pa.StructArray:
        """Parse pages, and as often again as they widen what is known."""
        for _ in range(_ROUNDS):
            records, shape = self._round(data, numbers)
            if shape == self._shape:
                break
            self._know(shape)
            if records is not None and fitting.fits(records, to_arrow(self._shape)):
                break
        if records is None:
            twice.once(data)
            raise Broken("a page of records cannot be read as columns")
        return records

    def _round(self, data: _Bytes, numbers: Sequence[Any]) -> tuple[pa.StructArray | None, Shape]:
        """The records, if they fit what is known, and what is known then."""
        import pyarrow as pa

        known = self._shape
        try:
            quoted = data if self._quoting is None else self._quoting.quote(data)
            records = reading.parse(quoted, self._schema)
        except (msgspec.ValidationError, pa.ArrowInvalid) as error:
            if _TWICE in str(error):
                raise twice.TwiceError from None
            seen = reading.look(data, known)
            return None, seen if seen != known else fitting.undeclared(data, known)
        if not self._digits.kept(quoted, records, numbers) and (seen := reading.look(data, known)) != known:
            return None, seen
        sure = self._sure and not self._digits.long(records)
        return records, known if sure else reading.found(records, known)


def _ordered(shape: Shape, record: Mapping[str, Any]) -> Shape:
    """A shape with the keys of a record first, as it has them: parsing is quickest where columns come in order."""
    if not isinstance(shape, ObjectOf):
        return shape
    first = {name: shape.fields[name] for name in record if name in shape.fields}
    return ObjectOf({**first, **shape.fields}, shape.most)
