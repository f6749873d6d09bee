"""What the rules of a table found over time, and the rows that break one of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from weft import policy, quality
from weft.errors import Invalid, Unavailable
from weft.flow import base, failing
from weft.flow.audit import past
from weft.flow.land import references
from weft.flow.places import target
from weft.flow.quarantine import may_look
from weft.flow.text import literal, quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from weft.model import Declared, Placed, Publication, Rule
    from weft.seams import World

ROWS = "rows"


class Measured(Struct, frozen=True):
    """One judgement of one rule."""

    rule: str
    column: str
    at: str
    """ISO time, UTC."""
    run: str
    found: float | None
    """Measured value; none = it could not be measured."""
    allowed: str
    passed: bool
    severity: str
    kept: int = 0
    """Rows to blame that are kept of it."""


class Standing(Struct, frozen=True):
    """A rule of a table and how it stands."""

    rule: str
    column: str
    about: str
    """What it measures, or what its author says of it."""
    dimension: str
    severity: str
    schedule: str
    last: Measured | None
    """The last judgement; none = never judged, as rows decide it or it is text."""
    judged: int
    """How often it was judged."""
    failed: int


def standings(world: World, known: Declared, table: str) -> tuple[Standing, ...]:
    """Every rule of a table in the order of its contract, those of its columns' own (unique, key) behind."""
    placed = known.table(table)
    by: dict[str, list[Measured]] = {}
    for one in history(world, known, table):
        by.setdefault(one.rule, []).append(one)
    rules = {rule.name: rule for rule in placed.table.rules}
    return tuple(_standing(name, rules.get(name), by.get(name, [])) for name in dict.fromkeys((*rules, *by)))


def history(world: World, known: Declared, table: str, rule: str = "") -> tuple[Measured, ...]:
    """All judgements of a table, or of one of its rules, oldest first.

    Raises:
        Invalid: the table has no such rule, and never had.
    """
    placed = known.table(table)
    kept = failing.counts(world, target(world, known, placed), rule) if rule else {}
    with world.registry.transaction() as unit:
        found = tuple(
            Measured(
                rule=one["rule"],
                column=one.get("column", ""),
                at=event.at,
                run=event.data.get("run", ""),
                found=one.get("found"),
                allowed=one.get("allowed", ""),
                passed=one["passed"],
                severity=one.get("severity", "error"),
                kept=kept.get(event.data.get("run", ""), 0),
            )
            for event in base.every_event(unit, ("quality.checked",), placed.name.key)
            for one in event.data["findings"]
            if rule in ("", one["rule"])
        )
    if rule and not found:
        _rule(placed, rule)
    return found


def blamed(world: World, known: Declared, what: tuple[str, str], actor: str, rows: int = 20) -> pa.Table:
    """Rows that break a rule: of the held version, else of the published one; personal data is masked.

    They lie in that version, and are there as long as it is held or published; `kept` has a sample of them for longer.
    For owner and stewards of the domain only; each look is an event.

    Args:
        world: the open mesh.
        known: its documents.
        what: table and rule.
        actor: who looks.
        rows: at most so many.

    Raises:
        Denied: the actor is neither owner nor steward of the domain.
        Invalid: no such rule, or one that does not tell which rows are to blame.
        Unavailable: nothing is held or published.
    """
    table, name = what
    placed = known.table(table)
    may_look(world, placed, policy.actor(known, actor))
    rule = _rule(placed, name)
    goal = target(world, known, placed)
    at = quality.At(rule, placed.table, references(world, known, goal), past(world, placed))
    found = quality.failing(at)
    if found is None:
        raise Invalid(
            f"the rule '{name}' does not tell which rows of {placed.name} are to blame",
            hint="Rules of nullValues, missingValues, invalidValues, duplicateValues and ForeignKey do.",
        )
    condition, relations = found
    _looked(world, placed, actor, f"rows that break {name}", rows)
    values = failing.masked(goal, {column.lower() for column in goal.quiet})
    shown = ", ".join(f"{sql} AS {quoted(column)}" for column, sql in values.items())
    sql = f"SELECT {shown} FROM {quoted(ROWS)} WHERE {condition} LIMIT {int(rows)}"
    return world.engine.query(sql, {ROWS: _version(world, placed).relation, **relations})


def kept(world: World, known: Declared, what: tuple[str, str, str], actor: str, rows: int = 20) -> pa.Table:
    """Rows that broke a rule when a run judged it: a sample, personal data masked for good.

    For owner and stewards of the domain only; each look is an event.

    Args:
        world: the open mesh.
        known: its documents.
        what: table, rule and run.
        actor: who looks.
        rows: at most so many.

    Returns:
        One column, row (JSON text).

    Raises:
        Denied: the actor is neither owner nor steward of the domain.
        Invalid: nothing is kept of it.
    """
    table, rule, run = what
    placed = known.table(table)
    may_look(world, placed, policy.actor(known, actor))
    goal = target(world, known, placed)
    if run not in (there := failing.counts(world, goal, rule)):
        runs = ", ".join(sorted(there)) or "none"
        raise Invalid(
            f"no row that broke the rule '{rule}' of {placed.name} is kept of the run '{run}', only of: {runs}",
            hint="`weft quality show TABLE RULE` lists the judgements, and how many rows are kept of each.",
        )
    _looked(world, placed, actor, f"kept rows that broke {rule}", rows)
    mask = literal(json.dumps(dict.fromkeys(goal.quiet, "***")))  # what is protected since then
    sql = (
        f"""SELECT json_merge_patch("_weft_row", {mask})::VARCHAR AS row FROM "kept" """
        f'WHERE "_weft_rule" = {literal(rule)} AND "_weft_run" = {literal(run)} LIMIT {int(rows)}'
    )
    return world.engine.query(sql, {"kept": failing.kept(world, goal)})


def _looked(world: World, placed: Placed, actor: str, what: str, rows: int) -> None:
    data = {"actor": actor, "what": what, "rows": rows}
    base.tell(world, base.event(world, "unpublished.looked", placed.name.key, data))


def _version(world: World, placed: Placed) -> Publication:
    with world.registry.transaction() as unit:
        found = unit.publications.held(placed.name.key) or unit.publications.get(placed.name.key)
    if found is None:
        raise Unavailable(f"nothing of {placed.name} is held or published", hint=f"`weft run {placed.product}`")
    return found


def _rule(placed: Placed, name: str) -> Rule:
    rules = {rule.name: rule for rule in quality.rules_of(placed)}
    if name not in rules:
        listed = ", ".join(rules) or "none"
        raise Invalid(f"{placed.name} has no rule '{name}', it has {listed}", hint="`weft quality show TABLE`")
    return rules[name]


def _standing(name: str, rule: Rule | None, measured: list[Measured]) -> Standing:
    last = measured[-1] if measured else None
    said = rule.description or (rule.query if rule.type == "sql" else quality.measures(rule)) if rule else ""
    return Standing(
        rule=name,
        column=(rule.column if rule else last.column if last else "") or "",
        about=said,
        dimension=rule.dimension if rule else "",
        severity=rule.severity if rule else last.severity if last else "",
        schedule=rule.schedule if rule else "",
        last=last,
        judged=len(measured),
        failed=sum(not one.passed for one in measured),
    )
