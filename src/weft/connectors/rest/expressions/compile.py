"""Nodes -> closures, once. A value that is missing is none, also below none; ordering by none is false."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from weft.connectors.rest.expressions import nodes as n
from weft.connectors.rest.expressions.filters import FILTERS
from weft.connectors.rest.expressions.functions import FUNCTIONS, NOW, stamped, system_time
from weft.connectors.rest.expressions.methods import field, method
from weft.connectors.rest.expressions.words import said

Names: TypeAlias = Mapping[str, Any]
Run: TypeAlias = Callable[[Names], Any]

_LARGE = 1 << 200
_LONG = 10_000_000
"""Characters of a text that an expression makes."""


class Later:
    """A value among the names that is computed when an expression speaks of it."""

    def __init__(self, compute: Callable[[], Any]) -> None:
        self._compute = compute

    @cached_property
    def value(self) -> Any:
        """The value."""
        return self._compute()


def compiled(node: n.Node) -> Run:
    """What computes a node."""
    return _COMPILERS[type(node)](node)


def _literal(node: n.Literal) -> Run:
    value = node.value
    return lambda _: value


def _name(node: n.Name) -> Run:
    name = node.name

    def run(names: Names) -> Any:
        value = names.get(name)
        return value.value if type(value) is Later else value

    return run


def _item(node: n.Item) -> Run:
    of, key = compiled(node.of), compiled(node.key)
    return lambda names: item(of(names), key(names))


def item(of: Any, key: Any) -> Any:
    """`of[key]`; none where there is none."""
    if isinstance(of, Mapping):
        return of.get(key)
    if isinstance(key, int):
        inside = isinstance(of, list | tuple | str) and -len(of) <= key < len(of)
        return of[key] if inside else None
    return field(of, key) if isinstance(key, str) else None


def _slice(node: n.Slice) -> Run:
    of = compiled(node.of)
    start = compiled(node.start) if node.start else None
    stop = compiled(node.stop) if node.stop else None

    def run(names: Names) -> Any:
        value = of(names)
        return value if value is None else value[start(names) if start else None : stop(names) if stop else None]

    return run


def _call(node: n.Call) -> Run:
    arguments = [compiled(a) for a in node.arguments]
    named = [(name, compiled(a)) for name, a in node.named]
    if node.sort == "method":
        return _method(node.name, arguments, named)
    does = FUNCTIONS[node.name] if node.sort == "function" else FILTERS[node.name]
    timed = node.sort == "function" and stamped(node.name)

    def run(names: Names) -> Any:
        time = (names.get(NOW, system_time)(),) if timed else ()
        return _bounded(does(*time, *(a(names) for a in arguments), **{name: a(names) for name, a in named}))

    return run


def _method(name: str, arguments: list[Run], named: list[tuple[str, Run]]) -> Run:
    def run(names: Names) -> Any:
        value, *others = (a(names) for a in arguments)
        if value is None:
            return None
        does = method(value, name)
        if does is None:
            raise TypeError(f"{_type(value)} has no '{name}'")
        return _bounded(does(value, *others, **{key: a(names) for key, a in named}))

    return run


def _unary(node: n.Unary) -> Run:
    value = compiled(node.value)
    if node.operator == "not":
        return lambda names: not value(names)
    return (lambda names: -value(names)) if node.operator == "-" else value


def _binary(node: n.Binary) -> Run:
    left, right, sign = compiled(node.left), compiled(node.right), node.operator
    if sign == "and":
        return lambda names: left(names) and right(names)
    if sign == "or":
        return lambda names: left(names) or right(names)
    does = _OPERATORS[sign]
    return lambda names: does(left(names), right(names))


def _choice(node: n.Choice) -> Run:
    condition, yes, no = compiled(node.condition), compiled(node.yes), compiled(node.no)
    return lambda names: yes(names) if condition(names) else no(names)


def _test(node: n.Test) -> Run:
    value, does, negated = compiled(node.value), _TESTS[node.test], node.negated
    return lambda names: does(value(names)) is not negated


def _sequence(node: n.Sequence) -> Run:
    items = [compiled(i) for i in node.items]
    return lambda names: [i(names) for i in items]


def _mapping(node: n.Mapping) -> Run:
    items = [(compiled(key), compiled(value)) for key, value in node.items]
    return lambda names: {key(names): value(names) for key, value in items}


def _type(value: Any) -> str:
    words = {
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a mapping",
    }
    return "nothing" if value is None else words.get(type(value), f"a {type(value).__name__}")


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONG:
        raise ValueError(f"an expression makes a text of {len(value):,} characters, allowed are {_LONG:,}")
    if isinstance(value, int) and abs(value) > _LARGE:
        raise ValueError("an expression makes a number that is too large")
    return value


def _numeric(does: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        if any(isinstance(v, str | list | tuple | dict) for v in (left, right)):
            raise TypeError(f"{_type(left)} and {_type(right)} cannot be computed with")
        return _bounded(does(left, right))

    return run


def _add(left: Any, right: Any) -> Any:
    if any(isinstance(left, kind) != isinstance(right, kind) for kind in (str, list)):
        raise TypeError(f"{_type(left)} and {_type(right)} cannot be added; '~' joins texts")
    return _bounded(left + right)


def _ordered(does: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: left is not None and right is not None and does(left, right)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": lambda left, right: right is not None and left in right,
    "~": lambda left, right: _bounded(said(left) + said(right)),
    "+": _add,
    "-": _numeric(operator.sub),
    "*": _numeric(operator.mul),
    "/": _numeric(operator.truediv),
    "//": _numeric(operator.floordiv),
    "%": _numeric(operator.mod),
}
_TESTS: dict[str, Callable[[Any], bool]] = {
    "none": lambda v: v is None,
    "defined": lambda v: v is not None,
    "undefined": lambda v: v is None,
    "string": lambda v: isinstance(v, str),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "mapping": lambda v: isinstance(v, Mapping),
    "iterable": lambda v: isinstance(v, list | tuple | str | Mapping),
    "true": lambda v: v is True,
    "false": lambda v: v is False,
}
_COMPILERS: dict[type[Any], Callable[[Any], Run]] = {
    n.Literal: _literal,
    n.Name: _name,
    n.Item: _item,
    n.Slice: _slice,
    n.Call: _call,
    n.Unary: _unary,
    n.Binary: _binary,
    n.Choice: _choice,
    n.Test: _test,
    n.Sequence: _sequence,
    n.Mapping: _mapping,
}
