"""Rules and facts of columns as dbt's generic tests."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.model import Placed, Property, Rule

    Ref = Callable[[str], str]

Tests = list[Any]


def write(placed: Placed, ref: Ref) -> tuple[dict[str, Any], list[str]]:
    """A table as a model of a dbt schema file.

    Args:
        placed: the table.
        ref: how dbt names another table, by `domain.product.table`: `ref('customers')`.

    Returns:
        The entry of `models`, and what has no counterpart, one line each.
    """
    table = placed.table
    of: dict[str, Tests] = defaultdict(list)
    left: list[str] = []
    for column, test in _facts(placed):
        of[column].append(test)
    for rule in table.rules:
        test = _test(rule, ref)
        if test is None:
            left.append(f"{placed.name}: the rule '{rule.name}' has no counterpart in dbt")
        elif test not in of[rule.column or ""]:
            of[rule.column or str(rule.arguments.get("property", ""))].append(test)
    columns = [_column(prop, of.pop(prop.name, [])) for prop in table.properties]
    entry: dict[str, Any] = {"name": table.name}
    if table.description:
        entry["description"] = table.description
    if of.get(""):
        entry["data_tests"] = of.pop("")
    left += [f"{placed.name}: rules of '{name}' have no counterpart in dbt" for name, tests in of.items() if tests]
    return entry | {"columns": columns}, left


def _column(prop: Property, tests: Tests) -> dict[str, Any]:
    said = {"name": prop.name, "description": prop.description, "data_tests": _once(tests)}
    return {key: value for key, value in said.items() if value}


def _once(tests: Tests) -> Tests:
    return [test for n, test in enumerate(tests) if test not in tests[:n]]


def _facts(placed: Placed) -> Iterator[tuple[str, Any]]:
    """What the columns themselves say."""
    key = placed.table.primary_key
    for prop in placed.table.properties:
        if prop.required or prop.key:
            yield prop.name, "not_null"
        if prop.unique or key == (prop.name,):
            yield prop.name, "unique"
        if prop.enum:
            yield prop.name, {"accepted_values": {"arguments": {"values": list(prop.enum)}}}
    if len(key) > 1:
        yield "", {"dbt_utils.unique_combination_of_columns": {"arguments": {"combination_of_columns": list(key)}}}


def _test(rule: Rule, ref: Ref) -> Any:
    """The test of a rule, or none."""
    if rule.metric == "nullValues" and rule.unit == "percent" and rule.operator == "mustBeLessOrEqualTo":
        least = round(1 - float(rule.threshold) / 100, 10)
        return _with("dbt_utils.not_null_proportion", {"at_least": least}, {}, rule)
    config = _config(rule)
    made = _NAMED.get(rule.metric)
    found = made(rule, ref) if made and config is not None and not rule.schedule else None
    return None if found is None or config is None else _with(*found, config, rule)


def _with(name: str, arguments: dict[str, Any], config: dict[str, Any], rule: Rule) -> Any:
    settings = {**({"severity": "warn"} if rule.severity != "error" else {}), **config}
    inner: dict[str, Any] = {"arguments": arguments} if arguments else {}
    if settings:
        inner["config"] = settings
    return {name: inner} if inner else name


def _config(rule: Rule) -> dict[str, Any] | None:
    """How many rows may fail, as dbt says it; none when it cannot."""
    if rule.unit != "rows":
        return None
    word = "error_if" if rule.severity == "error" else "warn_if"
    tolerance = rule.arguments.get("tolerance", 0)
    operator = rule.operator or "mustBeLessOrEqualTo"
    threshold = rule.threshold if rule.operator else tolerance
    if operator in ("mustBe", "mustBeLessOrEqualTo") and threshold == 0:
        return {}
    signs = {"mustBeLessOrEqualTo": ">", "mustBeLessThan": ">="}
    return {word: f"{signs[operator]}{threshold}"} if operator in signs and isinstance(threshold, int) else None


def _doubles(rule: Rule, _: Ref) -> tuple[str, dict[str, Any]] | None:
    columns = list(rule.arguments.get("properties", ()))
    if not columns:
        return "unique", {}
    return "dbt_utils.unique_combination_of_columns", {"combination_of_columns": columns}


def _invalid(rule: Rule, _: Ref) -> tuple[str, dict[str, Any]] | None:
    given = rule.arguments
    if set(given) == {"validValues"}:
        return "accepted_values", {"values": list(given["validValues"])}
    if given and set(given) <= {"validMin", "validMax"}:
        names = {"validMin": "min_value", "validMax": "max_value"}
        return "dbt_utils.accepted_range", {names[key]: value for key, value in given.items()}
    return ("dbt_utils.not_empty_string", {}) if given == {"validMinLength": 1} else None


def _foreign(rule: Rule, ref: Ref) -> tuple[str, dict[str, Any]] | None:
    given = rule.arguments.get("references", "")
    listed = [given] if isinstance(given, str) else list(given)
    if len(listed) != 1 or not (rule.column or rule.arguments.get("property")):
        return None
    table, _, column = listed[0].rpartition(".")
    return "relationships", {"to": ref(table), "field": column}


_NAMED: dict[str, Callable[[Rule, Ref], tuple[str, dict[str, Any]] | None]] = {
    "nullValues": lambda _, __: ("not_null", {}),
    "duplicateValues": _doubles,
    "invalidValues": _invalid,
    "ForeignKey": _foreign,
}
