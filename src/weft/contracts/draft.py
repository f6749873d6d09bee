"""A first contract for a source that has none: every suggestion with the evidence for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft.contracts.column_types import parse
from weft.contracts.profile import CANDIDATES, Profile
from weft.model import Property, Rule, Table
from weft.model.noun import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft.contracts.column_types import Type
    from weft.model.contract import LogicalType

_LOGICAL: dict[str, LogicalType] = {
    "text": "string", "json": "string", "label": "string", "null": "string", "other": "string", "unknown": "string",
    "boolean": "boolean", "integer": "integer", "big": "number", "decimal": "number", "float": "number",
    "date": "date", "timestamp": "timestamp", "instant": "timestamp", "time": "time",
    "struct": "object", "list": "array", "map": "map",
}  # fmt: skip
_MONEY = re.compile(r"price|amount|revenue|cost|charge|total|salary|income|fee|balance|value$", re.IGNORECASE)
_NAMED_KEY = re.compile(r"(^|_)(id|key|uuid|guid|udi|number|code)$")
_ENOUGH = 0.99
"""Share of the values that must fit before a type is suggested; those that do not would be quarantined."""
_FEW = 20
"""Rows for each value, before a closed list is suggested."""
_DIGITS = 6


class Evidence(Noun):
    """Why something is suggested."""

    column: str = ""
    """Property; empty = the table."""
    suggests: str
    """What: a type, the key, a rule's name."""
    text: str
    """One sentence with the counts; values only of closed lists, and never of private columns."""


class Draft(Noun):
    """A table as it could be declared."""

    table: Table
    evidence: tuple[Evidence, ...] = ()


class Hints(Noun):
    """What else is known of a stream."""

    name: str
    """Name of the table to draft."""
    stream: str = ""
    """`source.stream` that feeds it."""
    key: tuple[str, ...] = ()
    """Primary key that the source declares, in its own names."""
    private: tuple[str, ...] = ()
    """Columns with likely personal data, in the source's names: their values are not listed."""
    comments: dict[str, str] = {}
    """Comments of the source, by column."""


def draft(profiles: Sequence[Profile], hints: Hints) -> Draft:
    """Draft a table from what its rows look like.

    Args:
        profiles: what `profiles` read from the answer to `profile_sql`.
        hints: what else is known.

    Returns:
        Types, date formats, key, required and unique columns and rules (of severity warning, so that none of them
        holds anything before somebody has looked at it), each with its evidence.
    """
    names = _names([p.column.name for p in profiles])
    evidence: list[Evidence] = []
    key = _key(profiles, names, hints, evidence)
    properties = tuple(_property(p, names[p.column.name], key, hints, evidence) for p in profiles)
    rules: tuple[Rule, ...] = ()
    if profiles and profiles[0].rows:
        rules = (
            Rule(name="rowCount", metric="rowCount", operator="mustBeGreaterThan", threshold=0, severity="warning"),
        )
        evidence.append(
            Evidence(suggests="rowCount", text=f"there are {profiles[0].rows:,} rows; none would be a fault")
        )
    custom: dict[str, Any] = {"weft.stream": hints.stream} if hints.stream else {}
    table = Table(name=hints.name, properties=properties, quality=rules, custom=custom)
    return Draft(table=table, evidence=tuple(evidence))


def snake(name: str) -> str:
    """A source's name as a column name: `Air temperature [K]` is `air_temperature_k`, `customerID` is `customer_id`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    plain = re.sub(r"[^0-9a-z]+", "_", parted.lower()).strip("_")
    return f"_{plain}" if plain[:1].isdigit() else plain or "column"


def _names(columns: Sequence[str]) -> dict[str, str]:
    taken: dict[str, str] = {}
    for column in columns:
        base = name = snake(column)
        number = 2
        while name in taken.values():
            name, number = f"{base}_{number}", number + 1
        taken[column] = name
    return taken


def _key(profiles: Sequence[Profile], names: dict[str, str], hints: Hints, evidence: list[Evidence]) -> tuple[str, ...]:
    if hints.key:
        evidence.append(
            Evidence(suggests="primaryKey", text=f"the source declares ({', '.join(hints.key)}) as its key")
        )
        return hints.key
    for place, p in enumerate(profiles):
        whole = p.rows > 1 and not p.nulls and p.distinct == p.rows and _logical(p)[0] in ("string", "integer")
        if whole and (_NAMED_KEY.search(names[p.column.name]) or not place):
            text = f"'{p.column.name}' has {p.distinct:,} different values in {p.rows:,} rows, and none is empty"
            evidence.append(Evidence(column=names[p.column.name], suggests="primaryKey", text=text))
            return (p.column.name,)
    return ()


def _property(p: Profile, name: str, key: tuple[str, ...], hints: Hints, evidence: list[Evidence]) -> Property:
    kind, fmt, why = _logical(p)
    source = parse(p.column.type)
    evidence.append(Evidence(column=name, suggests=f"{kind} {fmt}".strip(), text=why))
    place = key.index(p.column.name) + 1 if p.column.name in key else 0
    required = bool(p.rows) and not p.nulls
    if required and not place:
        evidence.append(Evidence(column=name, suggests="required", text=f"none of {p.rows:,} rows is empty"))
    rules = () if place else tuple(_rules(p, name, kind, hints, evidence))
    return Property(
        name=name,
        type=kind,
        physical_name="" if name == p.column.name else p.column.name,
        physical_type=_physical(p, kind, source),
        options={"format": fmt} if fmt else {},
        required=required,
        key=place,
        description=hints.comments.get(p.column.name, ""),
        items=_item(source),
        properties=_fields(source),
        quality=rules,
    )


def _logical(p: Profile) -> tuple[LogicalType, str, str]:
    """Logical type, format, and why."""
    family = parse(p.column.type).family
    if family != "text":
        return _LOGICAL[family], "", f"the source's type is {p.column.type}"
    there = p.rows - p.nulls
    if not there:
        return "string", "", "no row has a value, so nothing tells its type"
    for candidate in _ordered(p):
        fits = p.fits.get(candidate, 0)
        if fits >= _ENOUGH * there and not _excluded(p, candidate[0]):
            written = f" in the format {candidate[1]}" if candidate[1] else ""
            rest = f"; {there - fits:,} do not and would be quarantined" if fits < there else ""
            return *candidate, f"{fits:,} of {there:,} values are of type {candidate[0]}{written}{rest}"
    codes = f", {p.zeros:,} of them digits after a zero" if p.zeros else ""
    return "string", "", f"{there:,} values{codes}, {p.distinct:,} different ones, fit no narrower type"


def _ordered(p: Profile) -> list[tuple[LogicalType, str]]:
    """Candidates by how many values fit; of those that fit alike the narrower first."""
    kinds = ("boolean", "integer", "number", "date", "timestamp", "time")
    return sorted(CANDIDATES, key=lambda c: (kinds.index(c[0]), -p.fits.get(c, 0)))


def _excluded(p: Profile, kind: LogicalType) -> bool:
    """0 and 1 are numbers before they are booleans; digits after a zero are a code."""
    if kind == "boolean":
        return p.fits.get(("integer", ""), 0) > 0
    return kind in ("integer", "number") and p.zeros > 0


def _physical(p: Profile, kind: LogicalType, source: Type) -> str:
    if kind != "number":
        return ""
    if source.family == "decimal":
        return source.text.lower()
    if source.family == "big":
        return "decimal(38,0)"
    exact = source.family == "text" and 0 < p.digits <= _DIGITS and _MONEY.search(p.column.name)
    return f"decimal(18,{max(p.digits, 2)})" if exact else ""


def _fields(source: Type) -> tuple[Property, ...]:
    return tuple(_inner(name, kind) for name, kind in source.fields)


def _item(source: Type) -> Property | None:
    return _inner("items", source.item) if source.item is not None else None


def _inner(name: str, source: Type) -> Property:
    return Property(name=name, type=_LOGICAL[source.family], properties=_fields(source), items=_item(source))


def _rules(p: Profile, name: str, kind: LogicalType, hints: Hints, evidence: list[Evidence]) -> Iterator[Rule]:
    private = p.column.name in hints.private
    if kind == "string" and p.values and not private and p.rows >= _FEW * len(p.values):
        listed = ", ".join(p.values)
        text = f"{p.rows - p.nulls:,} values are one of {len(p.values)}: {listed}"
        evidence.append(Evidence(column=name, suggests=f"{name}.invalidValues", text=text))
        yield _rule(name, {"validValues": list(p.values)})
    if kind in ("integer", "number") and p.rows > p.nulls and not p.negative:
        text = f"none of {p.rows - p.nulls:,} values is below zero"
        evidence.append(Evidence(column=name, suggests=f"{name}.invalidValues", text=text))
        yield _rule(name, {"validMin": 0})


def _rule(column: str, arguments: dict[str, Any]) -> Rule:
    return Rule(
        name=f"{column}.invalidValues",
        metric="invalidValues",
        column=column,
        operator="mustBe",
        threshold=0,
        arguments=arguments,
        severity="warning",
    )
