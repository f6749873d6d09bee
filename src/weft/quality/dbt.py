"""Rules from and to dbt's generic tests (the `data_tests` of schema files), dbt's own and the plain ones of dbt-utils.

Reading is lenient: what is not understood is told, with where it stands, and the rest is taken. Facts of
docs.getdbt.com, "Add data tests to your DAG" and the README of dbt-utils.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from weft.model import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Resolve = Callable[[str], str | None]

_REF = re.compile(r"""\A\s*\{?\{?\s*(?:ref|source)\(\s*(.+?)\s*\)\s*\}?\}?\s*\Z""")
_BOUND = re.compile(r"\A\s*(>=|>|!=|<>)\s*([0-9]+)\s*\Z")
_SETTINGS = frozenset(("arguments", "config", "description", "meta", "name", "tags", "severity", "error_if", "warn_if"))
_HARMLESS = frozenset(("severity", "error_if", "warn_if", "tags", "meta", "enabled", "store_failures", "limit"))


class Read(Struct):
    """What a schema file came to."""

    rules: dict[str, list[Rule]] = field(default_factory=lambda: defaultdict(list))
    """By name of the model or source table."""
    unread: list[str] = field(default_factory=list)
    """What was not understood: one line each, with where it stands."""


class Test(Struct, frozen=True):
    """One test as a schema file has it."""

    name: str
    """Without a package's prefix when that is dbt's own."""
    arguments: Mapping[str, Any]
    config: Mapping[str, Any]
    column: str
    """Empty = the table."""
    where: str
    """For messages."""


def read(data: Any, resolve: Resolve) -> Read:
    """The rules of a schema file.

    Args:
        data: its YAML.
        resolve: `domain.product.table` of a model's or source table's name; none when it is not known.
    """
    found = Read()
    for name, table in _tables(data):
        for test in _tests(table, name):
            if isinstance(test, str):
                found.unread.append(test)
                continue
            rule = _rule(test, resolve)
            if isinstance(rule, Rule):
                found.rules[name].append(rule)
            else:
                found.unread.append(f"{test.where}: {rule}")
    return found


def _tables(data: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    groups = data if isinstance(data, dict) else {}
    for kind in ("models", "seeds", "snapshots"):
        yield from ((str(m.get("name", "")), m) for m in _maps(groups.get(kind)))
    for one in _maps(groups.get("sources")):
        yield from ((str(t.get("name", "")), t) for t in _maps(one.get("tables")))


def _maps(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _tests(table: Mapping[str, Any], name: str) -> Iterator[Test | str]:
    yield from _listed(table, "", name)
    for column in _maps(table.get("columns")):
        yield from _listed(column, str(column.get("name", "")), f"{name}.{column.get('name', '')}")


def _listed(holder: Mapping[str, Any], column: str, where: str) -> Iterator[Test | str]:
    for key in ("data_tests", "tests"):
        for item in holder.get(key) or ():
            yield _test(item, column, where)


def _test(item: Any, column: str, where: str) -> Test | str:
    if isinstance(item, str):
        return Test(item.removeprefix("dbt."), {}, {}, column, f"{where}: {item}")
    if not isinstance(item, dict) or not item:
        return f"{where}: a test is a name or a mapping, found is something else"
    if "test_name" in item:
        name, inner = str(item["test_name"]), {k: v for k, v in item.items() if k != "test_name"}
    else:
        name, inner = next(iter(item.items()))
        inner = inner if isinstance(inner, dict) else {}
    given = {k: v for k, v in inner.items() if k not in _SETTINGS}
    given |= _map(inner.get("arguments"))
    config = {k: inner[k] for k in ("severity", "error_if", "warn_if") if k in inner}
    config |= _map(inner.get("config"))
    return Test(str(name).removeprefix("dbt."), given, config, column, f"{where}: {name}")


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _rule(test: Test, resolve: Resolve) -> Rule | str:
    """The rule, or why it is not understood."""
    other = sorted(set(test.config) - _HARMLESS)
    if other:
        return f"the setting '{other[0]}' has no counterpart"
    severity = str(test.config.get("severity", "error")).lower()
    bound = _bound(str(test.config.get("warn_if" if severity.startswith("warn") else "error_if", "")))
    if bound is None:
        return "its bound is no plain number"
    made = _MADE.get(test.name)
    if made is None:
        return "weft knows no such test"
    found = made(test, resolve)
    if isinstance(found, str):
        return found
    operator, threshold = bound
    fields = {"operator": operator, "threshold": threshold, **found}
    word = found.get("metric") or test.name.rpartition(".")[2]
    return Rule(
        name=f"{test.column}.{word}" if test.column else word,
        column=test.column or None,
        severity="warning" if severity.startswith("warn") else "error",
        **fields,
    )


def _bound(text: str) -> tuple[str, int] | None:
    """Dbt's `error_if` as the operator that must hold; by default no row may fail."""
    if not text:
        return "mustBe", 0
    found = _BOUND.match(text)
    if found is None:
        return None
    sign, number = found[1], int(found[2])
    return {">": ("mustBeLessOrEqualTo", number), ">=": ("mustBeLessThan", number)}.get(sign, ("mustBe", number))


def _accepted(test: Test, _: Resolve) -> dict[str, Any] | str:
    values = test.arguments.get("values")
    if not isinstance(values, list) or not values:
        return "its values are no list"
    return {"metric": "invalidValues", "arguments": {"validValues": values}}


def _related(test: Test, resolve: Resolve) -> dict[str, Any] | str:
    to = _REF.match(str(test.arguments.get("to", "")))
    name = to[1].split(",")[-1].strip(" '\"") if to else ""
    table, column = resolve(name) if name else None, test.arguments.get("field")
    if not table or not column:
        return f"'{test.arguments.get('to', '')}' is no table of this mesh" if column else "its field is not named"
    return {"type": "custom", "metric": "ForeignKey", "arguments": {"references": f"{table}.{column}"}}


def _combined(test: Test, _: Resolve) -> dict[str, Any] | str:
    columns = test.arguments.get("combination_of_columns")
    if not isinstance(columns, list) or not columns:
        return "its columns are no list"
    return {"metric": "duplicateValues", "arguments": {"properties": [str(c) for c in columns]}}


def _range(test: Test, _: Resolve) -> dict[str, Any] | str:
    low, high = test.arguments.get("min_value"), test.arguments.get("max_value")
    numbers = [v for v in (low, high) if v is not None]
    if not numbers or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in numbers):
        return "its bounds are no numbers"
    if test.arguments.get("inclusive", True) is not True:
        return "bounds that are not inclusive have no counterpart"
    bounds = {"validMin": low, "validMax": high}
    return {"metric": "invalidValues", "arguments": {k: v for k, v in bounds.items() if v is not None}}


def _proportion(test: Test, _: Resolve) -> dict[str, Any] | str:
    least = test.arguments.get("at_least", 0)
    if not isinstance(least, int | float) or "at_most" in test.arguments:
        return "only at_least as a number has a counterpart"
    share = round(100 * (1 - least), 10)
    return {"metric": "nullValues", "unit": "percent", "operator": "mustBeLessOrEqualTo", "threshold": share}


def _expression(test: Test, _: Resolve) -> dict[str, Any] | str:
    said = str(test.arguments.get("expression", "")).strip()
    if not said or "{{" in said:
        return "its expression is missing or holds Jinja"
    condition = f"{{property}} {said}" if test.column else said
    return {"type": "sql", "query": f"SELECT count(*) FROM {{object}} WHERE NOT ({condition})"}


_MADE: dict[str, Callable[[Test, Resolve], dict[str, Any] | str]] = {
    "not_null": lambda _, __: {"metric": "nullValues"},
    "unique": lambda _, __: {"metric": "duplicateValues"},
    "accepted_values": _accepted,
    "relationships": _related,
    "dbt_utils.unique_combination_of_columns": _combined,
    "dbt_utils.accepted_range": _range,
    "dbt_utils.not_null_proportion": _proportion,
    "dbt_utils.not_empty_string": lambda _, __: {"metric": "invalidValues", "arguments": {"validMinLength": 1}},
    "dbt_utils.expression_is_true": _expression,
}
"""By name of the test: fields of the rule, or why there is none."""
