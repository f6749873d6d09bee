"""Casts of one value: SQL that gives a typed value, and SQL that tells when it is not exactly what was there.

Nothing is silently cast. Where DuckDB's `try_cast` is more generous than a contract (it rounds 1.5 to 2, reads `1_000`
and `0x1F`, drops the time of a timestamp and the zone of a text), the doubt says so.
"""

from __future__ import annotations

from weft.contracts import numeric, times, words
from weft.contracts.cell import Cast, Cell, Target, Way, impossible
from weft.contracts.column_types import TEXT
from weft.model import Dialect

_WAYS: dict[str, dict[str, Way]] = {
    "integer": numeric.INTEGER,
    "number": numeric.NUMBER,
    "boolean": numeric.BOOLEAN,
    "date": times.DATE,
    "timestamp": times.TIMESTAMP,
    "time": times.TIME,
    "string": words.STRING,
    "object": words.OBJECT,
    "map": words.OBJECT,
    "array": words.ARRAY,
    "vector": words.ARRAY,
}
"""By logical type, then by family of the source's type; `*` is any other one."""


def scalar(cell: Cell, target: Target) -> Cast:
    """Cast a value that is kept as one cell, whatever the source's type.

    JSON is read as its text. An expression whose type only the engine knows is read as its text too, with the source's
    dialect only when it is text: `typeof` is folded when DuckDB binds, so this costs nothing for a row.
    """
    family, ways = cell.type.family, _WAYS[target.prop.type]
    if family == "null":
        return Cast(f"CAST(NULL AS {target.duck})")
    if family == "unknown":
        return _unknown(cell, target)
    if family in ways or family == "text":
        return ways.get(family, impossible)(cell, target)
    if family == "json":
        return scalar(Cell(f"({cell.raw} ->> '$')", cell.value, TEXT), _without_dialect(target))
    if family == "label":
        return scalar(Cell(f"CAST({cell.raw} AS VARCHAR)", cell.value, TEXT), _without_dialect(target))
    return ways.get("*", impossible)(cell, target)


def _unknown(cell: Cell, target: Target) -> Cast:
    # A computed struct or list has no text that could be read back: its JSON is that text.
    raw = f"CASE WHEN {_typeof(cell)} THEN CAST(to_json({cell.raw}) AS VARCHAR) ELSE CAST({cell.raw} AS VARCHAR) END"
    text = Cell(raw, cell.value, TEXT)
    prop = target.prop.model_copy(update={"options": {k: v for k, v in target.prop.options.items() if k != "format"}})
    as_text, as_typed = scalar(text, target), scalar(text, Target(prop, Dialect(timezone=target.dialect.timezone)))
    if as_text == as_typed:
        return as_text
    is_text = f"typeof({cell.raw}) = 'VARCHAR'"
    doubt = f"CASE WHEN {is_text} THEN {as_text.doubt or 'FALSE'} ELSE {as_typed.doubt or 'FALSE'} END"
    return Cast(f"CASE WHEN {is_text} THEN {as_text.value} ELSE {as_typed.value} END", doubt)


def _typeof(cell: Cell) -> str:
    kind = f"typeof({cell.raw})"
    return f"starts_with({kind}, 'STRUCT') OR starts_with({kind}, 'MAP') OR ends_with({kind}, ']')"


def _without_dialect(target: Target) -> Target:
    return Target(target.prop, Dialect(timezone=target.dialect.timezone))
