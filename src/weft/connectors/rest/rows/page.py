"""One page: the records of an answer as raw JSON, and the envelope around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field

from weft.connectors.rest.rows.digits import faithful

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from decimal import Decimal

    import pyarrow as pa


class Page(Struct, frozen=True, dict=True):
    """Records of one answer, undecoded.

    Their bytes are views of the body: it lives as long as they do.
    """

    records: Sequence[Any]
    """Bytes-like, each the JSON of one object."""
    envelope: Callable[[], Any] = field(default=lambda: None)
    """Decodes what stands around the records."""
    body: Callable[[], Any] = field(default=lambda: None)
    """Decodes everything."""
    notes: Mapping[str, int] = field(default_factory=dict)
    """What had to be mended so that the page could be read, and how often; for people, no values."""

    table: pa.Table | None = None
    """The records as columns of text, where they came so."""
    array: Any = None
    """The JSON list that these records are in, and nothing else; none where there is no such list."""
    numbers: tuple[Any, bytes] | None = None
    """What was found in the records while they were read: the type that was looked for, and a line of JSON for each."""

    __repr__ = object.__repr__  # it holds values

    @staticmethod
    def table_of(table: pa.Table) -> Page:
        """A page of columns."""
        return Page(_Rows(table), table=table)

    @staticmethod
    def joined(pages: Iterable[Page]) -> Page:
        """Several pages of one answer as one; the envelope is the first one's."""
        import pyarrow as pa

        found = list(pages)
        if len(found) == 1:
            return found[0]
        notes = sum((Counter(page.notes) for page in found), Counter())
        if found and all(page.table is not None for page in found):
            return Page.table_of(pa.concat_tables([page.table for page in found]))
        return Page([record for page in found for record in page.records], notes=notes)

    @staticmethod
    def of(records: Iterable[Any], response: Any = None) -> Page:
        """A page of Python values: mappings."""
        return Page([encode(record) for record in records], lambda: response, lambda: response)

    @property
    def count(self) -> int:
        """How many records."""
        return len(self.records)

    @property
    def listed(self) -> Any:
        """The records as one JSON list, bytes-like."""
        return b"[%b]" % b",".join(self.records) if self.array is None else self.array

    @cached_property
    def response(self) -> Any:
        """The answer without the records: their list is empty. None when it is no JSON."""
        return self.envelope()

    @cached_property
    def whole(self) -> Any:
        """The answer with the records, as Python values: slow, for expressions that look into them."""
        return self.body()

    @cached_property
    def first(self) -> Any:
        """The first record; none on an empty page."""
        return decode(self.records[0]) if self.records else None

    @cached_property
    def last(self) -> Any:
        """The last record; none on an empty page."""
        return decode(self.records[-1]) if self.records else None

    def behind(self, rows: int) -> Page:
        """Without so many records at its beginning."""
        if not rows:
            return self
        if self.table is not None:
            return Page.table_of(self.table.slice(rows))
        return Page(self.records[rows:], self.envelope, self.body, self.notes)

    def dicts(self) -> list[dict[str, Any]]:
        """All records as Python values."""
        return [decode(record) for record in self.records]

    def replaced(self, records: Iterable[Any]) -> Page:
        """The same answer with other records: bytes-like ones or mappings."""
        made = [encode(record) if isinstance(record, dict) else record for record in records]
        return Page(made, self.envelope, self.body, self.notes)


class _Rows(Sequence[bytes]):
    """Records of a table, made when somebody looks."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[row] for row in range(len(self))[at]]
        return encode(self._table.slice(range(len(self))[at], 1).to_pylist()[0])

    def __iter__(self) -> Iterator[bytes]:
        return map(encode, self._table.to_pylist())


def _number(token: str) -> float | Decimal:
    from decimal import Decimal

    return float(token) if faithful(token) else Decimal(token)


_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=_number)
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode(raw: Any) -> Any:
    """JSON as Python values; a number that no double keeps is a Decimal."""
    return _decoder.decode(raw)


def encode(value: Any) -> bytes:
    """Python values as JSON; what JSON has no word for is text."""
    try:
        return _encoder.encode(value)
    except ValueError:
        from weft.errors import Invalid

        raise Invalid("a record holds text that is no Unicode") from None
