"""The engine: everything that touches rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    import pyarrow as pa

    from weft.model import (
        Column,
        DataFile,
        Governed,
        Question,
        Referenced,
        Relation,
        Scan,
        Split,
        Stamp,
        Written,
    )


class Answer(Protocol):
    """Rows of an answer, streamed; a context manager that frees the worker."""

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the rows."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches as they come.

        Raises:
            Unavailable: a limit on time, memory, rows or bytes was passed; says which and how high it is.
            Invalid: the statement failed on the data it saw (a cast, a division); the message holds no value.
        """

    def close(self) -> None:
        """Stop; nothing more is computed."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Engine(Protocol):
    """One machine's or one cluster's way to compute. Statements of people pass `inspect` first."""

    def describe(self, scan: Scan) -> tuple[Column, ...]:
        """Columns of a scan as they come (CSV: all VARCHAR), before shaping. Does not consume an ArrowScan.

        Raises:
            Invalid: a file that is not what it claims to be (names file and line, not the value).
        """

    def split(self, scan: Scan, split: Split, stamp: Stamp, good: str, bad: str) -> Written:
        """Shape, cast, check and write in one pass: good rows to Parquet files in folder `good`, bad ones in `bad`.

        Good files hold `split.columns`, then `_weft_file` when the stamp says so, and for a log also
        `_weft_run, _weft_seq, _weft_op, _weft_at`. Memory does not grow with the rows.
        """

    def write(
        self,
        sql: str,
        relations: Mapping[str, Relation],
        into: str,
        *,
        quiet: Sequence[str] = (),
        ordered: bool = False,
    ) -> tuple[DataFile, ...]:
        """Trusted copy: what our own SQL over those relations gives, as Parquet files (fold, compaction, deletes)."""

    def query(self, sql: str, relations: Mapping[str, Relation], *, locked: bool = False) -> pa.Table:
        """Small trusted read (counts of rules). `locked`: it holds an owner's text, run it under the locks."""

    def sample(self, scan: Scan, rows: int, sql: str = "SELECT * FROM rows") -> pa.Table:
        """The first rows of a scan, or what our own SQL over them (`rows`) gives: previews and profiles."""

    def inspect(self, sql: str) -> Referenced:
        """Judge one statement by the engine's own parser: exactly one SELECT, allowed nodes and functions only.

        Raises:
            Invalid: says what was found and what is allowed.
        """

    def ask(self, question: Question) -> Answer:
        """Run a judged statement in a locked worker that holds nothing but the governed relations."""

    def rows(self, governed: Governed) -> pa.RecordBatchReader:
        """Governed rows computed on the trusted side (a derived table's inputs)."""

    def forget(self, table: str, keep: Sequence[str] = (), *, older_than: float = 0.0) -> int:
        """Delete what is kept of a table's governed rows between questions; returns how many files went.

        Args:
            table: its key, `domain.product.table@major`.
            keep: starts of `Governed.key` whose files stay: those of publications.
            older_than: files that a question used within so many seconds stay as well.
        """

    def close(self) -> None:
        """End the workers."""
