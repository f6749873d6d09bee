"""Tokens -> nodes, by recursive descent; names, functions, filters and methods are known or refused here."""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from weft.connectors.rest.expressions import nodes as n
from weft.connectors.rest.expressions.filters import FILTERS
from weft.connectors.rest.expressions.functions import FUNCTIONS, stamped
from weft.connectors.rest.expressions.lexer import Mistake, Token, unquoted
from weft.connectors.rest.expressions.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

NAMES = (
    "config",
    "parameters",
    "response",
    "headers",
    "record",
    "last_record",
    "last_page_size",
    "stream_partition",
    "stream_interval",
    "stream_slice",
    "next_page_token",
    "components_values",
    "property",
    "creation_response",
    "polling_response",
    "download_target",
)
"""What an expression may speak of."""
TESTS = ("none", "defined", "undefined", "string", "number", "mapping", "iterable", "true", "false")
DEEP = 40
"""Levels of nesting."""

_WORDS = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None, "null": None}
_RESERVED = frozenset(("if", "else", "and", "or", "not", "in", "is"))
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class Cursor:
    """A place in the tokens of one expression."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.at]

    def take(self, *values: str) -> Token | None:
        """The next token if it is one of these words or signs."""
        token = self.here
        if token.sort in ("sign", "name") and token.value in values:
            self.at += 1
            return token
        return None

    def next(self) -> Token:
        """The next token."""
        token = self.here
        self.at += token.sort != "end"
        return token

    def need(self, value: str) -> None:
        """Take that sign.

        Raises:
            Mistake: something else stands here.
        """
        if self.take(value) is None:
            raise _unexpected(self.here, f"'{value}'")

    def deeper(self) -> None:
        """One level more.

        Raises:
            Mistake: too many.
        """
        self.depth += 1
        if self.depth > DEEP:
            raise Mistake(f"an expression is nested more than {DEEP} levels deep")


def parse(tokens: Sequence[Token]) -> n.Node:
    """The node of one expression.

    Raises:
        Mistake: it is none, or speaks of something unknown.
    """
    cursor = Cursor(tokens)
    if cursor.here.sort == "end":
        raise Mistake(f"the expression at character {cursor.here.at + 1} is empty")
    node = _choice(cursor)
    if cursor.here.sort != "end":
        raise _unexpected(cursor.here, "an operator or '}}'")
    return node


def _choice(c: Cursor) -> n.Node:
    c.deeper()
    node = _or(c)
    while c.take("if"):
        condition = _or(c)
        node = n.Choice(condition, node, _choice(c) if c.take("else") else n.Literal(None))
    c.depth -= 1
    return node


def _left(c: Cursor, below: Callable[[Cursor], n.Node], *operators: str) -> n.Node:
    """Operators of one rank, from the left."""
    node = below(c)
    while token := c.take(*operators):
        node = n.Binary(token.value, node, below(c))
    return node


def _or(c: Cursor) -> n.Node:
    return _left(c, _and, "or")


def _and(c: Cursor) -> n.Node:
    return _left(c, _not, "and")


def _not(c: Cursor) -> n.Node:
    if not c.take("not"):
        return _comparison(c)
    c.deeper()
    node = n.Unary("not", _not(c))
    c.depth -= 1
    return node


def _comparison(c: Cursor) -> n.Node:
    node = _concat(c)
    while True:
        if token := c.take(*_COMPARISONS, "in"):
            node = n.Binary(token.value, node, _concat(c))
        elif c.take("not"):
            c.need("in")
            node = n.Unary("not", n.Binary("in", node, _concat(c)))
        elif c.take("is"):
            node = _test(c, node)
        else:
            return node


def _test(c: Cursor, node: n.Node) -> n.Node:
    negated = c.take("not") is not None
    token = c.next()
    name = token.value.lower()
    if token.sort != "name" or name not in TESTS:
        raise _unknown("test", token, TESTS)
    return n.Test(node, name, negated)


def _concat(c: Cursor) -> n.Node:
    return _left(c, _sum, "~")


def _sum(c: Cursor) -> n.Node:
    return _left(c, _product, "+", "-")


def _product(c: Cursor) -> n.Node:
    return _left(c, _unary, "*", "/", "//", "%")


def _unary(c: Cursor) -> n.Node:
    token = c.take("-", "+")
    if token is None:
        return _filtered(c)
    c.deeper()
    node = n.Unary(token.value, _unary(c))
    c.depth -= 1
    return node


def _filtered(c: Cursor) -> n.Node:
    node = _postfix(c, _primary(c))
    while c.take("|"):
        token = c.next()
        if token.sort != "name" or token.value not in FILTERS:
            raise _unknown("filter", token, FILTERS)
        arguments, named = _arguments(c) if c.take("(") else ((), ())
        node = _postfix(c, _called("filter", token, (node, *arguments), named))
    return node


def _postfix(c: Cursor, node: n.Node) -> n.Node:
    while True:
        if c.take("."):
            node = _attribute(c, node)
        elif c.take("["):
            node = _index(c, node)
        else:
            return node


def _attribute(c: Cursor, node: n.Node) -> n.Node:
    token = c.next()
    if token.sort == "number" and token.value.isdigit():
        return n.Item(node, n.Literal(int(token.value)))
    if token.sort != "name":
        raise _unexpected(token, "a name")
    _tame(token, token.value)
    if not c.take("("):
        return n.Item(node, n.Literal(token.value))
    if token.value not in METHODS:
        raise _unknown("method", token, METHODS)
    arguments, named = _arguments(c)
    return n.Call("method", token.value, (node, *arguments), named)


def _index(c: Cursor, node: n.Node) -> n.Node:
    start = None if c.here.value == ":" else _choice(c)
    if c.take(":"):
        stop = None if c.here.value == "]" else _choice(c)
        c.need("]")
        return n.Slice(node, start, stop)
    c.need("]")
    if start is None:
        raise _unexpected(c.here, "an index")
    if isinstance(start, n.Literal) and isinstance(start.value, str):
        _tame(c.here, start.value)
    return n.Item(node, start)


def _tame(token: Token, name: str) -> None:
    if name.startswith("__"):
        raise Mistake(f"'{name}' before character {token.at + len(token.value)} is not allowed: no field begins so")


def _arguments(c: Cursor) -> tuple[tuple[n.Node, ...], tuple[tuple[str, n.Node], ...]]:
    found: list[n.Node] = []
    named: list[tuple[str, n.Node]] = []
    while not c.take(")"):
        if found or named:
            c.need(",")
        after = c.tokens[min(c.at + 1, len(c.tokens) - 1)]
        if c.here.sort == "name" and after.sort == "sign" and after.value == "=":
            name = c.next().value
            c.need("=")
            named.append((name, _choice(c)))
        else:
            found.append(_choice(c))
    return tuple(found), tuple(named)


def _primary(c: Cursor) -> n.Node:
    token = c.next()
    if token.sort == "number":
        return n.Literal(float(token.value) if "." in token.value else int(token.value[:400]))
    if token.sort == "text":
        return n.Literal(unquoted(token))
    if token.sort == "name" and token.value not in _RESERVED:
        return _named(c, token)
    opened = _OPENED.get(token.value) if token.sort == "sign" else None
    if opened is None:
        raise _unexpected(token, "a value")
    return opened(c)


def _named(c: Cursor, token: Token) -> n.Node:
    if token.value in _WORDS:
        return n.Literal(_WORDS[token.value])
    if c.take("("):
        if token.value not in FUNCTIONS:
            raise _unknown("function", token, FUNCTIONS)
        arguments, named = _arguments(c)
        return _called("function", token, arguments, named)
    if token.value not in NAMES:
        raise _unknown("name", token, NAMES)
    return n.Name(token.value)


def _called(sort: str, token: Token, arguments: tuple[n.Node, ...], named: tuple[tuple[str, n.Node], ...]) -> n.Call:
    """A function or filter that takes these arguments."""
    does = (FUNCTIONS if sort == "function" else FILTERS)[token.value]
    time = (None,) if sort == "function" and stamped(token.value) else ()
    try:
        _signature(does).bind(*time, *arguments, **dict(named))
    except TypeError as error:
        raise Mistake(f"the arguments of '{token.value}' at character {token.at + 1} do not fit: {error}") from None
    return n.Call(sort, token.value, arguments, named)


_signature = lru_cache(maxsize=None)(inspect.signature)


def _group(c: Cursor) -> n.Node:
    first = _choice(c)
    if c.take(")"):
        return first
    items = [first]
    while not c.take(")"):
        c.need(",")
        items.append(_choice(c))
    return n.Sequence(tuple(items))


def _list(c: Cursor) -> n.Node:
    items: list[n.Node] = []
    while not c.take("]"):
        if items:
            c.need(",")
        items.append(_choice(c))
    return n.Sequence(tuple(items))


def _mapping(c: Cursor) -> n.Node:
    items: list[tuple[n.Node, n.Node]] = []
    while not c.take("}"):
        if items:
            c.need(",")
        key = _choice(c)
        c.need(":")
        items.append((key, _choice(c)))
    return n.Mapping(tuple(items))


_OPENED = {"(": _group, "[": _list, "{": _mapping}


def _unexpected(token: Token, wanted: str) -> Mistake:
    found = "the end" if token.sort == "end" else f"'{token.value}'"
    return Mistake(f"{found} stands at character {token.at + 1}, expected was {wanted}")


def _unknown(what: str, token: Token, known: Iterable[str]) -> Mistake:
    words = sorted(known)
    near = get_close_matches(token.value, words, n=1, cutoff=0.6)
    hint = f", did you mean '{near[0]}'? Known are" if near else ", known are"
    return Mistake(f"'{token.value}' at character {token.at + 1} is no {what}{hint} {', '.join(words)}")
