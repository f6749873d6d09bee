"""The answer of a question, as whatever the caller works with."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from weft.flow.ask import Asked
    from weft.model import Decision


class Result:
    """Rows that policy lets you see: as a whole, as often as you like, or batch by batch, once."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._begun = False
        self._table: pa.Table | None = None
        # An answer that nobody reads to its end would keep a worker busy until its time is up.
        weakref.finalize(self, asked.answer.close)

    def __repr__(self) -> str:
        return f"<weft.Result of {', '.join(f'{f.name}: {f.type}' for f in self.schema)}>"

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the rows."""
        return self._asked.answer.schema

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What policy decided for each table, with reasons."""
        return self._asked.decisions

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The rows batch by batch, as they come; they are not kept.

        Raises:
            weft.errors.Invalid: they were read batch by batch before.
        """
        if self._table is not None:
            yield from self._table.to_batches()
            return
        if self._begun:
            raise Invalid(
                "the rows of this answer were read before and are not kept",
                hint="Ask again, or take them as a whole: to_arrow() keeps them.",
            )
        self._begun = True
        with self._asked.answer as answer:
            yield from answer

    def to_arrow(self) -> pa.Table:
        """All rows as a pyarrow Table."""
        import pyarrow as pa

        if self._table is None:
            self._table = pa.Table.from_batches(list(self), schema=self.schema)
        return self._table

    def to_pandas(self, **options: Any) -> pd.DataFrame:
        """All rows as a pandas DataFrame (extra `pandas`); options go to `pyarrow.Table.to_pandas`."""
        _needed("pandas")
        frame: pd.DataFrame = self.to_arrow().to_pandas(**options)
        return frame

    def to_polars(self) -> pl.DataFrame:
        """All rows as a polars DataFrame (extra `polars`)."""
        frame: pl.DataFrame = _needed("polars").from_arrow(self.to_arrow())
        return frame

    def to_pylist(self) -> list[dict[str, Any]]:
        """All rows as dictionaries; for small answers."""
        return [row for batch in self.to_arrow().to_batches() for row in batch.to_pylist()]


def _needed(extra: str) -> Any:
    """A library that only some need.

    Raises:
        Unavailable: it is not installed; says how to get it.
    """
    import importlib

    try:
        return importlib.import_module(extra)
    except ImportError:
        raise Unavailable(f"{extra} is not installed", hint=f"pip install 'weft[{extra}]'") from None
