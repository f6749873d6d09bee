"""Rules of a table as checks: which kind a rule is, and which are decidable on one row."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from weft.kinds import Kinds
from weft.model import Position, RowCheck, Rule
from weft.quality.check import At, Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from weft.model import Finding, Placed, Relation, Table
    from weft.quality.past import Past

CHECKS = Kinds("weft.quality.checks", "weft.quality.checks")
"""The known checks; others come from the entry-point group of that name."""


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "mustBeGreaterThan": operator.gt,
    "mustBeGreaterOrEqualTo": operator.ge,
    "mustBeLessThan": operator.lt,
    "mustBeLessOrEqualTo": operator.le,
}


def check_of(rule: Rule) -> Check | None:
    """The check of a rule; None for what weft does not run: plain text, and rules of other tools.

    Raises:
        Invalid: an unknown kind, or arguments that do not fit it.
    """
    if rule.type == "text" or (rule.type == "custom" and not rule.metric):
        return None
    position = rule.position or Position(file=f"the rule '{rule.name}'")

    def locate(_: tuple[str | int, ...]) -> Position:
        return position

    if rule.type == "sql":
        return cast("Check", CHECKS.build("Sql", {"query": rule.query}, locate))
    given: dict[str, Any] = dict(rule.arguments)
    given.pop("property", None)
    return cast("Check", CHECKS.build(rule.metric, given, locate))


def settled(at: At, check: Check) -> At:
    """The same place with the operator that the check brings where the rule gives none.

    Raises:
        Invalid: what the check needs for it cannot be read.
    """
    default = getattr(check, "default", None)
    if at.rule.operator or default is None:
        return at
    name, threshold = default(at)
    return replace(at, rule=at.rule.model_copy(update={"operator": name, "threshold": threshold}))


Blame = tuple[str, "Mapping[str, Relation]"]


def failing(at: At) -> Blame | None:
    """Condition over one row that holds when the row breaks the rule, and other relations that it names.

    Returns:
        None when rows are not to blame: counts, sums, an owner's own SQL.

    Raises:
        Invalid: the rule cannot be read.
    """
    check = check_of(at.rule)
    if check is None or any(name not in at.others for name in check.needs()):
        return None
    told = getattr(check, "failing", None)
    if told is not None:
        condition, relations = told(at)
        return condition, relations
    bad = check.bad(at)
    return None if bad is None else (bad, {})


def blamed(placed: Placed, findings: Sequence[Finding], others: Mapping[str, Relation], past: Past) -> dict[str, Blame]:
    """Of each rule that failed and tells which rows are to blame: `failing`, by its name."""
    failed = {f.rule for f in findings if not f.passed}
    told = {r.name: failing(At(r, placed.table, others, past)) for r in rules_of(placed) if r.name in failed}
    return {name: blame for name, blame in told.items() if blame is not None}


def rules_of(placed: Placed) -> tuple[Rule, ...]:
    """Rules of a table's contract, and those that its columns ask for by themselves."""
    return (*placed.table.rules, *implied(placed))


def measures(rule: Rule) -> str:
    """What a rule measures, in a word or two: `nullValues`, `Freshness within 24h`."""
    given = [f"{k} {v}" for k, v in rule.arguments.items() if not isinstance(v, dict | list)]
    return " ".join([rule.metric or rule.type, *given])


def row_checks(table: Table, relations: Mapping[str, Relation]) -> tuple[RowCheck, ...]:
    """Rules of severity error that one row decides: rows that break them are quarantined.

    These are nullValues, missingValues and invalidValues that allow no such row, and foreign keys per row.

    Args:
        table: the table.
        relations: published rows of other tables, by `domain.product.table`. A foreign key whose table is not among
            them decides nothing here; the audit then reports it.

    Raises:
        Invalid: a rule that cannot be read.
    """
    return tuple(found for rule in table.rules if (found := _row_check(At(rule, table, relations))) is not None)


def _row_check(at: At) -> RowCheck | None:
    check = check_of(at.rule) if at.rule.severity == "error" and not at.rule.schedule else None
    if check is None or any(name not in at.others for name in check.needs()):
        return None
    at = settled(at, check)
    if not decides(at.rule):
        return None
    condition = check.bad(at)
    if condition is None:
        return None
    relations = dict(check.measure(at).relations)
    rule = at.rule
    return RowCheck(
        rule=rule.name, column=rule.column or "", condition=condition, text=allowed(rule), relations=relations
    )


def decides(rule: Rule) -> bool:
    """Whether the rule is an error that allows no such row at all, so that the row itself is to blame."""
    smallest = 1 if rule.unit == "rows" else 1e-9
    return rule.severity == "error" and passes(rule, 0) and not passes(rule, smallest)


def passes(rule: Rule, found: Any) -> bool:
    """Whether a measured value is what the rule allows; a threshold that cannot be read allows nothing."""
    try:
        return compares(rule, found)
    except (TypeError, ValueError):
        return False


def compares(rule: Rule, found: Any) -> bool:
    """Whether a measured value is what the rule allows; without an operator nothing but 0 is.

    Raises:
        TypeError, ValueError: the value or the threshold is no number and the operator wants one.
    """
    name, threshold = rule.operator or "mustBe", rule.threshold if rule.operator else 0
    if name in ("mustBe", "mustNotBe"):
        return _same(found, threshold) is (name == "mustBe")
    value = float(found)
    if name in ("mustBeBetween", "mustNotBeBetween"):
        low, high = (float(t) for t in cast("Sequence[Any]", threshold))
        return (low <= value <= high) is (name == "mustBeBetween")
    return _ORDERS[name](value, float(threshold))


def _same(found: Any, threshold: Any) -> bool:
    try:
        return float(found) == float(threshold)
    except (TypeError, ValueError):
        return str(found) == str(threshold)


_WORDS = {
    "mustBe": "exactly",
    "mustNotBe": "anything but",
    "mustBeGreaterThan": "more than",
    "mustBeGreaterOrEqualTo": "at least",
    "mustBeLessThan": "less than",
    "mustBeLessOrEqualTo": "at most",
    "mustBeBetween": "between",
    "mustNotBeBetween": "outside of",
}
_NONE = ("mustBe", "mustBeLessOrEqualTo")


def allowed(rule: Rule, unit: str = "") -> str:
    """What the rule allows, for people: `none`, `less than 10 %`; `unit` is what its check counts."""
    operator, threshold = rule.operator or "mustBe", rule.threshold if rule.operator else 0
    if operator in _NONE and threshold == 0 and not unit and rule.type != "sql":
        return "none"
    several = threshold if isinstance(threshold, list | tuple) else (threshold,)
    shown = " and ".join(f"{t:.10g}" if isinstance(t, float) else str(t) for t in several)
    return f"{_WORDS.get(operator, operator)} {shown}{unit_of(rule, unit)}"


def described(rule: Rule) -> str:
    """What a rule asks for: its own words, else what it counts and allows."""
    counted = rule.metric and f"{rule.metric}: {allowed(rule)}"
    return rule.description or counted


def unit_of(rule: Rule, unit: str = "") -> str:
    """What stands behind a number of the rule: `%`, what its check says, or rows."""
    if rule.unit == "percent":
        return " %"
    return f" {unit}" if unit else "" if rule.type == "sql" else " rows"


def implied(placed: Placed) -> Iterator[Rule]:
    """Rules that the table's own columns ask for and that rows do not decide: uniqueness.

    The key of a table that is fed by a source is unique by the way it is written; that of others is checked.
    """
    table = placed.table
    if placed.shape.kind in {"derived", "seed"} and table.primary_key:
        yield Rule(
            name="primaryKey",
            metric="duplicateValues",
            operator="mustBe",
            threshold=0,
            arguments={"properties": list(table.primary_key)},
            position=table.position,
        )
    for prop in table.properties:
        if prop.unique and table.primary_key != (prop.name,):
            yield Rule(
                name=f"{prop.name}.unique",
                metric="duplicateValues",
                column=prop.name,
                operator="mustBe",
                threshold=0,
                position=prop.position,
            )
