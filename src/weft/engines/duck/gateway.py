"""Questions from end to end: what stands behind each name, the worker that answers, and a second try where it helps."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from weft.engines.duck.answer import Again, Over, Unbound
from weft.engines.duck.feed import Behind
from weft.engines.duck.judge import inspect
from weft.engines.duck.kept import Kept
from weft.engines.duck.pool import Pool
from weft.engines.duck.text import listed, quoted
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weft.engines.duck.answer import WorkerAnswer
    from weft.model import EngineSettings, Governed, Question, Referenced


class Gateway:
    """Answers questions; `DuckEngine` hands them on to it. Safe for threads.

    Args:
        settings: limits and sizes.
        scratch: private temporary folder.
        kept: where files of masked relations are kept between processes.
    """

    def __init__(self, settings: EngineSettings, scratch: Path, kept: Path) -> None:
        self.kept = Kept(kept, scratch, settings)
        self.pool = Pool(settings.workers, scratch)

    def warm(self) -> None:
        """Start the workers now, so that the first question need not wait for them."""
        self.pool.warm()

    def ask(self, question: Question) -> GatewayAnswer:
        """Run a judged statement; see `seams.Engine.ask`. Returns when the first rows are there.

        Raises:
            Invalid: the statement names what the question does not hold, fails on its data.
            Unavailable: a limit was passed, or no worker was free in time.
        """
        referenced = question.referenced if question.referenced.tables else inspect(question.sql)
        named = _named(question, referenced)
        try:
            return self._tries(question, named, referenced)
        except Unbound as error:
            raise Invalid(error.message, hint=error.hint) from None

    def close(self) -> None:
        """End workers and writers."""
        self.pool.close()
        self.kept.close()

    def _tries(self, question: Question, named: Sequence[Governed], referenced: Referenced) -> GatewayAnswer:
        """Streams of the needed columns; all columns where one is not found; files where a stream is read twice."""
        try:
            return self._try(question, named, referenced)
        except Again:
            return self._try(question, named, None)
        except Unbound:
            if referenced.columns is None or all(g.whole for g in named):
                raise
        return self._tries(question, named, referenced.model_copy(update={"columns": None}))

    def _try(self, question: Question, named: Sequence[Governed], referenced: Referenced | None) -> GatewayAnswer:
        """One try; without `referenced` nothing is streamed."""
        behind: list[Behind] = []
        files: list[Path] = []
        try:
            for governed in named:
                self._prepare(governed, referenced, question.limits.seconds, (behind, files))
            answer = self.pool.ask(question, behind)
        except BaseException:
            self._drop(behind, files)
            raise
        later = [g for g, b in zip(named, behind, strict=True) if b.feed]
        return GatewayAnswer(answer, self.kept, files, later)

    def _prepare(
        self,
        governed: Governed,
        referenced: Referenced | None,
        seconds: float,
        into: tuple[list[Behind], list[Path]],
    ) -> None:
        behind, files = into
        domain, product, table = governed.name.split(".")
        name = (domain, product, table)
        if governed.whole:
            from weft.engines.duck.relation import paths, render

            relation = governed.relation
            sql = render(relation, columns=[c.name for c in governed.columns])
            behind.append(Behind(name, sql, paths(relation)))
            return
        path = self.kept.shelf.find(governed)
        if path is None and referenced is not None and referenced.counts.get(governed.name.lower(), 1) == 1:
            behind.append(Behind(name, feed=self.kept.feed(governed, _needed(governed, referenced))))
            return
        path = path or self.kept.make(governed, seconds)
        self.kept.shelf.hold([path])
        files.append(path)
        shown = ", ".join(quoted(c.name) for c in governed.columns)
        sql = f"SELECT {shown} FROM read_parquet({listed([str(path)])}, hive_partitioning = false)"
        behind.append(Behind(name, sql, (str(path),), kept=True))

    def _drop(self, behind: Sequence[Behind], files: Sequence[Path]) -> None:
        for feed in (b.feed for b in behind if b.feed):
            with contextlib.suppress(Exception):
                feed.stop()
        self.kept.shelf.release(files)


class GatewayAnswer(Over):
    """An answer that gives kept files free at its end, and has those written that were streamed."""

    def __init__(self, answer: WorkerAnswer, kept: Kept, files: Sequence[Path], later: Sequence[Governed]) -> None:
        super().__init__(answer)
        self._kept = kept
        self._files: Sequence[Path] = files
        self._later: Sequence[Governed] = later

    def close(self) -> None:
        """Stop; frees the worker."""
        super().close()
        files, self._files = self._files, ()
        later, self._later = self._later, ()
        if files:
            self._kept.shelf.release(files)
        for governed in later:
            self._kept.make_later(governed)


def _named(question: Question, referenced: Referenced) -> list[Governed]:
    """What the statement names, out of what the question holds; a name that is neither is refused alike for all."""
    held = {g.name.lower(): g for g in question.governed}
    for name in referenced.tables:
        if name.lower() not in held:
            raise Invalid(
                f"There is no table '{name}' for this question.", hint="Tables are named domain.product.table."
            )
    return [held[name.lower()] for name in referenced.tables]


def _needed(governed: Governed, referenced: Referenced) -> list[str] | None:
    """Columns that the statement can name; at least one, so that rows can be counted."""
    if referenced.columns is None:
        return None
    names = set(referenced.columns)
    return [c.name for c in governed.columns if c.name.lower() in names] or [governed.columns[0].name]
