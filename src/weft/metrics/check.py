"""What is wrong with metrics and boards beyond names of documents: columns, expressions, cycles, grains."""

from __future__ import annotations

import difflib
from datetime import date
from typing import TYPE_CHECKING

from weft.errors import Invalid
from weft.metrics import fragments
from weft.metrics.compile import Wanted, coarser, compile_metric, snapshot
from weft.model import GRAINS, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weft.model import Board, Declared, Metric, Position

    Locate = Callable[[tuple[str | int, ...]], Position]

_FIELDS = {
    "simple": ("table", "expression"),
    "ratio": ("table", "numerator", "denominator"),
    "as_of": ("table", "expression"),
    "derived": ("inputs", "expression"),
}
_NOT = {
    "simple": ("numerator", "denominator", "inputs", "snapshot"),
    "ratio": ("expression", "inputs", "snapshot"),
    "as_of": ("numerator", "denominator", "inputs"),
    "derived": ("table", "numerator", "denominator", "where", "time", "snapshot"),
}
_TIMES = ("date", "timestamp")
_OUTPUTS = ("period", "dimension", "part", "rows", "seen")


def check(declared: Declared, metric: Metric, locate: Locate, inspect: Callable[[str], object]) -> Iterator[Problem]:
    """Problems of one metric.

    Args:
        declared: the mesh, resolved.
        metric: its table and the metrics that it names are there.
        locate: position of a path in its document.
        inspect: the engine's judge of a statement.
    """
    found = list(_fields(metric, locate)) or list(_pieces(declared, metric, locate)) + list(_sense(metric, locate))
    if metric.type == "derived" and not found:
        found = list(_derived(declared.metrics, metric, locate))
    if not found:
        sql = f"SELECT (\n{metric.expression}\n)"  # of its inputs each is judged for itself
        if metric.type != "derived":
            sql = compile_metric(metric, declared.metrics, _everything(metric))
        try:
            inspect(sql)
        except Invalid as error:
            found.append(Problem(position=locate(()), message=error.message))
    yield from found


def check_board(declared: Declared, board: Board, locate: Locate) -> Iterator[Problem]:
    """Tiles that ask for what their metric does not have; the metrics are there."""
    for number, tile in enumerate(board.tiles):
        metric = declared.metrics.get(tile.metric)
        if metric is None:
            continue
        if tile.by and tile.by not in metric.dimensions:
            yield _unknown(
                f"'{metric.name}' has no dimension '{tile.by}'", metric.dimensions, locate(("tiles", number, "by"))
            )
        if tile.grain:
            try:
                compile_metric(
                    metric, declared.metrics, _everything(metric).model_copy(update={"grain": tile.grain, "by": ()})
                )
            except Invalid as error:
                message = f"{error.message}. {error.hint.rstrip('.')}"
                yield Problem(position=locate(("tiles", number, "grain")), message=message)


def _everything(metric: Metric) -> Wanted:
    """All that may be asked at once; the day does not matter to what is judged."""
    grains = coarser(metric)
    return Wanted(today=date.min, by=metric.dimensions, grain=grains[0] if grains else None)


def _fields(metric: Metric, locate: Locate) -> Iterator[Problem]:
    """What its type needs, and what it has no use for."""
    for field in _FIELDS[metric.type]:
        if not getattr(metric, field):
            yield Problem(position=locate(()), message=f"'{field}' is missing, a metric of type {metric.type} needs it")
    for field in _NOT[metric.type]:
        if getattr(metric, field):
            yield Problem(
                position=locate((field,)), message=f"'{field}' has no meaning for a metric of type {metric.type}"
            )
    if metric.type == "as_of" and not snapshot(metric):
        yield Problem(position=locate(()), message="'snapshot' is missing: the column with the day of the snapshot")


def _pieces(declared: Declared, metric: Metric, locate: Locate) -> Iterator[Problem]:
    """Every piece of SQL, and every column."""
    if metric.type == "derived":
        names, what = tuple(metric.inputs), "it has no input"
    else:
        names = tuple(p.name for p in declared.tables[metric.table].table.properties)
        what = f"{metric.table} has no column"
        yield from _dated(declared, metric, locate)
    for field in ("expression", "numerator", "denominator", "where"):
        if text := getattr(metric, field):
            yield from _piece(metric, field, text, locate)
            yield from _columns(field, text, names, what, locate)
    columns: dict[tuple[str | int, ...], str] = {("time",): metric.time, ("snapshot",): metric.snapshot}
    if metric.type != "derived":
        columns |= {("dimensions", n): column for n, column in enumerate(metric.dimensions)}
    for path, column in columns.items():
        if column and not _has(names, column):
            yield _unknown(f"{what} '{column}'", names, locate(path))


def _dated(declared: Declared, metric: Metric, locate: Locate) -> Iterator[Problem]:
    types = {p.name.lower(): p.type for p in declared.tables[metric.table].table.properties}
    for field in ("time", "snapshot"):
        column = getattr(metric, field)
        kind = types.get(column.lower(), "date")
        if kind not in _TIMES:
            message = f"'{field}' is '{column}', a {kind}; allowed is a date or a timestamp"
            yield Problem(position=locate((field,)), message=message)


def _piece(metric: Metric, field: str, text: str, locate: Locate) -> Iterator[Problem]:
    try:
        found = _misplaced(field == "where" or metric.type == "derived", text)
    except Invalid as error:
        found = error.message
    if found:
        yield Problem(position=locate((field,)), message=f"'{field}': {found}")


def _misplaced(plain: bool, text: str) -> str:  # noqa: FBT001 - one or the other
    """What is wrong with the aggregates of a piece; `plain` ones must have none."""
    if plain:
        return "it holds an aggregate; rows are aggregated elsewhere" if fragments.aggregates(text) else ""
    if bare := fragments.bare(text):
        return f"'{bare[0]}' stands outside of an aggregate such as sum(...)"
    return "" if fragments.aggregates(text) else "it holds no aggregate such as sum(...) or count(*)"


def _columns(field: str, text: str, names: tuple[str, ...], what: str, locate: Locate) -> Iterator[Problem]:
    try:
        found = fragments.columns(text)
    except Invalid:
        return  # told as a piece
    for column in found:
        if not _has(names, column):
            yield _unknown(f"{what} '{column}'", names, locate((field,)))


def _sense(metric: Metric, locate: Locate) -> Iterator[Problem]:
    if metric.additive and (metric.type not in ("simple", "as_of") or not fragments.adds_up(metric.expression)):
        what = "a ratio or something derived" if metric.type in ("ratio", "derived") else f"'{metric.expression}'"
        yield Problem(
            position=locate(("additive",)),
            message=f"'additive' is true, but the parts of {what} do not sum up to the whole; allowed is false",
        )


def _derived(known: Mapping[str, Metric], metric: Metric, locate: Locate) -> Iterator[Problem]:
    cycle = _cycle(known, metric, ())
    if cycle:
        ring = " -> ".join(cycle)
        yield Problem(position=locate(("inputs",)), message=f"'{metric.name}' is computed from itself: {ring}")
        return
    for alias in metric.inputs:
        if alias in _OUTPUTS:
            message = f"an input is named '{alias}', which answers have themselves; allowed is any other name"
            yield Problem(position=locate(("inputs", alias)), message=message)
    for number, dimension in enumerate(metric.dimensions):
        lacking = next((of for of in metric.inputs.values() if dimension not in known[of].dimensions), "")
        if lacking:
            message = f"'{lacking}' has no dimension '{dimension}'; a derived metric has those that all its inputs have"
            yield Problem(position=locate(("dimensions", number)), message=message)
    order = ("", *GRAINS)
    coarsest = max(metric.inputs.values(), key=lambda of: order.index(known[of].grain))
    if order.index(metric.grain) < order.index(known[coarsest].grain):
        said = f"'grain' is {metric.grain}" if metric.grain else "'grain' is missing"
        message = f"{said}, but '{coarsest}' is told by {known[coarsest].grain} at the finest"
        yield Problem(position=locate(("grain",) if metric.grain else ()), message=message)


def _cycle(known: Mapping[str, Metric], metric: Metric, way: tuple[str, ...]) -> tuple[str, ...]:
    if metric.name in way:
        return (*way[way.index(metric.name) :], metric.name)
    for of in metric.inputs.values():
        found = _cycle(known, known[of], (*way, metric.name)) if of in known else ()
        if found:
            return found
    return ()


def _has(names: tuple[str, ...], column: str) -> bool:
    return column.lower() in {name.lower() for name in names}


def _unknown(message: str, names: tuple[str, ...], where: Position) -> Problem:
    name = message.rstrip("'").rpartition("'")[2]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    more = f"; did you mean '{near[0]}'?" if near else f"; it has {', '.join(names[:30]) or 'none'}"
    return Problem(position=where, message=message + more)
