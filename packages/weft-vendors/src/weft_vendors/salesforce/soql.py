"""SOQL, as much of it as clients that copy data use.

`SELECT fields | COUNT() | FIELDS(ALL|STANDARD|CUSTOM) FROM object WHERE ... ORDER BY ... LIMIT n OFFSET n`; conditions
with AND, OR (not mixed without parentheses), NOT, comparisons, IN, NOT IN, LIKE. Not here: relationships, grouping,
subqueries, TYPEOF; they are refused as MALFORMED_QUERY or INVALID_FIELD.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*')
    |(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d(?![\dT]))
    |(?P<number>[+-]?\d+(?:\.\d+)?(?![\w.]))
    |(?P<word>[A-Za-z][\w.]*(?::\d+)?)
    |(?P<sign><=|>=|!=|<>|[=<>(),*]))""",
    re.VERBOSE,
)
_SIGNS = {"=", "!=", "<>", "<", "<=", ">", ">=", "LIKE"}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Malformed(Exception):
    """The text is no SOQL; says why."""


@dataclass(frozen=True)
class Literal:
    """A value in a condition."""

    kind: str
    """text, time, date, number, boolean, null, or relative (TODAY, LAST_N_DAYS:3)."""
    value: Any


_WORDS = {"true": Literal("boolean", True), "false": Literal("boolean", False), "null": Literal("null", None)}  # noqa: FBT003


@dataclass(frozen=True)
class Condition:
    """`AND`, `OR` and `NOT` over parts, or one field against one literal or several."""

    sign: str
    parts: tuple[Condition, ...] = ()
    field: str = ""
    values: tuple[Literal, ...] = ()


@dataclass(frozen=True)
class Order:
    """One key of ORDER BY."""

    field: str
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True)
class Soql:
    """A question, parsed."""

    text: str
    fields: tuple[str, ...]
    object: str
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    count: bool = False
    columns: dict[str, int] = field(default_factory=dict)
    """Where in the text a field was named first, from 1."""


def parse(text: str) -> Soql:
    """The question.

    Raises:
        Malformed: it is none.
    """
    tokens, columns = _Tokens(text), dict[str, int]()
    tokens.want("SELECT")
    fields, count = _fields(tokens, columns)
    tokens.want("FROM")
    name = tokens.name()
    where = _conditions(tokens) if tokens.take("WHERE") else None
    order: list[Order] = []
    if tokens.take("ORDER"):
        tokens.want("BY")
        order.append(_order(tokens))
        while tokens.take(","):
            order.append(_order(tokens))
    limit = tokens.integer() if tokens.take("LIMIT") else None
    offset = tokens.integer() if tokens.take("OFFSET") else 0
    if tokens.peek():
        raise Malformed(f"unexpected token: '{tokens.peek()}'")
    return Soql(text, tuple(fields), name, where, tuple(order), limit, offset, count, columns)


class _Tokens:
    """The text in pieces, read from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        self._at = 0
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None:
                raise Malformed(f"unexpected token: '{text[at:].split(maxsplit=1)[0]}'")
            kind = found.lastgroup or ""
            self._tokens.append((kind, found[kind], found.start(kind) + 1))
            at = found.end()

    @property
    def column(self) -> int:
        """Where the next piece stands, from 1."""
        return self._tokens[self._at][2] if self._at < len(self._tokens) else 0

    def peek(self) -> str:
        """The next piece; empty at the end."""
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def next(self) -> tuple[str, str]:
        """Kind and text of the next piece, which is read."""
        if self._at >= len(self._tokens):
            raise Malformed("unexpected token: '<EOF>'")
        self._at += 1
        return self._tokens[self._at - 1][:2]

    def take(self, word: str) -> bool:
        """Whether the next piece is this word; then it is read."""
        found = self.peek().upper() == word
        self._at += found
        return found

    def want(self, word: str) -> None:
        """Reads this word."""
        if not self.take(word):
            raise Malformed(f"unexpected token: '{self.peek() or '<EOF>'}' (expecting {word})")

    def name(self) -> str:
        """Reads a name."""
        kind, text = self.next()
        if kind != "word":
            raise Malformed(f"unexpected token: '{text}'")
        return text

    def integer(self) -> int:
        """Reads a whole number."""
        kind, text = self.next()
        if kind != "number" or not text.isdigit():
            raise Malformed(f"unexpected token: '{text}'")
        return int(text)


def _fields(tokens: _Tokens, columns: dict[str, int]) -> tuple[list[str], bool]:
    fields: list[str] = []
    while True:
        at, name = tokens.column, tokens.name()
        if tokens.take("("):
            if name.upper() == "COUNT" and not fields:
                tokens.want(")")
                return [], True
            if name.upper() != "FIELDS":
                raise Malformed("unexpected token: '('")
            name = f"FIELDS({tokens.name().upper()})"
            tokens.want(")")
        columns.setdefault(name.lower(), at)
        fields.append(name)
        if not tokens.take(","):
            return fields, False


def _conditions(tokens: _Tokens) -> Condition:
    parts, joined = [_condition(tokens)], ""
    while (sign := tokens.peek().upper()) in {"AND", "OR"}:
        if joined and sign != joined:
            raise Malformed(f"unexpected token: '{tokens.peek()}'")
        joined = sign
        tokens.want(sign)
        parts.append(_condition(tokens))
    return Condition(joined, tuple(parts)) if joined else parts[0]


def _condition(tokens: _Tokens) -> Condition:
    if tokens.take("NOT"):
        return Condition("NOT", (_condition(tokens),))
    if tokens.take("("):
        inner = _conditions(tokens)
        tokens.want(")")
        return inner
    name, sign = tokens.name(), tokens.next()[1].upper()
    if sign == "NOT":
        tokens.want("IN")
        return Condition("NOT", (Condition("IN", field=name, values=_list(tokens)),))
    if sign == "IN":
        return Condition("IN", field=name, values=_list(tokens))
    if sign not in _SIGNS:
        raise Malformed(f"unexpected token: '{sign}'")
    return Condition("!=" if sign == "<>" else sign, field=name, values=(_literal(tokens),))


def _list(tokens: _Tokens) -> tuple[Literal, ...]:
    tokens.want("(")
    values = [_literal(tokens)]
    while tokens.take(","):
        values.append(_literal(tokens))
    tokens.want(")")
    return tuple(values)


def _literal(tokens: _Tokens) -> Literal:
    kind, text = tokens.next()
    if kind == "text":
        return Literal(kind, re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1]))
    if kind == "number":
        return Literal(kind, float(text))
    if kind in {"time", "date"}:
        return Literal(kind, text)
    if kind == "word":
        return _WORDS.get(text.lower()) or Literal("relative", text.upper())
    raise Malformed(f"unexpected token: '{text}'")


def _order(tokens: _Tokens) -> Order:
    name = tokens.name()
    descending = tokens.take("DESC")
    if not descending:
        tokens.take("ASC")
    last = descending
    if tokens.take("NULLS"):
        last = tokens.take("LAST")
        if not last:
            tokens.want("FIRST")
    return Order(name, descending, last)
