"""Casts of objects with fields and arrays with items: every part is cast by the contract, none is dropped silently."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from weft.contracts.cast import scalar
from weft.contracts.cell import Cell, Target, impossible
from weft.contracts.column_types import JSON, Type
from weft.contracts.text import either, ident, quoted

if TYPE_CHECKING:
    from weft.model import Property


class Nested(NamedTuple):
    """A value and when it is bad."""

    value: str
    wrong: str
    """SQL over the source's value; TRUE when a value was there that is not exactly one of the contract's."""


def is_nested(prop: Property) -> bool:
    """Whether the property is kept as STRUCT or LIST."""
    return (prop.type == "object" and bool(prop.properties)) or (prop.type == "array" and prop.items is not None)


def reachable(kind: Type, prop: Property) -> bool:
    """Whether any value of a source's type can be one of the property's."""
    if kind.family in ("null", "unknown", "json"):
        return True
    if is_nested(prop):
        return kind.family in ("text", "list" if prop.type == "array" else "struct")
    target = Target(prop)
    return scalar(Cell("raw", "value", kind), target) != impossible(Cell("raw", "value", kind), target)


def nested(cell: Cell, target: Target, depth: int = 0) -> Nested:
    """Cast a value with all its parts.

    Args:
        cell: the source's value; `cell.value` is not used, since parts have no names.
        target: what it is to become.
        depth: how many lists it lies in; names the lambda's variable.
    """
    if not is_nested(target.prop):
        return _leaf(cell, target)
    if cell.type.family == "null":
        return Nested(f"CAST(NULL AS {target.duck})", "FALSE")
    if cell.type.family in ("text", "json", "unknown"):
        cell = _as_json(cell)
    return _list(cell, target, depth) if target.prop.type == "array" else _struct(cell, target, depth)


def _leaf(cell: Cell, target: Target) -> Nested:
    there = f"{_present(cell)} IS NOT NULL"
    cast = scalar(cell, target)
    doubt = scalar(replace(cell, value=f"({cast.value})"), target).doubt
    wrong = f"{there} AND ({cast.value} IS NULL{f' OR ({doubt})' if doubt else ''})"
    return Nested(f"CAST({cast.value} AS {target.duck})", wrong)


def _present(cell: Cell) -> str:
    return f"({cell.raw} ->> '$')" if cell.type.family == "json" else cell.raw


def _as_json(cell: Cell) -> Cell:
    """Text or an unknown expression as JSON; what is no JSON stays as a JSON text, which no object or array is."""
    if cell.type.family == "json":
        return cell
    if cell.type.family == "unknown":
        text = f"CASE WHEN typeof({cell.raw}) = 'VARCHAR' THEN CAST({cell.raw} AS VARCHAR) END"
        return Cell(f"coalesce(try_cast({text} AS JSON), to_json({cell.raw}))", cell.value, JSON)
    return Cell(f"coalesce(try_cast({cell.raw} AS JSON), to_json({cell.raw}))", cell.value, JSON)


def _struct(cell: Cell, target: Target, depth: int) -> Nested:
    fields, there, fits = _fields_of(cell)
    if fields is None:
        return Nested(f"CAST(NULL AS {target.duck})", f"{there} IS NOT NULL")
    values, wrongs = [], []
    for prop in target.prop.properties:
        part = nested(_part(cell, fields, prop), replace(target, prop=prop), depth)
        values.append(f"{ident(prop.name)}: {part.value}")
        wrongs.append(part.wrong)
    value = f"CASE WHEN {there} IS NOT NULL AND {fits} THEN CAST({{{', '.join(values)}}} AS {target.duck}) END"
    return Nested(value, f"{there} IS NOT NULL AND (NOT ({fits}) OR {either(wrongs)})")


def _fields_of(cell: Cell) -> tuple[dict[str, tuple[str, Type]] | None, str, str]:
    """Fields by lower-case name (JSON: none listed), the SQL that is NULL without a value, and what must hold."""
    if cell.type.family == "json":
        return {}, _present(cell), f"json_type({cell.raw}) = 'OBJECT'"
    if cell.type.family == "struct":
        return {name.lower(): (name, inner) for name, inner in cell.type.fields}, cell.raw, "TRUE"
    return None, cell.raw, "FALSE"


def _part(cell: Cell, fields: dict[str, tuple[str, Type]], prop: Property) -> Cell:
    if cell.type.family == "json":
        path = '$."' + prop.source_name.replace('"', '\\"') + '"'
        return Cell(f"json_extract({cell.raw}, {quoted(path)})", "", JSON)
    found = fields.get(prop.source_name.lower()) or fields.get(prop.name.lower())
    if found is None:
        return Cell("NULL", "", Type("", "null"))
    return Cell(f"struct_extract({cell.raw}, {quoted(found[0])})", "", found[1])


def _list(cell: Cell, target: Target, depth: int) -> Nested:
    if cell.type.family == "json":
        raw, there, item = f"try_cast({cell.raw} AS JSON[])", _present(cell), JSON
        fits = f"json_type({cell.raw}) = 'ARRAY'"
    elif cell.type.family == "list" and cell.type.item is not None:
        raw, there, item, fits = cell.raw, cell.raw, cell.type.item, "TRUE"
    else:
        return Nested(f"CAST(NULL AS {target.duck})", f"{cell.raw} IS NOT NULL")
    variable = f"_weft_x{depth}"
    part = nested(Cell(variable, "", item), replace(target, prop=_item(target.prop)), depth + 1)
    value = f"CAST(list_transform({raw}, lambda {variable}: {part.value}) AS {target.duck})"
    wrong = f"NOT ({fits}) OR len(list_filter({raw}, lambda {variable}: {part.wrong})) > 0"
    if fits != "TRUE":
        value = f"CASE WHEN {fits} THEN {value} END"
    return Nested(value, f"{there} IS NOT NULL AND ({wrong})")


def _item(prop: Property) -> Property:
    if prop.items is None:
        raise AssertionError(prop.name)  # is_nested said that it has items
    return prop.items
