"""Records of a program to batches: bounded in memory, and cut only where the program said how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from weft.connectors.rest.rows.columns import Columns
from weft.model import ArrowScan, Batch, Dialect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

ROWS = 50_000
"""Rows that are held before they go to a file, and that a batch has at least before one that is not the last."""
BYTES = 32_000_000
"""Bytes of their JSON, likewise."""
PAGE = 2_000
"""Records that are parsed together."""
_DIALECT = Dialect(trim=False, nulls=())


class Gathering(Struct, dict=True):
    """Takes records, gives batches.

    Args:
        scratch: private folder for what does not fit.
        declared: types that the program declares.
        memory: what an earlier read knew of the columns.
    """

    scratch: Path
    declared: pa.Schema | None = None
    memory: Mapping[str, Any] | None = None
    rows: int = 0
    """Rows since the last batch."""
    _page: list[bytes] = field(default_factory=list)
    _raw: list[bytes] = field(default_factory=list)
    _held: int = 0
    _files: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._columns = Columns(self.declared, self.memory)

    def take(self, record: bytes) -> None:
        """Take one record, the JSON of an object on one line."""
        self._page.append(record)
        self.rows += 1
        self._held += len(record)
        if len(self._page) >= PAGE:
            self._parse()
            if self._columns.rows > ROWS + PAGE or self._held > 2 * BYTES:  # nobody makes batches of them
                self._spill()

    @property
    def enough(self) -> bool:
        """Whether a batch should be made as soon as it may."""
        return self.rows >= ROWS or self._held >= BYTES or bool(self._files)

    def batch(self, cursor: Mapping[str, Any], mode: Literal["append", "replace"] = "append") -> Batch:
        """What was taken since the last batch."""
        self._parse()
        if self._files:
            self._spill()
            tables = self._read_back(self._files, self._columns.memory())
            reader = _reader(next(tables), tables)
        else:
            reader = self._columns.flush().to_reader()
        self.rows, self._held, self._raw, self._files = 0, 0, [], []
        told = {**cursor, "columns": self._columns.memory()}
        return Batch(scan=ArrowScan(reader=reader, dialect=_DIALECT), cursor=told, mode=mode)

    def _parse(self) -> None:
        if self._page:
            self._columns.take(self._page)
            self._raw += self._page
            self._page = []

    def _spill(self) -> None:
        """The records go to a file as they came, since later ones may still change what their columns are."""
        if not self._raw:
            return
        path = self.scratch / f"rows-{len(self._files)}.jsonl"
        path.write_bytes(b"\n".join(self._raw))
        self._columns.flush()
        self._files.append(path)
        self._raw, self._held = [], 0

    def _read_back(self, files: list[Path], known: Mapping[str, Any]) -> Iterator[pa.Table]:
        for path in files:
            columns = Columns(self.declared, known)
            lines = path.read_bytes().split(b"\n")
            path.unlink()
            for start in range(0, len(lines), PAGE):
                columns.take(lines[start : start + PAGE])
            yield columns.flush()


def _reader(first: pa.Table, rest: Iterator[pa.Table]) -> pa.RecordBatchReader:
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        yield from first.to_batches()
        for table in rest:
            yield from table.to_batches()

    return pa.RecordBatchReader.from_batches(first.schema, batches())
