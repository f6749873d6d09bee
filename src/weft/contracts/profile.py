"""What the rows of a source look like: one question, compiled with the very casts that a contract would use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from weft.contracts.cast import scalar
from weft.contracts.cell import Cell, Target
from weft.contracts.column_types import parse
from weft.contracts.text import ident
from weft.model import HIDDEN, Dialect, Property

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weft.model import Column
    from weft.model.contract import LogicalType

CANDIDATES: tuple[tuple[LogicalType, str], ...] = (
    ("boolean", ""),
    ("integer", ""),
    ("number", ""),
    ("date", ""),
    ("date", "M/d/yyyy"),
    ("date", "d/M/yyyy"),
    ("date", "d.M.yyyy"),
    ("date", "d-M-yyyy"),
    ("date", "M-d-yyyy"),
    ("date", "yyyyMMdd"),
    ("date", "d MMM yyyy"),
    ("timestamp", ""),
    ("timestamp", "M/d/yyyy H:mm[:ss]"),
    ("timestamp", "M/d/yyyy h:mm[:ss] a"),
    ("timestamp", "d/M/yyyy H:mm[:ss]"),
    ("timestamp", "d.M.yyyy H:mm[:ss]"),
    ("time", ""),
)
"""Logical types and formats that a text column is tried as, the narrowest first."""
LISTED = 12
"""Values of a column that are listed when there are no more."""


class Profile(NamedTuple):
    """What one column's values look like."""

    column: Column
    rows: int
    nulls: int
    distinct: int
    fits: dict[tuple[LogicalType, str], int]
    """Rows whose value is one of a candidate, for text columns."""
    zeros: int
    """Rows that start with a zero and go on with digits: codes, not numbers."""
    digits: int
    """Most digits after the decimal point."""
    negative: int
    """Rows with a number below zero."""
    values: tuple[str, ...]
    """All values, when there are at most 12."""


def profile_sql(columns: Sequence[Column], dialect: Dialect | None = None) -> str:
    """One SELECT over the relation `rows`, which holds these columns as they came from the source.

    Its answer is one row, read by `profiles`.

    Args:
        columns: columns of the source, as the engine describes them.
        dialect: how the source writes numbers and times.
    """
    parts = ["count(*) AS n"]
    for i, column in enumerate(_shown(columns)):
        parts += [f"{sql} AS c{i}_{name}" for name, sql in _aggregates(column, dialect or Dialect())]
    return f"SELECT {', '.join(parts)} FROM {ident('rows')}"


def profiles(columns: Sequence[Column], answer: Mapping[str, Any]) -> tuple[Profile, ...]:
    """Read the one row that `profile_sql` gave."""
    return tuple(_profile(c, f"c{i}", answer) for i, c in enumerate(_shown(columns)))


def _shown(columns: Sequence[Column]) -> list[Column]:
    return [c for c in columns if not c.name.startswith(HIDDEN)]


def _aggregates(column: Column, dialect: Dialect) -> Iterator[tuple[str, str]]:
    raw = ident(column.name)
    text = f"CAST({raw} AS VARCHAR)"
    yield "nulls", f"count_if({raw} IS NULL)"
    yield "distinct", f"count(DISTINCT {text})"
    yield "values", f"list_sort(list_slice(list(DISTINCT {text}) FILTER ({raw} IS NOT NULL), 1, {LISTED + 1}))"
    number = _tried(column, dialect, ("number", ""))
    yield "negative", f"count_if({number[0]} < 0)" if number else "0"
    if parse(column.type).family != "text":
        return
    point = "," if dialect.decimal == "," else "."
    yield "zeros", f"count_if(regexp_matches({raw}, '^0[0-9]+$'))"
    yield (
        "digits",
        f"max(CASE WHEN contains({raw}, '{point}') THEN length({raw}) - strpos({raw}, '{point}') ELSE 0 END)",
    )
    for n, candidate in enumerate(CANDIDATES):
        tried = _tried(column, dialect, candidate)
        if tried:
            value, doubt = tried
            sure = f" AND ({doubt}) IS NOT TRUE" if doubt else ""
            yield f"f{n}", f"count_if({value} IS NOT NULL{sure})"


def _tried(column: Column, dialect: Dialect, candidate: tuple[LogicalType, str]) -> tuple[str, str] | None:
    kind, fmt = candidate
    source = parse(column.type)
    if source.family not in ("text", "integer", "big", "decimal", "float"):
        return None
    target = Target(Property(name="value", type=kind, options={"format": fmt} if fmt else {}), dialect, plain=True)
    cast = scalar(Cell(ident(column.name), "value", source), target)
    return cast.value, scalar(Cell(ident(column.name), f"({cast.value})", source), target).doubt


def _profile(column: Column, prefix: str, answer: Mapping[str, Any]) -> Profile:
    def read(name: str) -> int:
        return int(answer.get(f"{prefix}_{name}") or 0)

    values = tuple(answer.get(f"{prefix}_values") or ())
    return Profile(
        column=column,
        rows=int(answer["n"]),
        nulls=read("nulls"),
        distinct=read("distinct"),
        fits={c: read(f"f{n}") for n, c in enumerate(CANDIDATES)},
        zeros=read("zeros"),
        digits=read("digits"),
        negative=read("negative"),
        values=values if len(values) <= LISTED else (),
    )
