"""JSON Schema keywords that are made of other schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from weft.spec.checks import together

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.spec.checks import Check, Seen

Make: TypeAlias = "Callable[[Any], Check]"
"""Compiles a schema."""


def properties(given: Mapping[str, Any], _: Mapping[str, Any], make: Make) -> Check:
    """Each named key by its schema."""
    checks = {key: make(sub) for key, sub in given.items()}

    def run(value: Any, seen: Seen) -> None:
        if isinstance(value, dict):
            for key in value:
                check = checks.get(key)
                if check is not None:
                    seen.keys.add(key)
                    check(value[key], seen.below(key))

    return run


def additional(given: Any, schema: Mapping[str, Any], make: Make) -> Check:
    """Keys that `properties` does not name."""
    known = tuple(schema.get("properties", {}))
    check = None if given is False else make(given)

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


def items(given: Any, _: Mapping[str, Any], make: Make) -> Check:
    """Each entry of a list."""
    check = make(given)

    def run(value: Any, seen: Seen) -> None:
        if isinstance(value, list):
            for index, item in enumerate(value):
                check(item, seen.below(index))

    return run


def all_(given: list[Any], _: Mapping[str, Any], make: Make) -> Check:
    """All of several schemas."""
    return together([make(sub) for sub in given])


def any_(given: list[Any], _: Mapping[str, Any], make: Make) -> Check:
    """At least one of several."""
    checks = [make(sub) for sub in given]

    def run(value: Any, seen: Seen) -> None:
        trials = _try(checks, value, seen)
        fitting = [trial for trial in trials if not trial.faults]
        for trial in fitting:
            seen.keys |= trial.keys
        if not fitting:
            _nearest(trials, seen)

    return run


def one(given: list[Any], _: Mapping[str, Any], make: Make) -> Check:
    """Exactly one of several."""
    checks = [make(sub) for sub in given]
    keyed = [sub["required"][0] if len(sub.get("required", ())) == 1 else None for sub in given]

    def run(value: Any, seen: Seen) -> None:
        trials = _try(checks, value, seen)
        fitting = [n for n, trial in enumerate(trials) if not trial.faults]
        if len(fitting) == 1:
            seen.keys |= trials[fitting[0]].keys
            return
        # It is refused already; none of the keys is to be called unknown on top.
        seen.keys.update(*(trial.keys for trial in trials))
        if fitting:
            seen.add("one", [keyed[n] for n in fitting], [key for key in keyed if key])
            return
        meant = [t for t, key in zip(trials, keyed, strict=True) if isinstance(value, dict) and key in value]
        if all(keyed) and isinstance(value, dict) and not meant:
            seen.add("one", [], keyed)
        else:
            _nearest(meant or trials, seen)

    return run


def not_(given: Any, _: Mapping[str, Any], make: Make) -> Check:
    """Not that schema."""
    check = make(given)
    keys = tuple(given.get("required", ())) if isinstance(given, dict) else ()

    def run(value: Any, seen: Seen) -> None:
        trial = seen.apart()
        check(value, trial)
        if not trial.faults:
            seen.add("not", keys, at=keys[:1])

    return run


def if_(given: Any, schema: Mapping[str, Any], make: Make) -> Check:
    """`then`, where a condition holds."""
    condition = make(given)
    then = make(schema.get("then", True))

    def run(value: Any, seen: Seen) -> None:
        trial = seen.apart()
        condition(value, trial)
        if not trial.faults:
            seen.keys |= trial.keys
            then(value, seen)

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
