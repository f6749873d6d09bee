"""The search language: groups of filters, one order, an offset that ends at ten thousand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from weft_vendors.core.lagging import Seen
from weft_vendors.hubspot.wire import invalid, millis, moment

CAP = 10_000
"""An offset may not reach beyond this row."""
MAX_PAGE = 200
MAX_GROUPS, MAX_FILTERS, MAX_TOTAL = 5, 6, 18

Predicate = Callable[[Seen], bool]


def matching(body: Mapping[str, Any], types: Mapping[str, str]) -> Predicate:
    """The predicate of a request's `filterGroups`: any group, in it all filters."""
    groups = [group.get("filters", []) for group in body.get("filterGroups", [])]
    if len(groups) > MAX_GROUPS or any(len(g) > MAX_FILTERS for g in groups) or sum(map(len, groups)) > MAX_TOTAL:
        raise invalid()
    tests = [[_test(each, types) for each in group] for group in groups]
    return lambda found: not tests or any(all(test(found) for test in group) for group in tests)


def ordered(found: list[Seen], body: Mapping[str, Any], types: Mapping[str, str]) -> list[Seen]:
    """In the order that the request asks for; by id when it asks for none."""
    found.sort(key=lambda one: int(one.row["id"]))
    for sort in body.get("sorts", [])[:1]:
        name, down = (
            (sort, False)
            if isinstance(sort, str)
            else (sort.get("propertyName"), sort.get("direction") == "DESCENDING")
        )
        kind = types.get(name, "string")
        known = [one for one in found if _have(one, name, kind) is not None]
        known.sort(key=lambda one: _have(one, name, kind), reverse=down)
        found = known + [one for one in found if _have(one, name, kind) is None]
    return found


def span(body: Mapping[str, Any]) -> tuple[int, int]:
    """First row and how many."""
    limit, after = body.get("limit", 10), str(body.get("after") or "0")
    if not isinstance(limit, int) or not 1 <= limit <= MAX_PAGE:
        raise invalid(f"Invalid input: limit must be between 1 and {MAX_PAGE}")
    if not after.isdigit() or int(after) + limit > CAP:
        raise invalid()
    return int(after), limit


def _value(raw: str | None, kind: str) -> Any:
    """A value as it is compared; None when it is none of its kind."""
    if raw is None or raw == "":
        return None
    try:
        if kind in {"datetime", "date"}:
            return millis(moment(raw))
        return Decimal(raw) if kind == "number" else raw.lower()
    except (ValueError, InvalidOperation):
        return None


def _have(found: Seen, name: str, kind: str) -> Any:
    if name not in found.values:
        found.values[name] = _value(found.row["properties"].get(name), kind)
    return found.values[name]


def _test(each: Mapping[str, Any], types: Mapping[str, str]) -> Predicate:
    name, operator = each.get("propertyName", ""), each.get("operator", "")
    if name not in types:
        raise invalid(f"There was a problem with the request. Property {name} does not exist")
    if operator in _SETS:
        return _set(each, name, types[name])
    if operator not in _ONE:
        raise invalid("Invalid input JSON: unknown operator")
    kind = types[name]
    wanted, high = (_value(str(each.get(word, "")), kind) for word in ("value", "highValue"))
    if wanted is None or (operator == "BETWEEN" and high is None):
        raise invalid()
    compare, empty = _ONE[operator], operator in {"NEQ", "NOT_CONTAINS_TOKEN"}

    def holds(found: Seen) -> bool:
        have = _have(found, name, kind)
        return empty if have is None else bool(compare(have, wanted, high))

    return holds


def _set(each: Mapping[str, Any], name: str, kind: str) -> Predicate:
    operator = each["operator"]
    if operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        return lambda found: bool(found.row["properties"].get(name)) is (operator == "HAS_PROPERTY")
    if not each.get("values"):
        raise invalid()
    # Text is compared as the caller wrote it: only lower case ever matches.
    exact = kind not in {"number", "datetime", "date"}
    wanted = {str(value) if exact else _value(str(value), kind) for value in each["values"]}
    return lambda found: (_have(found, name, kind) in wanted) is (operator == "IN")


_SETS = {"IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"}
_ONE: dict[str, Callable[[Any, Any, Any], bool]] = {
    "EQ": lambda have, want, _: have == want,
    "NEQ": lambda have, want, _: have != want,
    "LT": lambda have, want, _: have < want,
    "LTE": lambda have, want, _: have <= want,
    "GT": lambda have, want, _: have > want,
    "GTE": lambda have, want, _: have >= want,
    "BETWEEN": lambda have, want, high: want <= have <= high,
    "CONTAINS_TOKEN": lambda have, want, _: str(want).strip("*") in str(have),
    "NOT_CONTAINS_TOKEN": lambda have, want, _: str(want).strip("*") not in str(have),
}
