"""A metric and what is asked of it -> one SELECT; the engine runs it as whoever asks.

Every answer has the same columns: `period` (first day, NULL without a grain), `dimension` ('' = the whole), `part`
(value of that dimension, as text), `value`, `upper` and `lower` (parts of a ratio), `rows` (behind the value), `seen`
(day of the snapshot). A whole and a coarser period are computed from rows, each by its own group, never from parts.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from weft.errors import Invalid
from weft.metrics.periods import start
from weft.model import GRAINS, Noun
from weft.model.metric import Grain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.model import Metric

COLUMNS = ("period", "dimension", "part", "value", "upper", "lower", "rows", "seen")
ROWS = 10_000
"""An answer has at most so many rows; wholes come before parts, newer periods before older ones."""


class Wanted(Noun):
    """What is asked of a metric."""

    today: date
    """Nothing later is counted."""
    grain: Grain | None = None
    """Length of the periods; none = one value over everything since `since`."""
    since: date | None = None
    """First day; none = from the beginning."""
    until: date | None = None
    """Day after the last; none = the day after today."""
    by: tuple[str, ...] = ()
    """Dimensions, each for itself beside the whole."""

    @property
    def last(self) -> date:
        """The last day that is counted."""
        return min(self.today, self.until - timedelta(days=1)) if self.until else self.today


def compile_metric(metric: Metric, known: Mapping[str, Metric], wanted: Wanted) -> str:
    """The SELECT that answers.

    Args:
        metric: a valid one.
        known: all metrics by name, for the inputs of a derived one.
        wanted: what is asked.

    Raises:
        Invalid: a dimension or a grain that the metric does not have; says what it has.
    """
    _fits(metric, wanted)
    order = "dimension <> '', period DESC NULLS LAST, dimension, part"
    inner = _select(metric, known, wanted)
    return f"SELECT {', '.join(COLUMNS)} FROM (\n{inner}\n)\nORDER BY {order}\nLIMIT {ROWS}"


def rows(metric: Metric, wanted: Wanted, seen: date | None = None) -> str:
    """The SELECT that gives the rows behind a value; of a metric with a table.

    Args:
        metric: simple, ratio or as_of.
        wanted: `since` and `until` bound the period, `by` is not looked at.
        seen: as_of: day of the snapshot that the value was computed from.
    """
    conditions = [f"({metric.where})"] if metric.where else []
    if metric.type == "as_of" and seen:
        conditions.append(f"{_day(snapshot(metric))} = {_date(seen)}")
    if metric.time and (metric.type != "as_of" or metric.time != snapshot(metric)):
        conditions += _between(metric.time, wanted)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {table_name(metric.table)}{where}"


def snapshot(metric: Metric) -> str:
    """Column with the day of the snapshot."""
    return metric.snapshot or metric.time


def coarser(metric: Metric) -> tuple[Grain, ...]:
    """Grains that may be asked, the finest first; none without a time."""
    if not (metric.time or metric.type == "derived"):
        return ()
    own = metric.grain or "day"
    # What a quarter's forecast was at its end is no part of what a year's was.
    fixed = metric.type == "as_of" and metric.time != snapshot(metric)
    return (own,) if fixed else GRAINS[GRAINS.index(own) :]


def _fits(metric: Metric, wanted: Wanted) -> None:
    for dimension in wanted.by:
        if dimension not in metric.dimensions:
            has = ", ".join(metric.dimensions) or "none"
            raise Invalid(f"the metric '{metric.name}' has no dimension '{dimension}'", hint=f"It has: {has}.")
    grains = coarser(metric)
    if wanted.grain and wanted.grain not in grains:
        has = ", ".join(grains) or "none: no column dates its rows"
        raise Invalid(f"the metric '{metric.name}' is not told by {wanted.grain}", hint=f"Its grains are: {has}.")


def _select(metric: Metric, known: Mapping[str, Metric], wanted: Wanted) -> str:
    if metric.type == "derived":
        return _derived(metric, known, wanted)
    if metric.type == "as_of":
        return _as_of(metric, wanted)
    period = f"CAST(date_trunc('{wanted.grain}', {name(metric.time)}) AS DATE)" if wanted.grain else ""
    conditions = [f"(\n{metric.where}\n)"] if metric.where else []
    conditions += _between(metric.time, wanted) if metric.time else []
    where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
    return f"{_head(metric, wanted, period)}\nFROM {table_name(metric.table)}{where}\n{_groups(wanted, period)}"


def _as_of(metric: Metric, wanted: Wanted) -> str:
    """Rows of one snapshot for each period: the newest at or before its last day, or its first.

    The snapshots are picked from all rows and filtered then: a filter must not bring an older day back.
    """
    table, day = table_name(metric.table), _day(snapshot(metric))
    days = f"SELECT DISTINCT {day} AS _weft_day FROM {table} WHERE {day} <= {_date(wanted.last)}"
    if wanted.grain is None:
        grid = "SELECT CAST(NULL AS DATE) AS _weft_period, max(_weft_day) AS _weft_day FROM _weft_days"
        period, about = "", ""
    else:
        grid = _grid(metric, wanted.grain, wanted)
        period = "_weft_period"
        own = metric.time != snapshot(metric)
        about = f" AND date_trunc('{wanted.grain}', {name(metric.time)}) = _weft_period" if own else ""
    where = f"\nWHERE (\n{metric.where}\n)" if metric.where else ""
    return (
        f"WITH _weft_days AS ({days}),\n_weft_grid AS ({grid})\n{_head(metric, wanted, period)}\n"
        f"FROM {table} JOIN _weft_grid ON {day} = _weft_day{about}{where}\n{_groups(wanted, period)}"
    )


def _grid(metric: Metric, grain: Grain, wanted: Wanted) -> str:
    first = f"date_trunc('{grain}', (SELECT min(_weft_day) FROM _weft_days))"
    if wanted.since:
        first = _date(start(grain, wanted.since))
    last = start(grain, wanted.last)
    edge = "<= _weft_period" if metric.seen == "start" else f"< _weft_period + INTERVAL 1 {grain}"
    return (
        "SELECT CAST(_weft_period AS DATE) AS _weft_period, max(_weft_day) AS _weft_day\n"
        f"  FROM (SELECT unnest(generate_series({first}, {_date(last)}, INTERVAL 1 {grain})) AS _weft_period)\n"
        f"  JOIN _weft_days ON _weft_day {edge} GROUP BY ALL"
    )


def _derived(metric: Metric, known: Mapping[str, Metric], wanted: Wanted) -> str:
    """Inputs below each other, then side by side: whatever one of them lacks is NULL there."""
    asked, sides = [], []
    for number, (alias, of) in enumerate(metric.inputs.items()):
        inner = _input(known[of], known, wanted)
        asked.append(f"SELECT {number} AS input, period, dimension, part, value, rows, seen FROM (\n{inner}\n)")
        sides.append(f"max(CASE WHEN input = {number} THEN value END) AS {name(alias)}")
    nothing = "CAST(NULL AS DOUBLE)"
    union = "\nUNION ALL\n".join(asked)
    return (
        f"SELECT period, dimension, part,\n  {_double(metric.expression)} AS value, {nothing} AS upper, "
        f"{nothing} AS lower, rows, seen\n"
        f"FROM (SELECT period, dimension, part, {', '.join(sides)}, CAST(sum(rows) AS BIGINT) AS rows, "
        f"max(seen) AS seen\nFROM (\n{union}\n) GROUP BY period, dimension, part)"
    )


def _input(metric: Metric, known: Mapping[str, Metric], wanted: Wanted) -> str:
    _fits(metric, wanted)
    return _select(metric, known, wanted)


def _head(metric: Metric, wanted: Wanted, period: str) -> str:
    upper = lower = "CAST(NULL AS DOUBLE)"
    value = _double(metric.expression)
    if metric.type == "ratio":
        upper, lower = _double(metric.numerator), _double(metric.denominator)
        value = f"{upper} / nullif({lower}, 0)"
    seen = "max(_weft_day)" if metric.type == "as_of" else "CAST(NULL AS DATE)"
    dimension, part = "''", "CAST(NULL AS VARCHAR)"
    if wanted.by:
        dimension = f"CASE {_cases(wanted, _text)} ELSE '' END"
        part = f"CASE {_cases(wanted, lambda by: f'CAST({name(by)} AS VARCHAR)')} END"
    return (
        f"SELECT {period or 'CAST(NULL AS DATE)'} AS period, {dimension} AS dimension, {part} AS part,\n"
        f"  {value} AS value, {upper} AS upper, {lower} AS lower, count(*) AS rows, {seen} AS seen"
    )


def _cases(wanted: Wanted, then: Callable[[str], str]) -> str:
    return " ".join(f"WHEN grouping({name(by)}) = 0 THEN {then(by)}" for by in wanted.by)


def _groups(wanted: Wanted, period: str) -> str:
    whole = [period] if period else []
    sets = [whole, *([*whole, name(by)] for by in wanted.by)]
    listed = ", ".join("(" + ", ".join(one) + ")" for one in sets)
    return f"GROUP BY GROUPING SETS ({listed})"


def _between(column: str, wanted: Wanted) -> list[str]:
    found = [f"{name(column)} >= {_date(wanted.since)}"] if wanted.since else []
    return [*found, f"{name(column)} < {_date(wanted.last + timedelta(days=1))}"]


def _day(column: str) -> str:
    return f"CAST({name(column)} AS DATE)"


def _double(text: str) -> str:
    return f"CAST((\n{text}\n) AS DOUBLE)"


def _date(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """A name, quoted."""
    return '"' + text.replace('"', '""') + '"'


def table_name(table: str) -> str:
    """A table's name, each part quoted: an older major has an @ in it."""
    return ".".join(name(part) for part in table.split("."))
