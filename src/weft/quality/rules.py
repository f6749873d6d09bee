"""Rules of a table as checks: which kind a rule is, and which are decidable on one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.errors import Invalid
from weft.kinds import Kinds
from weft.model import Position, RowCheck, Rule
from weft.quality.check import At, Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.model import Placed, Relation, Table

CHECKS = Kinds("weft.quality.checks", "weft.quality.checks")
"""The known checks; others come from the entry-point group of that name."""


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
        found: Check = CHECKS.build("Sql", {"query": rule.query}, locate)
        return found
    given: dict[str, Any] = dict(rule.arguments)
    given.pop("property", None)
    found = CHECKS.build(rule.metric, given, locate)
    return found


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
    found = []
    for rule in table.rules:
        check = check_of(rule)
        condition = check.bad(At(rule, table, relations)) if check is not None and decides(rule) else None
        if check is None or condition is None or any(n not in relations for n in check.needs()):
            continue
        named = {c.relation: relations[c.table] for c in [check] if c.needs()}  # type: ignore[attr-defined]
        found.append(
            RowCheck(
                rule=rule.name, column=rule.column or "", condition=condition, text=allowed(rule), relations=named
            )
        )
    return tuple(found)


def decides(rule: Rule) -> bool:
    """Whether the rule is an error that allows no such row at all, so that the row itself is to blame."""
    return rule.severity == "error" and passes(rule, 0) and not passes(rule, 1) and not passes(rule, 1e-9)


def passes(rule: Rule, found: Any) -> bool:
    """Whether a measured value is what the rule allows; without an operator nothing but 0 is."""
    operator, threshold = rule.operator or "mustBe", rule.threshold if rule.operator else 0
    if operator in ("mustBe", "mustNotBe"):
        return _same(found, threshold) is (operator == "mustBe")
    value = float(found)
    if operator in ("mustBeBetween", "mustNotBeBetween"):
        low, high = (float(t) for t in threshold)
        return (low <= value <= high) is (operator == "mustBeBetween")
    limit = float(threshold)
    return {
        "mustBeGreaterThan": value > limit,
        "mustBeGreaterOrEqualTo": value >= limit,
        "mustBeLessThan": value < limit,
        "mustBeLessOrEqualTo": value <= limit,
    }[operator]


def _same(found: Any, threshold: Any) -> bool:
    try:
        return float(found) == float(threshold)
    except (TypeError, ValueError):
        return str(found) == str(threshold)


def allowed(rule: Rule) -> str:
    """What the rule allows, for people: `mustBe 0 rows`."""
    threshold = rule.threshold if rule.operator else 0
    shown = " and ".join(f"{t:g}" for t in threshold) if isinstance(threshold, list | tuple) else f"{threshold}"
    unit = "" if rule.type == "sql" and rule.unit == "rows" else f" {rule.unit}"
    return f"{rule.operator or 'mustBe'} {shown}{unit}"


def implied(placed: Placed) -> Iterator[Rule]:
    """Rules that the table's own columns ask for and that rows do not decide: uniqueness.

    The key of a table that is fed by a source is unique by the way it is written; that of a derived one is checked.
    """
    table = placed.table
    if placed.shape.kind == "derived" and table.primary_key:
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


__all__ = ["CHECKS", "Invalid", "allowed", "check_of", "decides", "implied", "passes", "row_checks"]
