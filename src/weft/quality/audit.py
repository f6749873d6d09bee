"""The rules of a table compiled to few questions, and the answers judged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from weft.errors import Invalid
from weft.model import Finding, Position, Problem, Relation, Rule, TableName
from weft.model.noun import Noun
from weft.quality.check import OWN, At, Counted
from weft.quality.rules import allowed, check_of, compares, implied, passes
from weft.quality.text import ident

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weft.model import Placed, Table

_ALL = "_weft_rows"
"""Name of the value that holds the number of all rows."""


class Step(Noun):
    """One question; its answer is one row whose columns are values of measures."""

    sql: str
    """Reads the relation `rows`, the table's own rows, and those of `relations`."""
    relations: dict[str, Relation] = {}
    """Other relations that it names."""
    locked: bool = False
    """It holds text of an owner: run it under the gateway's locks."""
    rule: str = ""
    """The one rule that it answers; empty when it answers several."""


class Measure(Noun):
    """A rule and the name of its value."""

    rule: Rule
    value: str
    share: bool = True
    """A number of rows, of which percent can be told."""
    problem: str = ""
    """Why it cannot be measured."""


class Audit(Noun):
    """All that is to be asked about one version of a table."""

    table: TableName
    steps: tuple[Step, ...] = ()
    measures: tuple[Measure, ...] = ()


def compile_audit(placed: Placed, others: Mapping[str, Relation]) -> Audit:
    """Compile every rule of a table that weft runs: one scan for all that aggregates tell, a pass for each other one.

    Args:
        placed: the table.
        others: published rows of other tables by `domain.product.table`, for foreign keys (see `references`).

    Returns:
        Steps, each to be asked with the table's rows as the relation `rows`. None when there is no rule.

    Raises:
        Invalid: a rule that cannot be read.
    """
    rules = (*placed.table.rules, *implied(placed))
    counted = [(rule, c) for rule in rules if (c := _counted(At(rule, placed.table, others))) is not None]
    measures = tuple(
        Measure(rule=rule, value=f"m{i}", share=c.share, problem=c.problem) for i, (rule, c) in enumerate(counted)
    )
    scanned = [f"{c.aggregate} AS m{i}" for i, (_, c) in enumerate(counted) if c.aggregate]
    shares = any(c.share and rule.unit == "percent" for rule, c in counted)
    steps = [_pass(f"m{i}", rule, c) for i, (rule, c) in enumerate(counted) if c.query]
    if scanned or shares:
        listed = ", ".join([f"count(*) AS {_ALL}", *scanned])
        steps.insert(0, Step(sql=f"SELECT {listed} FROM {ident(OWN)}"))
    return Audit(table=placed.name, steps=tuple(steps), measures=measures)


def references(table: Table) -> tuple[str, ...]:
    """`domain.product.table` of every other table that the rules look into, in order of first use.

    Raises:
        Invalid: a rule that cannot be read.
    """
    checks = [check_of(rule) for rule in table.rules]
    return tuple(dict.fromkeys(name for check in checks if check is not None for name in check.needs()))


def problems(table: Table) -> tuple[Problem, ...]:
    """What is wrong with the rules of a table: unknown kinds, arguments that do not fit, columns that are not there."""
    return tuple(problem for rule in table.rules for problem in _problems(rule, table))


def _problems(rule: Rule, table: Table) -> Iterator[Problem]:
    position = rule.position or table.position or Position(file=table.name)
    try:
        check = check_of(rule)
        if check is not None:
            at = At(rule, table, {name: Relation() for name in check.needs()})
            check.bad(at)
            check.measure(at)
    except Invalid as error:
        yield Problem(position=position, message=error.message)
        return
    if check is not None and rule.operator:
        yield from _threshold(rule, position)


def _threshold(rule: Rule, position: Position) -> Iterator[Problem]:
    try:
        compares(rule, 0)
    except (TypeError, ValueError):
        text = f"the rule '{rule.name}' has {rule.operator} '{rule.threshold}', allowed is a number"
        pair = (
            f"the rule '{rule.name}' has {rule.operator} '{rule.threshold}', allowed are two numbers, the smaller first"
        )
        yield Problem(position=position, message=pair if "Between" in rule.operator else text)


def _counted(at: At) -> Counted | None:
    check = check_of(at.rule)
    if check is None:
        return None
    missing = [name for name in check.needs() if name not in at.others]
    if missing:
        return Counted(problem=f"{missing[0]} is not published")
    if check.needs() and at.rule.severity == "error" and check.bad(at) is not None:
        # Decided when the rows landed. That what they refer to has gone since is no fault of theirs.
        return None
    return check.measure(at)


def _pass(name: str, rule: Rule, counted: Counted) -> Step:
    sql = f"SELECT * FROM (\n{counted.query}\n) AS _weft_answer({name}) LIMIT 1"
    return Step(sql=sql, relations=dict(counted.relations), locked=counted.locked, rule=rule.name)


def judge(audit: Audit, answers: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[Finding, ...]:
    """One finding for each rule.

    Args:
        audit: what was asked.
        answers: rows of each step's answer, in the order of the steps. A value that is missing or NULL fails its rule:
            what could not be measured is not known to be good.
    """
    values: dict[str, Any] = {}
    for rows in answers:
        values.update(rows[0] if rows else {})
    return tuple(_finding(audit.table, m, values) for m in audit.measures)


def _finding(table: TableName, measure: Measure, values: Mapping[str, Any]) -> Finding:
    rule, found = measure.rule, values.get(measure.value)
    where = f"{rule.name} on {rule.column}" if rule.column and rule.column not in rule.name else rule.name
    number, passed = None, False
    if measure.problem or found is None:
        text = f"{where} could not be measured: {measure.problem or 'its query gave no value'}"
    else:
        value = _percent(found, values) if rule.unit == "percent" and measure.share else found
        number = _number(value)
        passed = passes(rule, value)
        shown = f"{number:.10g}{_unit(rule)}" if number is not None else "something that is no number"
        text = f"{where}: found {shown}, allowed {allowed(rule)}"
    return Finding(
        table=table,
        rule=rule.name,
        column=rule.column or "",
        passed=passed,
        severity=rule.severity,
        found=number,
        allowed=allowed(rule),
        text=text,
    )


def _unit(rule: Rule) -> str:
    if rule.unit == "percent":
        return " %"
    return "" if rule.type == "sql" else " rows"


def _percent(found: Any, values: Mapping[str, Any]) -> float:
    rows = float(values.get(_ALL) or 0)
    return 100.0 * float(found) / rows if rows else 0.0


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
