"""Judge a version of a table by the rules of its contract, and look after rules that time alone can break."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from weft import quality
from weft.errors import Invalid
from weft.flow import base, failing
from weft.flow.alert import alert
from weft.flow.land import references
from weft.flow.places import target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.flow.places import Target
    from weft.model import Declared, Event, Finding, Placed, Publication, Relation, Rule
    from weft.seams import World

    Looks = tuple[Mapping[str, Relation], quality.Past]
    """What rules look into besides the table itself."""

_BATCHES = 10_000
"""Batches of a table that are looked back at."""
_CHECKS = 1_000
"""Judgements of a table that are looked back at."""


def audit(world: World, known: Declared, goal: Target, found: Publication) -> tuple[Finding, ...]:
    """Every rule of the contract that is due, on that version; rows that break one are kept."""
    return _judge(world, goal, found, (references(world, known, goal), past(world, goal.placed)))


def _judge(
    world: World, goal: Target, found: Publication, looks: Looks, only: frozenset[str] | None = None
) -> tuple[Finding, ...]:
    plan = quality.compile(goal.placed, *looks, only=only)
    findings = quality.judge(plan, [_answer(world, step, found) for step in plan.steps])
    failing.keep(world, goal, found, quality.blamed(goal.placed, findings, *looks))
    return findings


def checked(world: World, found: Publication, findings: Sequence[Finding], **more: Any) -> Event:
    """The event that tells what was found; the same for the same version and run.

    Args:
        world: the open mesh.
        found: the version that was judged, by which run.
        findings: of the rules that were due.
        more: `waiting`, rules whose time was not come; `part`, true when the version was judged before.
    """
    name, mark = found.table.key, failing.mark(found)
    listed = [f.model_dump(mode="json", exclude={"table"}) for f in findings]
    data = {"run": found.run, "findings": listed, **{k: v for k, v in more.items() if v}}
    return base.event(world, "quality.checked", name, data, key=f"{mark}:{found.run}")


def waiting(known: Declared, found: Publication, findings: Sequence[Finding]) -> int:
    """Rules with a schedule that were not due: they had passed."""
    judged = {finding.rule for finding in findings}
    table = known.tables[found.table.key].table
    return sum(bool(rule.schedule) and rule.name not in judged for rule in table.rules)


def past(world: World, placed: Placed) -> quality.Past:
    """What the rules of a table look back at; only that is read which one of them wants."""
    wanted = quality.wants(placed.table)
    with world.registry.transaction() as unit:
        before = unit.publications.get(placed.name.key) if "before" in wanted else None
    return quality.Past(
        now=world.clock.now(),
        contract=placed.contract,
        before=before.relation if before else None,
        arrivals=_arrivals(world, placed) if "arrivals" in wanted else (),
        judged=_judged(world, placed) if "judged" in wanted else {},
    )


def watch(world: World, known: Declared, tables: Sequence[Placed], run: str) -> dict[str, tuple[Finding, ...]]:
    """Judge what is published although nothing new came: rules with a schedule, and those that time can break.

    Consumers go on seeing it: there is nothing to hold. A rule that has begun to fail is an incident.

    Returns:
        By table key, findings that are told; empty where no verdict has changed and no schedule was due.
    """
    told = {}
    for placed in tables:
        rules = [rule for rule in placed.table.rules if _of_time(rule)]
        with world.registry.transaction() as unit:
            published = unit.publications.get(placed.name.key) if rules else None
        if published is None:
            continue
        again = published.model_copy(update={"run": run})
        findings = _watched(world, known, (placed, rules), again)
        if findings:
            told[placed.name.key] = findings
    return told


def _of_time(rule: Rule) -> bool:
    """Whether it may fail without new rows."""
    return bool(rule.schedule) or getattr(quality.check_of(rule), "TIMED", False)


def _watched(
    world: World, known: Declared, what: tuple[Placed, list[Rule]], published: Publication
) -> tuple[Finding, ...]:
    placed, rules = what
    goal, looks, before = target(world, known, placed), past(world, placed), _judged(world, placed)
    names = frozenset(rule.name for rule in rules)
    findings = _judge(world, goal, published, (references(world, known, goal), looks), names)
    scheduled = {rule.name for rule in rules if rule.schedule}
    news = tuple(f for f in findings if f.rule in scheduled or _turned(before.get(f.rule), f))
    failing = [f for f in news if not f.passed and f.severity != "info"]
    incidents = [_incident(world, published, f) for f in failing]
    if news:
        base.tell(world, checked(world, published, news, part=True), *incidents)
        alert(world, known, placed.name, [f.text for f in failing])
    return news


def _turned(before: quality.Judged | None, finding: Finding) -> bool:
    return before is None or before.passed != finding.passed


def _incident(world: World, published: Publication, finding: Finding) -> Event:
    data = {"rule": finding.rule, "severity": finding.severity, "text": finding.text, "run": published.run}
    name = published.table.key
    return base.event(world, "incident.raised", name, data, key=f"{name}:{published.run}:{finding.rule}")


def _answer(world: World, step: quality.Step, found: Publication) -> list[dict[str, Any]]:
    """The answer of one step; none when an owner's SQL cannot be run, which fails its rule and not the audit."""
    relations = {"rows": found.relation, **step.relations}
    if not step.locked:
        return world.engine.query(step.sql, relations).to_pylist()  # type: ignore[no-any-return]  # of Arrow
    try:
        world.engine.inspect(step.sql)
        return world.engine.query(step.sql, relations, locked=True).to_pylist()  # type: ignore[no-any-return]
    except Invalid:
        return []


def _arrivals(world: World, placed: Placed) -> tuple[quality.Arrival, ...]:
    with world.registry.transaction() as unit:
        found = unit.journal.read(types=("batch.committed",), subject=placed.name.key, limit=_BATCHES, newest=True)
    return tuple(quality.Arrival(e.data["run"], _time(e.at), int(e.data["rows"])) for e in reversed(found))


def _judged(world: World, placed: Placed) -> dict[str, quality.Judged]:
    """The last judgement of each rule; one that lies further back counts as none, so the rule is due."""
    found: dict[str, quality.Judged] = {}
    with world.registry.transaction() as unit:
        events = unit.journal.read(types=("quality.checked",), subject=placed.name.key, limit=_CHECKS, newest=True)
    for event in reversed(events):
        for one in event.data["findings"]:
            found[one["rule"]] = quality.Judged(_time(event.at), one["passed"])
    return found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
