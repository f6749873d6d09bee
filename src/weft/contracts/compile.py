"""A contract compiled to the one SELECT that shapes, casts and checks a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft.contracts.cast import scalar
from weft.contracts.cell import Cell, Target
from weft.contracts.column_types import UNKNOWN, Type, columns, parse
from weft.contracts.nested import is_nested, nested
from weft.contracts.options import Failing, failing
from weft.contracts.shape import check_shape, outputs_of
from weft.contracts.text import either, ident, quoted
from weft.model import HIDDEN, ArrowScan, FileScan, Split, WhyBad

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft.model import Column, Placed, Property, RowCheck, Scan, Table

BITS = 62
"""Reasons that fit into the mask, a BIGINT."""


class _Source(Struct, frozen=True):
    """The rows before they are cast."""

    sql: str
    """SELECT of `_weft_c<i>` (the columns that the contract may take), `_weft_file` and what the raw row needs."""
    columns: tuple[tuple[str, Type], ...]
    """Names and types of `_weft_c<i>`, in order."""
    raw: str
    """SQL of the source row's JSON."""


class _Made(Struct, frozen=True):
    """One column of the contract, compiled."""

    value: str
    failing: tuple[Failing, ...]


def compile_split(placed: Placed, seen: tuple[Column, ...], scan: Scan, checks: tuple[RowCheck, ...] = ()) -> Split:
    """Compile a table's contract for one batch.

    Args:
        placed: the table and how its rows are made.
        seen: columns of the scan as they come.
        scan: where they come from; its dialect says how text is written.
        checks: rules that are decidable on one row.

    Returns:
        The statement with its reasons. A source's value that is not exactly one of the contract's makes the row bad;
        nothing is rounded, cut or guessed. Beyond 62 reasons those of one column share a bit, then those of neighbours.

    Raises:
        Invalid: an option of the contract that cannot be read, or shape SQL that is more than a shape.
    """
    table = placed.table
    source = _shaped(placed, seen, scan) if placed.shape.kind == "shape" else _as_it_comes(seen, scan)
    made = tuple(_make(prop, _find(prop, source, placed), scan) for prop in table.properties)
    reasons, conditions = _reasons(table, made, checks)
    values = "".join(f", {m.value} AS {ident(p.name)}" for p, m in zip(table.properties, made, strict=True))
    names = "".join(f"{ident(p.name)}, " for p in table.properties)
    sql = (
        f"SELECT {names}_weft_file, _weft_why, CASE WHEN _weft_why <> 0 THEN {source.raw} END AS _weft_raw\n"
        f"FROM (SELECT *, {_mask(conditions)} AS _weft_why\n"
        f"FROM (SELECT *{values}\n"
        f"FROM ({source.sql})))"
    )
    relations = {name: relation for check in checks for name, relation in check.relations.items()}
    return Split(sql=sql, columns=columns(table), reasons=reasons, relations=relations, fatal=table.drift == "freeze")


def _as_it_comes(all_seen: Sequence[Column], scan: Scan) -> _Source:
    seen = _visible(all_seen)
    taken = "".join(f"{ident(c.name)} AS _weft_c{i}, " for i, c in enumerate(seen))
    pairs = ", ".join(f"{quoted(c.name)}, {_exact(c, f'_weft_c{i}')}" for i, c in enumerate(seen))
    return _Source(
        sql=f"SELECT {taken}{_file(all_seen, scan)} AS _weft_file FROM _weft_source",
        columns=tuple((c.name, parse(c.type)) for c in seen),
        raw=f"CAST(json_object({pairs}) AS VARCHAR)",
    )


def _shaped(placed: Placed, all_seen: Sequence[Column], scan: Scan) -> _Source:
    seen = _visible(all_seen)
    shape = check_shape(placed.shape.sql)
    types = {c.name.lower(): parse(c.type) for c in seen}
    outputs = outputs_of(shape, [c.name for c in seen])
    listed = "".join(f"{ident(c.name)}, " for c in seen)
    row = ", ".join(f"{quoted(c.name)}: {_exact(c, ident(c.name))}" for c in seen)
    inner = f"SELECT {listed}{{{row}}} AS _weft_row, {_file(all_seen, scan)} AS _weft_file FROM _weft_source"
    # A star takes the hidden columns along by itself.
    hidden = "" if shape.star else ",\n_weft_row, _weft_file"
    where = f"\nWHERE {shape.where}" if shape.where else ""
    projected = f"SELECT {shape.projection}\n{hidden}\nFROM ({inner}) AS {ident(shape.alias)}{where}"
    taken = "".join(f"{ident(o.name)} AS _weft_c{i}, " for i, o in enumerate(outputs))
    return _Source(
        sql=f"SELECT {taken}_weft_row, _weft_file FROM ({projected}\n)",
        columns=tuple((o.name, types.get(o.column.lower(), UNKNOWN) if o.column else UNKNOWN) for o in outputs),
        raw="CAST(to_json(_weft_row) AS VARCHAR)",
    )


def _exact(column: Column, value: str) -> str:
    """A value on its way into the row's JSON: who reads JSON takes 1.10 for a binary number, so a decimal is text."""
    return f"CAST({value} AS VARCHAR)" if column.type.upper().startswith("DECIMAL(") else value


def _visible(seen: Sequence[Column]) -> list[Column]:
    return [c for c in seen if not c.name.startswith(HIDDEN)]


def _file(seen: Sequence[Column], scan: Scan) -> str:
    # Rows of files name theirs; so do rows that come back from quarantine.
    named = isinstance(scan, FileScan) or any(c.name == "_weft_file" for c in seen)
    return "_weft_file" if named else "CAST(NULL AS VARCHAR)"


def _find(prop: Property, source: _Source, placed: Placed) -> tuple[int, Type] | None:
    """The source's column of a property: by physical name, then by name, each exactly and then in any case."""
    names = [prop.source_name, prop.name] if placed.shape.kind in {"columns", "seed"} else [prop.name, prop.source_name]
    return match(names, source.columns)


def match(names: Sequence[str], there: Sequence[tuple[str, Type]]) -> tuple[int, Type] | None:
    """Place and type of the first of these names that is there, exactly or else in another case or padding."""
    plain = [column.strip().lower() for column, _ in there]
    for name in names:
        exact = next((i for i, (column, _) in enumerate(there) if column == name), None)
        if exact is None and name.strip().lower() in plain:
            exact = plain.index(name.strip().lower())
        if exact is not None:
            return exact, there[exact][1]
    return None


def _make(prop: Property, found: tuple[int, Type] | None, scan: Scan) -> _Made:
    raw, kind = (f"_weft_c{found[0]}", found[1]) if found else ("NULL", Type("", "null"))
    plain = scan.format == "csv" if isinstance(scan, FileScan) else isinstance(scan, ArrowScan) and scan.plain
    cell, target = Cell(raw, ident(prop.name), kind), Target(prop, scan.dialect, plain)
    there = f"({raw} ->> '$')" if kind.family == "json" else raw
    if is_nested(prop):
        part = nested(cell, target)
        value, wrong = part.value, part.wrong
    else:
        cast = scalar(cell, target)
        value = cast.value
        wrong = f"{there} IS NOT NULL AND {cell.value} IS NULL" + (f" OR ({cast.doubt})" if cast.doubt else "")
    return _Made(value, tuple(_column_reasons(prop, there, wrong, certain=value == raw and wrong.endswith("IS NULL"))))


def _column_reasons(prop: Property, there: str, wrong: str, *, certain: bool) -> Iterator[Failing]:
    name = prop.name
    if prop.key:
        yield Failing(f"{name}.primaryKey", f"{there} IS NULL", "a value, since it is part of the primary key")
    elif prop.required:
        yield Failing(f"{name}.required", f"{there} IS NULL", "a value")
    if there != "NULL" and not certain:
        yield Failing(f"{name}.type", wrong, _allowed(prop))
    yield from failing(prop, ident(name), name)


def _allowed(prop: Property) -> str:
    fmt = prop.options.get("format")
    return f"{prop.type} in the format {fmt}" if fmt and prop.type in ("date", "timestamp", "time") else prop.type


def _reasons(
    table: Table, made: Sequence[_Made], checks: Sequence[RowCheck]
) -> tuple[tuple[WhyBad, ...], tuple[str, ...]]:
    own = [(p.name, list(m.failing)) for p, m in zip(table.properties, made, strict=True)]
    rules = [(c.column, [Failing(c.rule, c.condition, c.text)]) for c in checks]
    if sum(len(f) for _, f in own) + len(rules) > BITS:
        own = [(column, [_merged(f"{column}.valid", found)] if found else []) for column, found in own]
    found = [(column, f) for column, group in own + rules for f in group]
    while len(found) > BITS:
        found = [_neighbours(found[i : i + 2]) for i in range(0, len(found), 2)]
    reasons = tuple(WhyBad(bit=i, rule=f.rule, column=c, text=f.text) for i, (c, f) in enumerate(found))
    return reasons, tuple(f.condition for _, f in found)


def _merged(rule: str, found: Sequence[Failing]) -> Failing:
    texts = dict.fromkeys(f.text for f in found)
    return Failing(rule, either([f.condition for f in found]), "; ".join(texts))


def _neighbours(pair: Sequence[tuple[str, Failing]]) -> tuple[str, Failing]:
    if len(pair) == 1:
        return pair[0]
    return "", _merged(" or ".join(f.rule for _, f in pair), [f for _, f in pair])


def _mask(conditions: Sequence[str]) -> str:
    if not conditions:
        return "CAST(0 AS BIGINT)"
    bits = " | ".join(f"CASE WHEN {c} THEN {1 << i} ELSE 0 END" for i, c in enumerate(conditions))
    # Most rows are good: they leave after one look at all conditions.
    return f"CAST(CASE WHEN {either(list(conditions))} THEN {bits} ELSE 0 END AS BIGINT)"
