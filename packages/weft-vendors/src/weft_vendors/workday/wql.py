"""WQL, parsed and run over records.

`SELECT a, b{c} AS d FROM source (parameters) WHERE ... GROUP BY ... ORDER BY ... LIMIT n`
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft_vendors.core import Row

_TOKEN = re.compile(
    r"\s*(?:('(?:[^']|'')*')|(\"[^\"]*\")|([A-Za-z_][\w.]*)|(-?\d+(?:\.\d+)?)|(<=|>=|!=|<>|[=<>(),{}*]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Unreadable(Exception):
    """A query that WQL does not take; the text says why and where."""


@dataclass(frozen=True)
class Item:
    """One selected column."""

    name: str
    """Of a field, or `*` of `count(*)`."""
    alias: str
    function: str = ""
    inner: tuple[str, ...] = ()
    """Fields of the related object."""


@dataclass
class Query:
    """A parsed query."""

    items: list[Item] = field(default_factory=list)
    source: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    where: Callable[[Row], bool] | None = None
    fields: set[str] = field(default_factory=set)
    """Every field that is named, to be checked against the source."""
    group: list[str] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    limit: int | None = None


def parsed(text: str) -> Query:
    """The query of a text.

    Raises:
        Unreadable: with token and position.
    """
    return _Parser(text).query()


class _Reader:
    """Tokens one after the other."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.made = Query()

    def peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        if not token:
            raise Unreadable("Unexpected end of query")
        self.at += 1
        return token

    def word(self, *wanted: str) -> bool:
        if self.peek().upper() in wanted:
            self.at += 1
            return True
        return False

    def need(self, wanted: str) -> None:
        if not self.word(wanted):
            found, position = self.tokens[self.at] if self.at < len(self.tokens) else ("end of query", 0)
            raise Unreadable(f"Unexpected token '{found}' at position {position}")

    def several(self, one: Callable[[], Any]) -> list[Any]:
        found = [one()]
        while self.word(","):
            found.append(one())
        return found


class _Parser(_Reader):
    # --- clauses

    def query(self) -> Query:
        self.need("SELECT")
        self.made.items = self.several(self.item)
        self.need("FROM")
        self.made.source = self.next()
        if self.word("("):
            self.made.parameters = dict(self.several(self.parameter))
            self.need(")")
        if self.word("WHERE"):
            self.made.where = self.either()
        if self.word("GROUP"):
            self.need("BY")
            self.made.group = self.several(self.next)
        if self.word("ORDER"):
            self.need("BY")
            self.made.order = self.several(self.ordered)
        if self.word("LIMIT"):
            self.made.limit = int(self.next())
        if self.peek():
            self.need("")
        return self.made

    def item(self) -> Item:
        name, function, inner = self.next(), "", ()
        if self.word("("):
            function, name = name.lower(), self.next()
            self.need(")")
        if self.word("{"):
            inner = tuple(self.several(self.next))
            self.need("}")
        alias = self.next() if self.word("AS") else (function or name)
        self.made.fields |= {name} - {"*"}
        return Item(name, alias, function, inner)

    def parameter(self) -> tuple[str, Any]:
        name = self.next()
        self.need("=")
        return name, self.value()

    def ordered(self) -> tuple[str, bool]:
        name = self.next()
        descending = self.word("DESC")
        if not descending:
            self.word("ASC")
        return name, descending

    def value(self) -> Any:
        token = self.next()
        if token[0] == "'":
            return token[1:-1].replace("''", "'")
        if token.lower() in {"true", "false"}:
            return token.lower() == "true"
        return Decimal(token) if re.fullmatch(r"-?\d+(\.\d+)?", token) else token.strip('"')

    # --- conditions

    def either(self) -> Callable[[Row], bool]:
        parts = [self.both()]
        while self.word("OR"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else lambda row: any(p(row) for p in parts)

    def both(self) -> Callable[[Row], bool]:
        parts = [self.one()]
        while self.word("AND"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else lambda row: all(p(row) for p in parts)

    def one(self) -> Callable[[Row], bool]:
        if self.word("("):
            inside = self.either()
            self.need(")")
            return inside
        name = self.next()
        self.made.fields.add(name)
        if self.word("IS"):
            wanted = not self.word("NOT")
            self.need("NULL")
            return lambda row: (row.get(name) is None) == wanted
        if self.word("IN"):
            self.need("(")
            values = self.several(self.value)
            self.need(")")
            return lambda row: _plain(row.get(name)) in values
        operator = self.next()
        if operator not in _COMPARE:
            raise Unreadable(f"Unexpected token '{operator}' at position {self.tokens[self.at - 1][1]}")
        value = self.value()
        return lambda row: _compared(_plain(row.get(name)), operator, value)


def _plain(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and "id" in value else value


def _compared(left: Any, operator: str, right: Any) -> bool:
    if left is None:
        return False
    if isinstance(left, int | float) and not isinstance(left, bool) and isinstance(right, Decimal):
        left = Decimal(repr(left))
    try:
        return _COMPARE[operator](left, right)
    except TypeError as wrong:
        raise Unreadable(f"Invalid value for comparison {operator}") from wrong


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unreadable(f"Unexpected token '{text[at:].split(maxsplit=1)[0]}' at position {at}")
        token = next(g for g in found.groups() if g is not None)
        yield token, found.end() - len(token)
        at = found.end()


def run(query: Query, rows: list[Row]) -> list[Row]:
    """Filtered, grouped and ordered rows; columns are not cut yet unless grouped."""
    if query.where:
        rows = [r for r in rows if query.where(r)]
    if query.group or any(i.function for i in query.items):
        rows = _grouped(query, rows)
    for name, descending in reversed(query.order):
        rows = sorted(rows, key=lambda r: (r.get(name) is None, _key(r.get(name))), reverse=descending)
    return rows if query.limit is None else rows[: query.limit]


def _key(value: Any) -> Any:
    if isinstance(value, dict):
        return str(value.get("descriptor") or value.get("value"))
    return "" if value is None else value


def _grouped(query: Query, rows: list[Row]) -> list[Row]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(repr([row.get(g) for g in query.group]), []).append(row)
    if not groups and not query.group:
        groups[""] = []
    return [{**(inside[0] if inside else {}), **_folded(query, inside)} for inside in groups.values()]


def _folded(query: Query, rows: list[Row]) -> Row:
    folds: dict[str, Callable[[list[Any]], Any]] = {
        "count": len,
        "sum": sum,
        "min": lambda v: min(v, default=None),
        "max": lambda v: max(v, default=None),
    }
    found = {}
    for item in query.items:
        if item.function:
            values = rows if item.name == "*" else [r[item.name] for r in rows if r.get(item.name) is not None]
            if item.function not in folds:
                raise Unreadable(f"Unknown function '{item.function}'")
            found[item.alias] = folds[item.function](values)
    return found


def selected(query: Query, row: Row) -> Row:
    """The columns that were asked for."""
    return {i.alias: row.get(i.alias) if i.function else _inner(i, row.get(i.name)) for i in query.items}


def _inner(item: Item, value: Any) -> Any:
    if not item.inner or not isinstance(value, dict):
        return value
    return {name: value.get(name) for name in item.inner}
