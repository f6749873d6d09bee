"""The rules of a table compiled to few questions, and the answers judged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydantic import Field

from weft.model import Finding, Relation, Rule, TableName
from weft.model.noun import Noun
from weft.quality.check import OWN, At, Counted
from weft.quality.rules import allowed, check_of, implied, passes
from weft.quality.text import ident

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.model import Placed

ROWS = "rows"
"""Name of the value that holds the number of all rows."""


class Query(Noun):
    """One question; its answer is one row whose columns are values for `judge`."""

    sql: str
    relations: dict[str, Relation]
    locked: bool = False
    """It holds text of an owner: judge it by `Engine.inspect` and run it under the gateway's locks."""
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
    queries: tuple[Query, ...] = ()
    measures: tuple[Measure, ...] = Field(default=())


def compile_audit(placed: Placed, own: Relation, others: Mapping[str, Relation]) -> Audit:
    """Compile every rule of a table that weft runs: one scan for all that aggregates tell, a pass for each other one.

    Args:
        placed: the table.
        own: its rows, the candidate of a publication.
        others: published rows of other tables by `domain.product.table`, for foreign keys (see `needs`).

    Raises:
        Invalid: a rule that cannot be read.
    """
    rules = (*placed.table.rules, *implied(placed))
    counted = [(rule, c) for rule in rules if (c := _counted(At(rule, placed.table, others))) is not None]
    measures = tuple(
        Measure(rule=rule, value=f"m{i}", share=c.share, problem=c.problem) for i, (rule, c) in enumerate(counted)
    )
    listed = [f"count(*) AS {ROWS}"]
    listed += [f"{c.aggregate} AS m{i}" for i, (_, c) in enumerate(counted) if c.aggregate]
    scan = Query(sql=f"SELECT {', '.join(listed)} FROM {OWN}", relations={OWN: own})
    passes_ = tuple(_pass(f"m{i}", rule, c, own) for i, (rule, c) in enumerate(counted) if c.query)
    return Audit(table=placed.name, queries=(scan, *passes_), measures=measures)


def needs(placed: Placed) -> tuple[str, ...]:
    """`domain.product.table` of every other table that the rules look into."""
    checks = [check_of(rule) for rule in placed.table.rules]
    return tuple(dict.fromkeys(name for check in checks if check is not None for name in check.needs()))


def _counted(at: At) -> Counted | None:
    check = check_of(at.rule)
    if check is None:
        return None
    if check.needs() and check.bad(at) is not None and at.rule.severity == "error":
        # Decided when the rows landed. That what they referred to has gone since is no fault of theirs.
        missing = [n for n in check.needs() if n not in at.others]
        return Counted(problem=f"{missing[0]} is not published yet") if missing else None
    return check.measure(at)


def _pass(name: str, rule: Rule, counted: Counted, own: Relation) -> Query:
    sql = f"SELECT * FROM (\n{counted.query}\n) AS _weft_q({name})"
    relations = {counted.own: own, **counted.relations}
    return Query(sql=sql, relations=relations, locked=counted.locked, rule=rule.name)


def judge(audit: Audit, values: Mapping[str, Any]) -> tuple[Finding, ...]:
    """One finding for each rule.

    Args:
        audit: what was asked.
        values: all columns of all answers by name. A value that is missing or NULL fails its rule: what could not be
            measured is not known to be good.
    """
    return tuple(_finding(audit.table, m, values) for m in audit.measures)


def failing(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that hold a publication: failed rules of severity error."""
    return tuple(f for f in findings if not f.passed and f.severity == "error")


def _finding(table: TableName, measure: Measure, values: Mapping[str, Any]) -> Finding:
    rule, found = measure.rule, values.get(measure.value)
    name = rule.column or "table"
    if measure.problem or found is None:
        reason = measure.problem or "its query gave no value"
        text = f"{rule.name} on {name} could not be measured: {reason}"
        passed, number = False, None
    else:
        value = _percent(found, values) if rule.unit == "percent" and measure.share else found
        passed, number = passes(rule, value), _number(value)
        shown = f"{number:g}" if number is not None else "another text"
        unit = "" if rule.type == "sql" and rule.unit == "rows" else f" {rule.unit}"
        text = f"{rule.name} on {name}: found {shown}{unit}, allowed {allowed(rule)}"
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


def _percent(found: Any, values: Mapping[str, Any]) -> float:
    rows = float(values.get(ROWS) or 0)
    return 100.0 * float(found) / rows if rows else 0.0


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def shown(findings: tuple[Finding, ...]) -> Iterator[str]:
    """A line for each failed rule, worst first."""
    order = ("error", "warning", "info")
    for found in sorted((f for f in findings if not f.passed), key=lambda f: order.index(f.severity)):
        yield f"{found.severity}: {found.text}"


__all__ = ["ROWS", "Audit", "Measure", "Query", "compile_audit", "failing", "ident", "judge", "needs", "shown"]
