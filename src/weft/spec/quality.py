"""`quality[]` of ODCS, in all its versions, as Rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from weft.model import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from weft.model import Position
    from weft.model.contract import Severity

OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
# ODCS 3.0 named its rules in the key `rule`.
_OLD = {
    "nullcheck": "nullValues",
    "nullcount": "nullValues",
    "missingcount": "missingValues",
    "missing": "missingValues",
    "validvalues": "invalidValues",
    "invalidcount": "invalidValues",
    "duplicatecount": "duplicateValues",
    "duplicates": "duplicateValues",
    "countcheck": "rowCount",
}
_COMMON = frozenset(
    (
        "id", "name", "type", "metric", "rule", "query", "unit", "arguments", "severity", "dimension", "description",
        "authoritativeDefinitions", "businessImpact", "customProperties", "method", "schedule", "scheduler", "tags",
        "engine", "implementation", *OPERATORS,
    )
)  # fmt: skip
_OF_LIBRARY = frozenset(("metric", "rule"))
_SEVERITIES = {
    "": "error",
    **dict.fromkeys(("error", "critical", "blocker", "fatal", "high"), "error"),
    **dict.fromkeys(("warning", "warn", "medium", "minor", "low"), "warning"),
    **dict.fromkeys(("info", "information", "notice", "trivial"), "info"),
}


def rules(
    items: Iterable[Mapping[str, Any]], column: str | None, taken: set[str], at: Callable[..., Position]
) -> tuple[Rule, ...]:
    """The rules of a table or a property.

    Args:
        items: the entries of `quality`.
        column: name of the property; none = the table.
        taken: names of rules that the table has already; those given here are added.
        at: position of a path below `quality`.
    """
    return tuple(_rule(item, column, taken, at(n)) for n, item in enumerate(items))


def severity(word: str) -> str | None:
    """Our word for a severity in any common spelling; none when it is unknown."""
    return _SEVERITIES.get(word.lower())


def _rule(data: Mapping[str, Any], column: str | None, taken: set[str], position: Position) -> Rule:
    # In ODCS 3.0 a rule that only describes itself is text.
    kind = data.get("type") or ("library" if _OF_LIBRARY & data.keys() else "text")
    metric, arguments = _metric(data, kind)
    operator, threshold = _operator(data, arguments, kind)
    return Rule(
        name=_name(data, column, metric or kind, taken),
        type=kind,
        metric=metric,
        column=column,
        query=str(data.get("query", "")) if kind == "sql" else "",
        operator=operator,
        threshold=tuple(threshold) if isinstance(threshold, list) else threshold,
        unit=_unit(data.get("unit", "")),
        arguments=arguments,
        severity=cast("Severity", severity(data.get("severity", "")) or "error"),
        dimension=data.get("dimension", ""),
        schedule=data.get("schedule", ""),
        scheduler=data.get("scheduler", ""),
        description=data.get("description", ""),
        position=position,
    )


def _operator(data: Mapping[str, Any], arguments: dict[str, Any], kind: str) -> tuple[str, Any]:
    """ODCS gives a custom rule no operator, so a rule of ours may have it among its parameters."""
    found = next((key for key in OPERATORS if key in data), "")
    if found or kind != "custom":
        return found, data.get(found)
    found = next((key for key in OPERATORS if key in arguments), "")
    return found, arguments.pop(found, None)


def _metric(data: Mapping[str, Any], kind: str) -> tuple[str, dict[str, Any]]:
    if kind == "custom":
        return _custom(data)
    old = str(data.get("rule", ""))
    if kind != "library":
        return "", {}
    metric = data.get("metric") or _OLD.get(old.lower(), old)
    given = data.get("arguments")
    arguments = dict(given) if isinstance(given, dict) else {}
    # ODCS 3.0 wrote the arguments of a rule beside it: `validValues: [...]`.
    arguments.update({key: value for key, value in data.items() if key not in _COMMON})
    return str(metric), arguments


def _custom(data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A kind of ours (`engine: weft`), or a check for another engine, kept as it is."""
    implementation = data.get("implementation")
    if str(data.get("engine", "")).lower() != "weft":
        return "", {"engine": data.get("engine", ""), "implementation": implementation}
    if not isinstance(implementation, dict):
        return str(implementation or ""), {}
    parameters = {key: value for key, value in implementation.items() if key != "kind"}
    return str(implementation.get("kind", "")), parameters


def _unit(word: str) -> Literal["rows", "percent"]:
    return "percent" if word.lower() in ("percent", "percentage", "%", "pct") else "rows"


def _name(data: Mapping[str, Any], column: str | None, metric: str, taken: set[str]) -> str:
    base = str(data.get("name") or data.get("id") or (f"{column}.{metric}" if column else metric))
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name)
    return name
