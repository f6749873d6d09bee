"""What a JSON Schema keyword asks of one value, and how faults are collected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Path: TypeAlias = tuple[str | int, ...]


class Fault(Struct, frozen=True):
    """One place where a value does not fit."""

    path: Path
    keyword: str
    """type, enum, const, required, unknown, minimum, maximum, pattern, size, unique, one, not."""
    found: Any = None
    allowed: tuple[Any, ...] = ()


class Seen(Struct):
    """What a check has found so far: faults, and the keys of the value that some subschema looked at."""

    path: Path = ()
    faults: list[Fault] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def below(self, step: str | int) -> Seen:
        """For a part of the value: the same list of faults, keys of its own."""
        return Seen((*self.path, step), self.faults)

    def apart(self) -> Seen:
        """For a trial on the same value: faults and keys of its own."""
        return Seen(self.path)

    def add(self, keyword: str, found: Any = None, allowed: Iterable[Any] = (), *, at: Path = ()) -> None:
        """Note a fault."""
        self.faults.append(Fault(self.path + at, keyword, found, tuple(allowed)))


Check: TypeAlias = "Callable[[Any, Seen], None]"

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "integer": lambda v: (isinstance(v, int) and not isinstance(v, bool)) or (isinstance(v, float) and v.is_integer()),
}


def nothing(_value: Any, _seen: Seen) -> None:
    """Asks nothing."""


def together(checks: list[Check]) -> Check:
    """Asks all of it."""

    def run(value: Any, seen: Seen) -> None:
        for check in checks:
            check(value, seen)

    return run


def same(one: Any, other: Any) -> bool:
    """Equality of JSON: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def _type(given: str | list[str]) -> Check:
    names = [given] if isinstance(given, str) else given
    tests = [_TYPES[name] for name in names]
    if len(tests) == 1:
        test = tests[0]
        return lambda value, seen: None if test(value) else seen.add("type", value, names)
    return lambda value, seen: None if any(test(value) for test in tests) else seen.add("type", value, names)


def _enum(given: list[Any]) -> Check:
    if all(isinstance(word, str) for word in given):
        words = frozenset(given)
        return lambda value, seen: None if value.__class__ is str and value in words else seen.add("enum", value, given)
    return lambda value, seen: None if any(same(value, w) for w in given) else seen.add("enum", value, given)


def _required(given: list[str]) -> Check:
    def run(value: Any, seen: Seen) -> None:
        if isinstance(value, dict):
            for key in given:
                if key not in value:
                    seen.add("required", key)

    return run


def _bound(bound: float, keyword: str, holds: Callable[[Any], bool]) -> Check:
    number = _TYPES["number"]
    return lambda value, seen: seen.add(keyword, value, [bound]) if number(value) and not holds(value) else None


def _size(size: int, word: str, holds: Callable[[Any], bool]) -> Check:
    return lambda v, seen: seen.add("size", len(v), [word, size]) if isinstance(v, list) and not holds(v) else None


def _unique(value: Any, seen: Seen) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if any(same(item, earlier) for earlier in value[:index]):
                seen.add("unique", item, at=(index,))
                return


def _pattern(given: str) -> Check:
    search = re.compile(given).search
    return lambda v, seen: seen.add("pattern", v, [given]) if isinstance(v, str) and not search(v) else None


def unevaluated(known: tuple[str, ...]) -> Check:
    """Refuses keys that no other check looked at; `known` ones are suggested."""

    def run(value: Any, seen: Seen) -> None:
        if isinstance(value, dict):
            for key in value:
                if key not in seen.keys:
                    seen.add("unknown", key, known, at=(key,))

    return run


KEYWORDS: dict[str, Callable[[Any], Check | None]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda value: _enum([value]),
    "required": _required,
    "minimum": lambda bound: _bound(bound, "minimum", lambda v: v >= bound),
    "maximum": lambda bound: _bound(bound, "maximum", lambda v: v <= bound),
    "exclusiveMinimum": lambda bound: _bound(bound, "above", lambda v: v > bound),
    "exclusiveMaximum": lambda bound: _bound(bound, "below", lambda v: v < bound),
    "minItems": lambda n: _size(n, "at least", lambda v: len(v) >= n),
    "maxItems": lambda n: _size(n, "at most", lambda v: len(v) <= n),
    "uniqueItems": lambda on: _unique if on else None,
    "pattern": _pattern,
}
"""Keywords that stand for themselves: what was given -> the check."""
