"""JSON Schema (draft 2019-09, the keywords that ODCS uses) compiled to functions.

The reference validator needs 2 to 10 ms for each kilobyte of a contract, which is too slow for a mesh of hundreds; this
one is tested to judge the same. It collects faults: where, what was found, what was allowed. `format` is an annotation,
as the draft has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One place where a value does not fit."""

    path: Path
    keyword: str
    """type, enum, const, required, unknown, minimum, maximum, pattern, size, unique, one, not."""
    found: Any = None
    allowed: tuple[Any, ...] = ()


@dataclass
class Seen:
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


class Rules:
    """A compiled schema.

    Args:
        schema: the JSON Schema; references are of the form `#/$defs/Name`.

    Raises:
        NotImplementedError: for a keyword that this compiler does not know, so that none is passed over.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._compiled: dict[str, Check] = {}
        self._makers: dict[str, Callable[[Any, Mapping[str, Any]], Check | None]] = {
            "type": _type,
            "enum": _enum,
            "const": lambda value, _: _enum([value], {}),
            "required": _required,
            "minimum": lambda bound, _: _bound(bound, "minimum", lambda v: v >= bound),
            "maximum": lambda bound, _: _bound(bound, "maximum", lambda v: v <= bound),
            "exclusiveMinimum": lambda bound, _: _bound(bound, "above", lambda v: v > bound),
            "exclusiveMaximum": lambda bound, _: _bound(bound, "below", lambda v: v < bound),
            "minItems": lambda n, _: _size(n, "at least", lambda v: len(v) >= n),
            "maxItems": lambda n, _: _size(n, "at most", lambda v: len(v) <= n),
            "uniqueItems": lambda on, _: _unique if on else None,
            "pattern": _pattern,
            "items": self._items,
            "properties": self._properties,
            "additionalProperties": self._additional,
            "$ref": lambda ref, _: self._ref(ref),
            "allOf": self._all,
            "anyOf": self._any,
            "oneOf": self._one,
            "not": self._not,
            "if": self._if,
            "then": lambda *_: None,
            "unevaluatedProperties": lambda *_: None,  # comes last, see `_compile`
            **dict.fromkeys(_ANNOTATIONS, lambda *_: None),
        }
        self._root = self._compile(schema)

    def faults(self, value: Any) -> list[Fault]:
        """All faults of a value, in the order of the schema; empty when it fits."""
        seen = Seen()
        self._root(value, seen)
        return seen.faults

    def _compile(self, schema: Any) -> Check:
        if schema is True:
            return _nothing
        if schema is False:
            return lambda value, seen: seen.add("unknown", value)
        checks = [made for keyword, given in schema.items() if (made := self._make(keyword, given, schema))]
        if schema.get("unevaluatedProperties") is False:
            checks.append(_unevaluated(tuple(dict.fromkeys(self._known(schema)))))
        if len(checks) < 2:  # noqa: PLR2004 - nothing to combine
            return checks[0] if checks else _nothing
        return _together(checks)

    def _make(self, keyword: str, given: Any, schema: Mapping[str, Any]) -> Check | None:
        maker = self._makers.get(keyword)
        if maker is None:
            raise NotImplementedError(f"JSON Schema keyword {keyword!r}")
        return maker(given, schema)

    def _ref(self, ref: str) -> Check:
        if ref not in self._compiled:
            # Recursive schemas meet themselves while they are compiled: look up at run time.
            self._compiled[ref] = _nothing
            self._compiled[ref] = self._compile(self._target(ref))

        def run(value: Any, seen: Seen) -> None:
            self._compiled[ref](value, seen)

        return run

    def _target(self, ref: str) -> Any:
        target: Any = self._schema
        for step in ref.removeprefix("#/").split("/"):
            target = target[step]
        return target

    def _known(self, schema: Any) -> Iterator[str]:
        """Keys that some part of a schema names for the value itself; for suggestions."""
        if not isinstance(schema, dict):
            return
        yield from schema.get("properties", ())
        if "$ref" in schema:
            yield from self._known(self._target(schema["$ref"]))
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ()), schema.get("then")):
            yield from self._known(part)

    def _properties(self, given: Mapping[str, Any], _: Mapping[str, Any]) -> Check:
        checks = {key: self._compile(sub) for key, sub in given.items()}

        def run(value: Any, seen: Seen) -> None:
            if isinstance(value, dict):
                for key in value:
                    check = checks.get(key)
                    if check is not None:
                        seen.keys.add(key)
                        check(value[key], seen.below(key))

        return run

    def _additional(self, given: Any, schema: Mapping[str, Any]) -> Check:
        known = tuple(schema.get("properties", {}))
        check = None if given is False else self._compile(given)

        def run(value: Any, seen: Seen) -> None:
            if not isinstance(value, dict):
                return
            for key in value:
                if key not in known:
                    seen.keys.add(key)
                    if check is None:
                        seen.add("unknown", key, known, at=(key,))
                    else:
                        check(value[key], seen.below(key))

        return run

    def _items(self, given: Any, _: Mapping[str, Any]) -> Check:
        check = self._compile(given)

        def run(value: Any, seen: Seen) -> None:
            if isinstance(value, list):
                for index, item in enumerate(value):
                    check(item, seen.below(index))

        return run

    def _all(self, given: list[Any], _: Mapping[str, Any]) -> Check:
        return _together([self._compile(sub) for sub in given])

    def _any(self, given: list[Any], _: Mapping[str, Any]) -> Check:
        checks = [self._compile(sub) for sub in given]

        def run(value: Any, seen: Seen) -> None:
            trials = _try(checks, value, seen)
            fitting = [trial for trial in trials if not trial.faults]
            for trial in fitting:
                seen.keys |= trial.keys
            if not fitting:
                _nearest(trials, seen)

        return run

    def _one(self, given: list[Any], _: Mapping[str, Any]) -> Check:
        checks = [self._compile(sub) for sub in given]
        keyed = [sub["required"][0] if len(sub.get("required", ())) == 1 else None for sub in given]

        def run(value: Any, seen: Seen) -> None:
            trials = _try(checks, value, seen)
            fitting = [n for n, trial in enumerate(trials) if not trial.faults]
            if len(fitting) == 1:
                seen.keys |= trials[fitting[0]].keys
            elif fitting:
                seen.add("one", [keyed[n] for n in fitting], [key for key in keyed if key])
            elif all(keyed) and isinstance(value, dict) and not any(key in value for key in keyed):
                seen.add("one", [], keyed)
            else:
                _nearest(trials, seen)

        return run

    def _not(self, given: Any, _: Mapping[str, Any]) -> Check:
        check = self._compile(given)
        keys = tuple(given.get("required", ())) if isinstance(given, dict) else ()

        def run(value: Any, seen: Seen) -> None:
            trial = seen.apart()
            check(value, trial)
            if not trial.faults:
                seen.add("not", keys, at=keys[:1])

        return run

    def _if(self, given: Any, schema: Mapping[str, Any]) -> Check:
        condition = self._compile(given)
        then = self._compile(schema.get("then", True))

        def run(value: Any, seen: Seen) -> None:
            trial = seen.apart()
            condition(value, trial)
            if not trial.faults:
                seen.keys |= trial.keys
                then(value, seen)

        return run


_ANNOTATIONS = (
    "$schema", "$defs", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "format"
)  # fmt: skip


def _nothing(_value: Any, _seen: Seen) -> None:
    pass


def _together(checks: list[Check]) -> Check:
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


def _type(given: str | list[str], _: Mapping[str, Any]) -> Check:
    names = [given] if isinstance(given, str) else given
    tests = [_TYPES[name] for name in names]
    if len(tests) == 1:
        test = tests[0]
        return lambda value, seen: None if test(value) else seen.add("type", value, names)
    return lambda value, seen: None if any(test(value) for test in tests) else seen.add("type", value, names)


def _enum(given: list[Any], _: Mapping[str, Any]) -> Check:
    if all(isinstance(word, str) for word in given):
        words = frozenset(given)
        return lambda value, seen: None if value.__class__ is str and value in words else seen.add("enum", value, given)
    return lambda value, seen: None if any(same(value, w) for w in given) else seen.add("enum", value, given)


def _required(given: list[str], _: Mapping[str, Any]) -> Check:
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


def _pattern(given: str, _: Mapping[str, Any]) -> Check:
    search = re.compile(given).search
    return lambda v, seen: seen.add("pattern", v, [given]) if isinstance(v, str) and not search(v) else None


def _unevaluated(known: tuple[str, ...]) -> Check:
    def run(value: Any, seen: Seen) -> None:
        if isinstance(value, dict):
            for key in value:
                if key not in seen.keys:
                    seen.add("unknown", key, known, at=(key,))

    return run


def _try(checks: list[Check], value: Any, seen: Seen) -> list[Seen]:
    trials = [seen.apart() for _ in checks]
    for check, trial in zip(checks, trials, strict=True):
        check(value, trial)
    return trials


def _nearest(trials: list[Seen], seen: Seen) -> None:
    """Keep the faults of the alternative that was meant: of the right type, then with the fewest faults."""
    wrong = [[f for f in trial.faults if f.path == seen.path and f.keyword == "type"] for trial in trials]
    if all(wrong):
        allowed = dict.fromkeys(word for faults in wrong for fault in faults for word in fault.allowed)
        seen.add("type", wrong[0][0].found, allowed)
        return
    right = [trial for trial, faults in zip(trials, wrong, strict=True) if not faults]
    best = min(right, key=lambda trial: len(trial.faults))
    seen.faults.extend(best.faults)
    seen.keys |= best.keys
