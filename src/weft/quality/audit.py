"""The rules of a table compiled to few questions, and the answers judged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from weft.errors import Invalid
from weft.model import Finding, Position, Problem, Relation, Rule, TableName
from weft.model.noun import Noun
from weft.quality.check import OWN, At, Counted
from weft.quality.past import Past
from weft.quality.rules import allowed, check_of, compares, decides, passes, rules_of, settled, unit_of
from weft.quality.schedule import due, readable
from weft.quality.text import ident

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weft.model import Contract, Placed, Property, Table

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
    unit: str = ""
    """What the number counts, when it is no share of rows."""
    note: str = ""
    """What else is to be known."""


class Audit(Noun):
    """All that is to be asked about one version of a table."""

    table: TableName
    steps: tuple[Step, ...] = ()
    measures: tuple[Measure, ...] = ()


class Plan(NamedTuple):
    """What is asked for one rule."""

    rule: Rule
    counted: Counted


def compile_audit(
    placed: Placed, others: Mapping[str, Relation], past: Past | None = None, *, only: frozenset[str] | None = None
) -> Audit:
    """Compile the rules of a table that are due.

    One scan for all that is told row by row or by aggregates, foreign keys among it; one pass for all uniqueness; a
    question of its own for each rule of an owner's SQL and each comparison of distributions.

    Args:
        placed: the table.
        others: published rows of other tables by `domain.product.table`, for foreign keys (see `references`).
        past: what rules look back at (see `wants`).
        only: names of rules; none = all.

    Returns:
        Steps, each to be asked with the table's rows as the relation `rows`. None when there is no rule.

    Raises:
        Invalid: a rule that cannot be read.
    """
    past = past or Past()
    named = [r for r in rules_of(placed) if only is None or r.name in only]
    rules = [rule for rule in named if due(rule, past)]
    places = [At(rule, placed.table, others, past) for rule in rules]
    plans = [plan for at in places if (plan := _plan(at)) is not None]
    measures = tuple(_measure(f"m{i}", plan) for i, plan in enumerate(plans))
    steps = [step for step in (scan(plans), doubles(plans)) if step is not None]
    steps += [_pass(f"m{i}", rule, c) for i, (rule, c) in enumerate(plans) if c.query]
    return Audit(table=placed.name, steps=tuple(steps), measures=measures)


def scan(plans: Sequence[Plan]) -> Step | None:
    """The one scan of the table's rows."""
    listed: list[str] = []
    flags: list[str] = []
    relations: dict[str, Relation] = {}
    for i, (_, counted) in enumerate(plans):
        if counted.aggregate:
            listed.append(f"{counted.aggregate} AS m{i}")
        elif counted.flag:
            # A look into other rows may stand in the list of columns, not in an aggregate's filter.
            flags.append(f"({counted.flag}) AS _weft_f{i}")
            listed.append(f"count(*) FILTER (WHERE _weft_f{i}) AS m{i}")
            relations |= counted.relations
    if not listed and not any(c.share and rule.unit == "percent" for rule, c in plans):
        return None
    source = f"(SELECT *, {', '.join(flags)} FROM {ident(OWN)})" if flags else ident(OWN)
    return Step(sql=f"SELECT {', '.join([f'count(*) AS {_ALL}', *listed])} FROM {source}", relations=relations)


def doubles(plans: Sequence[Plan]) -> Step | None:
    """The one pass for uniqueness: all combinations of columns as grouping sets of one statement."""
    sets = {i: tuple(dict.fromkeys(c.unique)) for i, (_, c) in enumerate(plans) if c.unique}
    if not sets:
        return None
    columns = sorted({column for names in sets.values() for column in names})
    keys = {column: f"k{n}" for n, column in enumerate(columns)}
    listed = []
    for i, names in sets.items():
        # GROUPING sets a bit for each column that is not of the set, the first column's is the highest.
        others = sum(1 << place for place, column in enumerate(reversed(columns)) if column not in names)
        present = " AND ".join(f"{keys[column]} IS NOT NULL" for column in names)
        listed.append(f"coalesce(sum(n - 1) FILTER (WHERE g = {others} AND {present}), 0) AS m{i}")
    groups = ", ".join(dict.fromkeys(f"({', '.join(sorted(names))})" for names in sets.values()))
    named = ", ".join(f"{column} AS {keys[column]}" for column in columns)
    inner = (
        f"SELECT {named}, grouping({', '.join(columns)}) AS g, count(*) AS n FROM {ident(OWN)} "
        f"GROUP BY GROUPING SETS ({groups}) HAVING count(*) > 1"
    )
    return Step(sql=f"SELECT {', '.join(listed)} FROM ({inner})")


def wants(table: Table) -> frozenset[str]:
    """What the rules of a table look back at: `before`, `arrivals`, `judged`.

    Raises:
        Invalid: a rule that cannot be read.
    """
    checks = [check_of(rule) for rule in table.rules]
    found = {word for check in checks for word in getattr(check, "WANTS", ())}
    return frozenset(found | {"judged" for rule in table.rules if rule.schedule})


def references(table: Table) -> tuple[str, ...]:
    """`domain.product.table` of every other table that the rules look into, in order of first use.

    Raises:
        Invalid: a rule that cannot be read.
    """
    checks = [check_of(rule) for rule in table.rules]
    return tuple(dict.fromkeys(name for check in checks if check is not None for name in check.needs()))


def problems(table: Table, contract: Contract | None = None) -> tuple[Problem, ...]:
    """What is wrong with the rules of a table: unknown kinds, arguments that do not fit, columns that are not there.

    Args:
        table: the table.
        contract: of the table, for what its rules take from there.
    """
    past = Past(contract=contract)
    found = [problem for rule in table.rules for problem in _problems(rule, table, past)]
    return (*found, *(_not_run(rule, table) for prop in table.properties for rule in _of_items(prop)))


def _of_items(prop: Property) -> Iterator[Rule]:
    """Rules on the elements of lists and the values of maps."""
    if prop.items is not None:
        yield from prop.items.rules
        yield from _of_items(prop.items)
    for inner in prop.properties:
        yield from _of_items(inner)


def _not_run(rule: Rule, table: Table) -> Problem:
    position = rule.position or table.position or Position(file=table.name)
    text = f"the rule '{rule.name}' stands on the elements of a list, which weft does not judge; an sql rule can"
    return Problem(position=position, message=text, severity="warning")


def _problems(rule: Rule, table: Table, past: Past) -> Iterator[Problem]:
    position = rule.position or table.position or Position(file=table.name)
    try:
        check = check_of(rule)
        if check is not None:
            at = settled(At(rule, table, {name: Relation() for name in check.needs()}, past), check)
            check.bad(at)
            check.measure(at)
    except Invalid as error:
        yield Problem(position=position, message=error.message)
        return
    if check is not None and rule.operator:
        yield from _threshold(rule, position)
    if rule.schedule and not readable(rule):
        text = "weft reads cron expressions of five fields (UTC); the rule is judged with every version"
        said = f"the rule '{rule.name}' has the schedule '{rule.schedule}'"
        by = f" of the scheduler '{rule.scheduler}'" if rule.scheduler else ""
        yield Problem(position=position, message=f"{said}{by}, {text}", severity="warning")


def _threshold(rule: Rule, position: Position) -> Iterator[Problem]:
    try:
        compares(rule, 0)
    except (TypeError, ValueError):
        text = f"the rule '{rule.name}' has {rule.operator} '{rule.threshold}', allowed is a number"
        pair = (
            f"the rule '{rule.name}' has {rule.operator} '{rule.threshold}', allowed are two numbers, the smaller first"
        )
        yield Problem(position=position, message=pair if "Between" in rule.operator else text)


def _plan(at: At) -> Plan | None:
    check = check_of(at.rule)
    if check is None:
        return None
    at = settled(at, check)
    missing = [name for name in check.needs() if name not in at.others]
    if missing:
        return Plan(at.rule, Counted(problem=f"{missing[0]} is not published"))
    if check.needs() and not at.rule.schedule and decides(at.rule) and check.bad(at) is not None:
        # Decided when the rows landed. That what they refer to has gone since is no fault of theirs.
        return None
    return Plan(at.rule, check.measure(at))


def _measure(value: str, plan: Plan) -> Measure:
    rule, c = plan
    return Measure(rule=rule, value=value, share=c.share, problem=c.problem, unit=c.unit, note=c.note)


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
        shown = f"{number:.10g}{unit_of(rule, measure.unit)}" if number is not None else "something that is no number"
        text = f"{where}: found {shown}, allowed: {allowed(rule, measure.unit)}"
        text += f" ({measure.note})" if measure.note else ""
    return Finding(
        table=table,
        rule=rule.name,
        column=rule.column or "",
        passed=passed,
        severity=rule.severity,
        found=number,
        allowed=allowed(rule, measure.unit),
        text=text,
    )


def _percent(found: Any, values: Mapping[str, Any]) -> float:
    rows = float(values.get(_ALL) or 0)
    return 100.0 * float(found) / rows if rows else 0.0


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
