"""An engine whose tables may lie in buckets: what it is asked about is brought here first.

Workers hold no credentials and reach no network; they are given local files like those of any other table.
"""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from weft.engines.duck.answer import Over
from weft.model import QueryScan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from weft.engines.duck.engine import DuckEngine
    from weft.engines.duck.fetched import Fetched
    from weft.model import Column, DataFile, Governed, Question, Referenced, Relation, Scan, Split, Stamp, Written
    from weft.seams import Answer

_LINGER = 8
"""Answers over masked tables whose files stay a while longer: what was streamed is written to a kept file behind."""


class RemoteEngine:
    """Fulfils `seams.Engine` over another one.

    Args:
        inner: computes.
        fetched: brings files here.
    """

    def __init__(self, inner: DuckEngine, fetched: Fetched) -> None:
        self._inner, self._here = inner, _Here(fetched)

    def describe(self, scan: Scan) -> tuple[Column, ...]:
        """See `seams.Engine`."""
        with self._here.scan(scan) as local:
            return self._inner.describe(local)

    def split(self, scan: Scan, split: Split, stamp: Stamp, good: str, bad: str) -> Written:
        """See `seams.Engine`."""
        with self._here.scan(scan) as local, self._here.relations(split.relations) as relations:
            return self._inner.split(local, split.model_copy(update={"relations": relations}), stamp, good, bad)

    def write(
        self,
        sql: str,
        relations: Mapping[str, Relation],
        into: str,
        *,
        quiet: Sequence[str] = (),
        ordered: bool = False,
    ) -> tuple[DataFile, ...]:
        """See `seams.Engine`."""
        with self._here.relations(relations) as local:
            return self._inner.write(sql, local, into, quiet=quiet, ordered=ordered)

    def query(self, sql: str, relations: Mapping[str, Relation], *, locked: bool = False) -> pa.Table:
        """See `seams.Engine`."""
        with self._here.relations(relations) as local:
            return self._inner.query(sql, local, locked=locked)

    def sample(self, scan: Scan, rows: int, sql: str = "SELECT * FROM rows") -> pa.Table:
        """See `seams.Engine`."""
        with self._here.scan(scan) as local:
            return self._inner.sample(local, rows, sql)

    def inspect(self, sql: str) -> Referenced:
        """See `seams.Engine`."""
        return self._inner.inspect(sql)

    def ask(self, question: Question) -> Answer:
        """See `seams.Engine`."""
        if not any(_remote(g.relation) for g in question.governed):
            return self._inner.ask(question)
        held = ExitStack()
        try:
            named = {name.lower() for name in question.referenced.tables} or {g.name.lower() for g in question.governed}
            wanted = [g for g in question.governed if g.name.lower() in named]
            local = held.enter_context(self._here.governed(wanted))
            answer = self._inner.ask(question.model_copy(update={"governed": local}))
        except BaseException:
            held.close()
            raise
        return _Answer(answer, self._here, held, linger=any(not g.whole for g in wanted))

    def rows(self, governed: Governed) -> pa.RecordBatchReader:
        """See `seams.Engine`."""
        if not _remote(governed.relation):
            return self._inner.rows(governed)
        import pyarrow as pa

        held = ExitStack()
        try:
            (local,) = held.enter_context(self._here.governed([governed]))
            reader = self._inner.rows(local)
        except BaseException:
            held.close()
            raise
        return pa.RecordBatchReader.from_batches(reader.schema, _until_read(reader, held))

    def forget(self, table: str, keep: Sequence[str] = (), *, older_than: float = 0.0) -> int:
        """See `seams.Engine`."""
        return self._inner.forget(table, keep, older_than=older_than)

    def close(self) -> None:
        """See `seams.Engine`."""
        self._inner.close()
        self._here.close()


class _Here:
    """Relations with local files instead of remote ones, as contexts."""

    def __init__(self, fetched: Fetched) -> None:
        self._fetched = fetched
        self._lingering: deque[ExitStack] = deque()

    @contextmanager
    def relations(self, relations: Mapping[str, Relation]) -> Iterator[dict[str, Relation]]:
        urls = [url for relation in relations.values() for url in _remote(relation)]
        paths = self._fetched.hold(urls) if urls else {}
        try:
            yield {name: _with(relation, paths) for name, relation in relations.items()} if paths else dict(relations)
        finally:
            if paths:
                self._fetched.release(paths)

    @contextmanager
    def governed(self, governed: Sequence[Governed]) -> Iterator[tuple[Governed, ...]]:
        with self.relations({str(number): g.relation for number, g in enumerate(governed)}) as local:
            yield tuple(g.model_copy(update={"relation": local[str(n)]}) for n, g in enumerate(governed))

    @contextmanager
    def scan(self, scan: Scan) -> Iterator[Scan]:
        if not isinstance(scan, QueryScan):
            yield scan
            return
        with self.governed(scan.governed) as local:
            yield scan.model_copy(update={"governed": local})

    def linger(self, held: ExitStack) -> None:
        """Let it go when enough others came."""
        self._lingering.append(held)
        while len(self._lingering) > _LINGER:
            self._lingering.popleft().close()

    def close(self) -> None:
        while self._lingering:
            self._lingering.popleft().close()


class _Answer(Over):
    """An answer that lets its files go at its end."""

    def __init__(self, inner: Answer, here: _Here, held: ExitStack, *, linger: bool) -> None:
        super().__init__(inner)
        self._here, self._held, self._linger = here, held, linger

    def close(self) -> None:
        """Stop, and let go of the files."""
        super().close()
        held, self._held = self._held, ExitStack()
        self._here.linger(held) if self._linger else held.close()
        self._linger = False


def _remote(relation: Relation) -> list[str]:
    return [path for path in (*relation.files, *relation.log) if "://" in path]


def _with(relation: Relation, paths: Mapping[str, str]) -> Relation:
    here: dict[str, Any] = {
        "files": tuple(paths.get(path, path) for path in relation.files),
        "log": tuple(paths.get(path, path) for path in relation.log),
    }
    return relation.model_copy(update=here)


def _until_read(reader: pa.RecordBatchReader, held: ExitStack) -> Iterator[pa.RecordBatch]:
    with held:
        yield from reader
