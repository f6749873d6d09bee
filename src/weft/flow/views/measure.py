"""Ask a metric: compiled to one SELECT, asked under policy like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from weft import metrics
from weft.flow.ask import ask

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from weft.flow.views.viewer import Viewer
    from weft.model import Declared, Metric
    from weft.seams import World


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


@dataclass(frozen=True)
class Measured:
    """What a metric was, as somebody may see it."""

    sql: str
    rows: tuple[Row, ...]

    def whole(self) -> Mapping[date | None, Row]:
        """The values of the whole by period."""
        return {row.period: row for row in self.rows if not row.dimension}

    def parts(self, period: date | None) -> list[Row]:
        """The values of the parts in a period."""
        return [row for row in self.rows if row.dimension and row.period == period]


def measure(world: World, known: Declared, metric: Metric, wanted: metrics.Wanted, viewer: Viewer) -> Measured:
    """Ask as the viewer.

    Raises:
        Invalid: a dimension or grain that it does not have, or it fails on what the viewer sees.
        Denied: policy refuses a table.
        Unavailable: a table is not published, or a limit is passed.
    """
    sql = metrics.compile(metric, known.metrics, wanted)
    with ask(world, sql, viewer.actor, viewer.purpose).answer as answer:
        rows = [Row(*row) for batch in answer for row in zip(*batch.to_pydict().values(), strict=True)]
    return Measured(sql, tuple(rows))


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
