"""Types: logical ones of a contract as DuckDB writes them, and DuckDB's taken apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from weft.contracts.keywords import KEYWORDS
from weft.contracts.text import ident
from weft.model import Column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Property, Table

INSTANT = "TIMESTAMP WITH TIME ZONE"
_DECIMAL = re.compile(r"\s*(?:decimal|numeric|number)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)
_PLAIN = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": INSTANT,
    # Delta has no time of day; these two are kept as JSON.
    "time": "VARCHAR",
    "map": "VARCHAR",
    "vector": "VARCHAR",
}
_FAMILIES = {
    "text": ("VARCHAR", "TEXT", "STRING", "CHAR", "BPCHAR"),
    "json": ("JSON",),
    "boolean": ("BOOLEAN",),
    "integer": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"),
    "big": ("UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM"),
    "float": ("FLOAT", "DOUBLE", "REAL"),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
    "instant": (INSTANT, "TIMESTAMPTZ"),
    "time": ("TIME", "TIME_NS"),
    "label": ("UUID",),
    "null": ('"NULL"', "NULL"),
}
_BY_NAME = {name: family for family, names in _FAMILIES.items() for name in names}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPENING, _CLOSING = "([", ")]"


def columns(table: Table) -> tuple[Column, ...]:
    """The columns of a table, as the store and the engine keep them, in the contract's order.

    A column may be NULL unless the contract requires it or it is part of the key.
    """
    return tuple(Column(name=p.name, type=duck_type(p), nullable=not (p.required or p.key)) for p in table.properties)


def duck_type(prop: Property) -> str:
    """DuckDB's name of a property's type, as DESCRIBE prints it.

    Objects without fields, arrays without items, maps and vectors are kept as JSON text, times as ISO text.
    """
    if prop.type == "number":
        size = decimal(prop.physical_type)
        return f"DECIMAL({size[0]},{size[1]})" if size else "DOUBLE"
    if prop.type == "object" and prop.properties:
        fields = ", ".join(f"{plain_name(p.name)} {duck_type(p)}" for p in prop.properties)
        return f"STRUCT({fields})"
    if prop.type == "array" and prop.items is not None:
        return f"{duck_type(prop.items)}[]"
    return _PLAIN.get(prop.type, "VARCHAR")


def decimal(physical: str) -> tuple[int, int] | None:
    """Precision and scale that a physical type such as `numeric(12,2)` names; (38, 9) without them, none if no decimal.

    `decimal(12)` has no digits after the point, as in SQL. Oracle's bare `NUMBER` counts as decimal too.
    """
    found = _DECIMAL.fullmatch(physical)
    if found is None:
        return None
    if found[1] is None:
        return 38, 9
    precision = min(max(int(found[1]), 1), 38)
    return precision, min(int(found[2] or 0), precision)


class Type(NamedTuple):
    """A DuckDB type taken apart."""

    text: str
    """As DuckDB writes it."""
    family: str
    """text, json, boolean, integer, big, decimal, float, date, timestamp, instant, time, label, null, struct, list,
    map, other; `unknown` for an expression whose type only the engine knows."""
    fields: tuple[tuple[str, Type], ...] = ()
    """Of a struct, by name in order."""
    item: Type | None = None
    """Element of a list, value of a map."""


UNKNOWN = Type("", "unknown")
TEXT = Type("VARCHAR", "text")
JSON = Type("JSON", "json")


def parse(text: str) -> Type:
    """Take a DuckDB type apart, as DESCRIBE prints it."""
    text = text.strip()
    head = text.partition("(")[0].strip().upper()
    if text.endswith("]"):
        return Type(text, "list", item=parse(text[: text.rindex("[")]))
    if head == "STRUCT":
        return Type(text, "struct", fields=tuple(_fields(text)))
    if head == "MAP":
        value = list(_split(text[text.index("(") + 1 : -1]))[-1]
        return Type(text, "map", item=parse(value))
    if head in ("DECIMAL", "NUMERIC"):
        return Type(text, "decimal")
    if head == "ENUM":
        return Type(text, "label")
    return Type(text, _BY_NAME.get(text.upper(), "other"))


def _fields(text: str) -> Iterator[tuple[str, Type]]:
    if "(" not in text:
        return
    for part in _split(text[text.index("(") + 1 : -1]):
        if part.startswith('"'):
            end = re.match(r'"(?:[^"]|"")*"', part)
            stop = end.end() if end else len(part)
            yield part[1 : stop - 1].replace('""', '"'), parse(part[stop:])
        else:
            name, _, rest = part.partition(" ")
            yield name, parse(rest)


def _split(text: str) -> Iterator[str]:
    """Parts between the commas that stand in no brackets and no quotes."""
    depth, quote, start = 0, "", 0
    for i, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth -= 1
        elif char == "," and not depth:
            yield text[start:i].strip()
            start = i + 1
    if text[start:].strip():
        yield text[start:].strip()


def plain_name(name: str) -> str:
    """A name in SQL as DESCRIBE writes it: quoted unless it is a plain identifier and no word of the grammar."""
    return name if _PLAIN_NAME.fullmatch(name) and name.lower() not in KEYWORDS else ident(name)
