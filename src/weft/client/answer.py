"""The answer of a question, as whatever the caller works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from weft.flow.ask import Asked
    from weft.model import Decision


class Result:
    """Rows that policy lets you see. Read it once, as a whole or batch by batch."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the rows."""
        return self._asked.answer.schema

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What policy decided for each table, with reasons."""
        return self._asked.decisions

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        with self._asked.answer as answer:
            yield from answer

    def to_arrow(self) -> pa.Table:
        """All rows as a pyarrow Table."""
        import pyarrow as pa

        return pa.Table.from_batches(list(self), schema=self.schema)

    def to_pandas(self, **options: Any) -> pd.DataFrame:
        """All rows as a pandas DataFrame (extra `pandas`); options go to `pyarrow.Table.to_pandas`."""
        frame: pd.DataFrame = self.to_arrow().to_pandas(**options)
        return frame

    def to_polars(self) -> pl.DataFrame:
        """All rows as a polars DataFrame (extra `polars`)."""
        import polars as pl

        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a Table never becomes a Series
        return frame

    def to_pylist(self) -> list[dict[str, Any]]:
        """All rows as dictionaries; for small answers."""
        return [row for batch in self for row in batch.to_pylist()]
