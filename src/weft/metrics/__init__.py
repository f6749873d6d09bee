"""KPIs: a metric and what is asked of it, compiled to one SELECT that is asked under policy like any other."""

from weft.metrics.check import check, check_board
from weft.metrics.compile import COLUMNS, Wanted, coarser, rows, snapshot
from weft.metrics.compile import compile_metric as compile  # noqa: A004 - `metrics.compile` is what it is
from weft.metrics.fragments import adds_up, columns
from weft.metrics.periods import SHOWN, shift, start, steps

__all__ = [
    "COLUMNS",
    "SHOWN",
    "Wanted",
    "adds_up",
    "check",
    "check_board",
    "coarser",
    "columns",
    "compile",
    "rows",
    "shift",
    "snapshot",
    "start",
    "steps",
]
