"""Ask metrics: compiled to SQL, asked under policy like any other question."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from weft import metrics
from weft.errors import WeftError
from weft.flow.ask import ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from weft.flow.views.viewer import Sight
    from weft.model import Declared, Metric


class Row(NamedTuple):
    """One value, with what it is of; the columns of `metrics.compile`."""

    period: date | None
    dimension: str
    part: str | None
    value: float | None
    upper: float | None
    lower: float | None
    rows: int
    seen: date | None


class Measured(Struct, frozen=True):
    """What a metric was, as somebody may see it."""

    rows: tuple[Row, ...]

    def whole(self) -> Mapping[date | None, Row]:
        """The values of the whole by period."""
        return {row.period: row for row in self.rows if not row.dimension}

    def parts(self, period: date | None) -> list[Row]:
        """The values of the parts in a period."""
        return [row for row in self.rows if row.dimension and row.period == period]


def measure(sight: Sight, asked: Sequence[tuple[Metric, metrics.Wanted]]) -> list[Measured | WeftError]:
    """Ask metrics as the viewer, in one question; where that fails, each in one of its own, so that it fails alone.

    Args:
        sight: who looks at what.
        asked: metrics and what is asked of each; all that the viewer may not read are better asked alone.

    Returns:
        What came of each, in their order: Denied, Unavailable (not published, a limit) or Invalid is an answer too.
    """
    if len(asked) > 1:
        try:
            return _together(sight, asked)
        except WeftError:
            pass
    return [_alone(sight, one) for one in asked]


def _alone(sight: Sight, one: tuple[Metric, metrics.Wanted]) -> Measured | WeftError:
    try:
        (found,) = _together(sight, [one])
    except WeftError as error:
        return error
    return found


def _together(sight: Sight, asked: Sequence[tuple[Metric, metrics.Wanted]]) -> list[Measured | WeftError]:
    columns = ", ".join(Row._fields)
    texts = [metrics.compile(metric, sight.known.metrics, wanted) for metric, wanted in asked]
    sql = "\nUNION ALL\n".join(f"SELECT {n} AS tile, {columns} FROM (\n{text}\n)" for n, text in enumerate(texts))
    rows: list[list[Row]] = [[] for _ in asked]
    with ask(sight.world, sql, sight.viewer.actor, sight.viewer.purpose).answer as answer:
        for batch in answer:
            for number, *row in zip(*batch.to_pydict().values(), strict=True):
                rows[number].append(_row(row))
    return [Measured(tuple(some)) for some in rows]


def _row(cells: Sequence[Any]) -> Row:
    """A division by zero that a metric does not guard against gives no value."""
    return Row._make(None if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in cells)


def leaves(known: Declared, metric: Metric) -> tuple[Metric, ...]:
    """The metrics with a table that it is computed from, each once; itself when it has one."""
    if metric.type != "derived":
        return (metric,)
    found = {leaf.name: leaf for of in metric.inputs.values() for leaf in leaves(known, known.metrics[of])}
    return tuple(found.values())


def named(metric: Metric) -> frozenset[str]:
    """Columns that a metric with a table names, in lower case."""
    texts = (metric.expression, metric.numerator, metric.denominator, metric.where)
    columns = [column for text in texts if text for column in metrics.columns(text)]
    return frozenset(c.lower() for c in (*columns, metric.time, metric.snapshot, *metric.dimensions) if c)
