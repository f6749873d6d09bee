"""Ways to whole numbers, numbers and booleans, by family of the source's type."""

from __future__ import annotations

from weft.contracts.cell import Cast, Cell, Target, Way, exactly
from weft.contracts.column_types import decimal
from weft.contracts.text import quoted

_WHOLE = r"\s*[+-]?\d+(\.0*)?\s*"
_EXACT = 9007199254740992
"""2^53: up to here a DOUBLE holds every whole number."""
_SHORT = 16
"""Characters of a number of at most 15 digits and a point."""


def _number(cell: Cell, target: Target) -> str:
    """A text as SQL writes numbers: without thousands, with a decimal point. NULL when it is not written so."""
    point, thousands, raw = target.dialect.decimal, target.dialect.thousands, cell.raw
    if point == "." and not thousands:
        return raw
    if thousands:
        sep, dot = _class(thousands), _class(point)
        grouped = rf"\s*[+-]?\d{{1,3}}({sep}\d{{3}})*({dot}\d*)?\s*"
        plain = f"replace({raw}, {quoted(thousands)}, '')"
        # Separators must stand where they belong: 1.5 is no 15 where a point parts thousands.
        raw = (
            f"CASE WHEN NOT contains({raw}, {quoted(thousands)}) THEN {raw} "
            f"WHEN regexp_full_match({raw}, {quoted(grouped)}) THEN {plain} END"
        )
    if point == ".":
        return raw
    return f"CASE WHEN NOT contains({raw}, '.') THEN replace({raw}, {quoted(point)}, '.') END"


def _class(char: str) -> str:
    return "[ \u00a0\u202f]" if char.isspace() else f"[{char}]" if char not in "^]\\-" else f"\\{char}"


def _integer_text(cell: Cell, target: Target) -> Cast:
    text = _number(cell, target)
    # A number that prints as it was written is exact; only the others need the regular expression.
    doubt = f"CAST({cell.value} AS VARCHAR) <> {text} AND NOT regexp_full_match({text}, {quoted(_WHOLE)})"
    return Cast(f"try_cast({text} AS BIGINT)", doubt)


def _widened(cell: Cell, target: Target) -> Cast:
    return Cast(cell.raw if cell.type.text == target.duck else f"CAST({cell.raw} AS {target.duck})")


def _tried(cell: Cell, target: Target) -> Cast:
    return Cast(f"try_cast({cell.raw} AS {target.duck})")


def _whole(cell: Cell, target: Target) -> Cast:
    return Cast(f"try_cast({cell.raw} AS {target.duck})", f"{cell.value} <> {cell.raw}")


def _number_text(cell: Cell, target: Target) -> Cast:
    text = _number(cell, target)
    size = decimal(target.prop.physical_type)
    if size is None:
        infinite = f" OR NOT isfinite({cell.value})" if target.plain else _overflown(cell, text)
        return Cast(f"try_cast({text} AS DOUBLE)", f"contains({text}, '_'){infinite}")
    # Decimals of up to 15 digits that differ have DOUBLEs that differ: what is short and exact needs no expression.
    odd = (
        f"CAST({cell.value} AS DOUBLE) <> try_cast({text} AS DOUBLE) "
        f"OR length({text}) > {_SHORT} OR contains({text}, '_')"
    )
    plain = rf"\s*[+-]?\d*(\.\d{{0,{size[1]}}}0*)?\s*"
    return Cast(f"try_cast({text} AS {target.duck})", f"({odd}) AND NOT regexp_full_match({text}, {quoted(plain)})")


def _overflown(cell: Cell, text: str) -> str:
    # Databases write NaN and Infinity for what they hold; 1e400 is a number that does not fit.
    return f" OR (isinf({cell.value}) AND NOT contains(lower({text}), 'inf'))"


def _from_integer(cell: Cell, target: Target) -> Cast:
    if decimal(target.prop.physical_type):
        return _tried(cell, target)
    if cell.type.text.upper() != "BIGINT" and cell.type.family == "integer":
        return _widened(cell, target)
    beyond = f"({cell.raw} > {_EXACT} OR {cell.raw} < -{_EXACT})"
    return Cast(
        f"CAST({cell.raw} AS DOUBLE)", f"{beyond} AND try_cast({cell.value} AS HUGEINT) IS DISTINCT FROM {cell.raw}"
    )


def _from_float(cell: Cell, target: Target) -> Cast:
    if decimal(target.prop.physical_type) is None:
        return _widened(cell, target)
    return Cast(f"try_cast({cell.raw} AS {target.duck})", f"CAST({cell.value} AS {cell.type.text}) <> {cell.raw}")


def _from_decimal(cell: Cell, target: Target) -> Cast:
    if cell.type.text == target.duck:
        return exactly(cell, target)
    there = cell.value if decimal(target.prop.physical_type) else f"CAST({cell.value} AS VARCHAR)"
    back = f"try_cast({there} AS {cell.type.text}) IS DISTINCT FROM {cell.raw}"
    return Cast(f"try_cast({cell.raw} AS {target.duck})", f"{cell.raw} IS NOT NULL AND {back}")


def _from_bit(cell: Cell, _: Target) -> Cast:
    return Cast(f"CASE {cell.raw} WHEN 1 THEN TRUE WHEN 0 THEN FALSE END")


INTEGER: dict[str, Way] = {
    "text": _integer_text,
    "integer": _widened,
    "big": _tried,
    "float": _whole,
    "decimal": _whole,
}
NUMBER: dict[str, Way] = {
    "text": _number_text,
    "integer": _from_integer,
    "big": _from_integer,
    "float": _from_float,
    "decimal": _from_decimal,
}
# try_cast reads true/false, t/f, yes/no, y/n and 1/0 in any case, nothing else.
BOOLEAN: dict[str, Way] = {"text": _tried, "boolean": exactly, "integer": _from_bit}
