"""The embedded engine: DuckDB, opened anew for each piece of trusted work, in worker processes for questions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from weft.engines.duck import landing, trusted
from weft.engines.duck import scan as scans
from weft.engines.duck.shelf import Shelf
from weft.engines.duck.trusted import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from weft.engines.duck.gateway import Gateway
    from weft.model import (
        Column,
        DataFile,
        EngineSettings,
        Governed,
        Question,
        Referenced,
        Relation,
        Scan,
        Split,
        Stamp,
        Written,
    )
    from weft.seams import Answer


class DuckEngine:
    """Fulfils `seams.Engine` on one machine.

    Args:
        settings: limits and sizes.
        scratch: private temporary folder.
        kept: where files of masked relations are kept between processes.
    """

    def __init__(self, settings: EngineSettings, scratch: Path, kept: Path) -> None:
        self._settings = settings
        self._scratch = scratch
        self._folder = kept

        def keep(governed: Governed) -> Path:
            return self._gateway.kept.make(governed)  # the gateway is made when it is first needed

        self._desk = Desk(scratch / "trusted", settings.landing_memory, settings.threads, keep)

    def describe(self, scan: Scan) -> tuple[Column, ...]:
        """Columns of a scan as they come; see `seams.Engine`."""
        return scans.described(self._desk, scan)

    def split(self, scan: Scan, split: Split, stamp: Stamp, good: str, bad: str) -> Written:
        """Shape, cast, check and write in one pass; see `seams.Engine`."""
        return landing.split(self._desk, landing.Landing(scan, split, stamp), good, bad)

    def write(
        self,
        sql: str,
        relations: Mapping[str, Relation],
        into: str,
        *,
        quiet: Sequence[str] = (),
        ordered: bool = False,
    ) -> tuple[DataFile, ...]:
        """Trusted copy to Parquet files; those without rows are left out. See `seams.Engine`."""
        return landing.write(self._desk, sql, relations, landing.Into(into, tuple(quiet), ordered=ordered))

    def query(self, sql: str, relations: Mapping[str, Relation], *, locked: bool = False) -> pa.Table:
        """Small trusted read; see `seams.Engine`."""
        return trusted.query(self._desk, sql, relations, locked=locked)

    def sample(self, scan: Scan, rows: int, sql: str = "SELECT * FROM rows") -> pa.Table:
        """The first rows of a scan; see `seams.Engine`."""
        with self._desk.open() as session:
            return scans.sample(session, scan, rows, sql)

    def inspect(self, sql: str) -> Referenced:
        """Judge one statement; see `seams.Engine`."""
        from weft.engines.duck.judge import inspect

        return inspect(sql)

    def ask(self, question: Question) -> Answer:
        """Run a judged statement in a worker; see `seams.Engine`."""
        return self._gateway.ask(question)

    def rows(self, governed: Governed) -> pa.RecordBatchReader:
        """Governed rows computed on the trusted side; see `seams.Engine`."""
        return trusted.rows(self._desk, governed)

    def forget(self, table: str, keep: Sequence[str] = (), *, older_than: float = 0.0) -> int:
        """Delete kept files of a table; see `seams.Engine`."""
        return Shelf(self._folder, self._settings.kept).forget(table, keep, older_than)

    def close(self) -> None:
        """End what was kept or started."""
        self._desk.close()
        if "_gateway" in self.__dict__:
            self._gateway.close()

    @cached_property
    def _gateway(self) -> Gateway:
        from weft.engines.duck.gateway import Gateway

        return Gateway(self._settings, self._scratch, self._folder)
