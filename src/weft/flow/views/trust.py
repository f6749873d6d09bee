"""Can it be trusted: the facts side by side, each with what is promised, and no made-up score."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft.flow.alert import concerned
from weft.flow.views.access import told
from weft.flow.views.parts import State, Told, Who, hours_promised, seconds_since, who, worst
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.catalog import Health
    from weft.flow.views.viewer import Sight
    from weft.model import Placed
    from weft.seams import Unit

_FRESHNESS = ("freshness", "latency", "fr", "ly")
_FREQUENCY = ("frequency", "fq")
_LATE = 2.0
"""Older than the promise is to be looked at; older than twice that is a broken one."""
_KEPT = 30


class Fresh(Noun):
    """How old what readers see is."""

    state: State
    at: str = ""
    """When a run last said that readers see all there is, UTC; empty = never."""
    seconds: int | None = None
    """Age."""
    promised: float | None = None
    """Seconds that the contract promises as freshness; none = nothing."""
    every: float | None = None
    """Seconds between two deliveries that it promises as frequency; none = nothing."""


class Judgement(Noun):
    """One check of all rules."""

    at: str
    passed: int
    failed: int


class Checks(Noun):
    """What the rules found when they were last judged."""

    state: State
    at: str = ""
    passed: int = 0
    failed: int = 0
    failing: tuple[Told, ...] = ()
    """The rules that failed."""
    past: tuple[Judgement, ...] = ()
    """The last 30 times, oldest first."""


class Complete(Noun):
    """How many of the rows that came are there."""

    state: State
    rows: int = 0
    """Published rows."""
    waiting: int = 0
    """Rows in quarantine."""
    percent: float | None = None
    """Rows of rows and waiting ones; none = there are neither."""


class Trust(Noun):
    """Facts of a table, or of a product's tables together."""

    state: State
    """The worst of the three, bad when the last run failed, watch when a version is held."""
    fresh: Fresh
    checks: Checks
    complete: Complete
    held: int = 0
    """Tables with a version that is held back."""
    error: str = ""
    """Why the last run failed; empty when it did not."""


class Held(Noun):
    """A version that its checks hold back, and what that means for readers."""

    table: str
    """domain.product.table."""
    version: int
    rows: int
    run: str
    at: str
    findings: tuple[Told, ...] = ()
    """The rules that hold it."""
    told: tuple[Who, ...] = ()
    """Who was told."""
    reading: str = ""
    """When the version that readers still see was published, UTC; empty = there is none yet."""
    reading_rows: int = 0


def trust(sight: Sight, placed: Placed) -> Trust:
    """The facts of one table."""
    health = sight.health(placed)
    fresh, checks, complete = _fresh(sight, placed, health), _checks(sight, placed, health), _complete(health)
    held: State = "watch" if health.held is not None else "quiet"
    error: State = "bad" if health.error else "quiet"
    state = worst((fresh.state, checks.state, complete.state, held, error))
    return Trust(
        state=state, fresh=fresh, checks=checks, complete=complete, held=health.held is not None, error=health.error
    )


def together(found: Iterable[Trust]) -> Trust:
    """The facts of several tables: the oldest, all checks, all rows."""
    facts = tuple(found)
    if not facts:
        return Trust(state="quiet", fresh=Fresh(state="quiet"), checks=Checks(state="quiet"), complete=_shares(0, 0))
    return Trust(
        state=worst(one.state for one in facts),
        fresh=max((one.fresh for one in facts), key=_age),
        checks=_all_checks([one.checks for one in facts]),
        complete=_shares(sum(o.complete.rows for o in facts), sum(o.complete.waiting for o in facts)),
        held=sum(one.held for one in facts),
        error=next((one.error for one in facts if one.error), ""),
    )


def blocking(unit: Unit, table: str) -> list[dict[str, Any]]:
    """Findings that hold a version of a table's key back, when its rules were last judged."""
    events = unit.journal.read(types=("quality.checked",), subject=table, limit=1, newest=True)
    return [f for e in events for f in e.data["findings"] if not f["passed"] and f["severity"] == "error"]


def held(sight: Sight, placed: Placed) -> Held | None:
    """The version that is held back; none = there is none."""
    found = sight.unit.publications.held(placed.name.key)
    if found is None:
        return None
    published = sight.unit.publications.get(placed.name.key)
    findings = blocking(sight.unit, placed.name.key)
    return Held(
        table=str(placed.name),
        version=found.version,
        rows=found.relation.rows,
        run=found.run,
        at=found.at,
        findings=tuple(told(sight, placed, f) for f in findings),
        told=tuple(who(sight.known, one) for one in concerned(sight.known, placed.name)),
        reading=published.at if published else "",
        reading_rows=published.relation.rows if published else 0,
    )


def fresh_state(sight: Sight, placed: Placed, health: Health) -> State:
    """How old what readers see of a table is, against what its contract promises."""
    promised = hours_promised(placed, *_FRESHNESS)
    return _late(seconds_since(sight, health.fresh), promised * 3600 if promised else None)


def fresh_until(sight: Sight, placed: Placed, health: Health) -> datetime | None:
    """When `fresh_state` changes though nothing happens; none = it does not."""
    promised = hours_promised(placed, *_FRESHNESS)
    if not promised or not health.fresh:
        return None
    begun = datetime.fromisoformat(health.fresh)
    # Ages are whole seconds, so what is late is so from the second after.
    ends = (begun + timedelta(hours=promised * times, seconds=1) for times in (1, _LATE))
    return next((end for end in ends if end > sight.world.clock.now()), None)


def checks_state(health: Health) -> State:
    """What the rules of a table found when they were last judged."""
    if not health.checked:
        return "quiet"
    severities = {failed.severity for failed in health.failed}
    if "error" in severities:
        return "bad" if health.held is None else "watch"  # what readers see is not what failed
    return "watch" if "warning" in severities else "good"


def _fresh(sight: Sight, placed: Placed, health: Health) -> Fresh:
    promised, every = hours_promised(placed, *_FRESHNESS), hours_promised(placed, *_FREQUENCY)
    return Fresh(
        state=fresh_state(sight, placed, health),
        at=health.fresh,
        seconds=seconds_since(sight, health.fresh),
        promised=promised * 3600 if promised else None,
        every=every * 3600 if every else None,
    )


def _late(age: int | None, promised: float | None) -> State:
    if age is None or promised is None:
        return "quiet"
    return "good" if age <= promised else "watch" if age <= _LATE * promised else "bad"


def _age(fresh: Fresh) -> tuple[bool, float]:
    """What is furthest from its promise comes last; of what promises nothing the oldest."""
    late = fresh.seconds is not None and fresh.promised
    return bool(late), (fresh.seconds or 0) / fresh.promised if late and fresh.promised else fresh.seconds or 0


def _checks(sight: Sight, placed: Placed, health: Health) -> Checks:
    failing = tuple(told(sight, placed, failed.model_dump()) for failed in health.failed)
    return Checks(
        state=checks_state(health),
        at=health.checked,
        passed=health.passed,
        failed=len(health.failed),
        failing=failing,
        past=tuple(Judgement(at=at, passed=passed, failed=failed) for at, passed, failed in health.judged),
    )


def _all_checks(found: list[Checks]) -> Checks:
    past: dict[str, Judgement] = {}
    for one in sorted((p for checks in found for p in checks.past), key=lambda p: p.at):
        same = past.get(one.at[:16])  # tables of one contract are judged within moments
        before = (same.passed, same.failed) if same else (0, 0)
        past[one.at[:16]] = Judgement(at=one.at, passed=one.passed + before[0], failed=one.failed + before[1])
    return Checks(
        state=worst(one.state for one in found),
        at=max((one.at for one in found), default=""),
        passed=sum(one.passed for one in found),
        failed=sum(one.failed for one in found),
        failing=tuple(failing for one in found for failing in one.failing),
        past=tuple(past.values())[-_KEPT:],
    )


def _complete(health: Health) -> Complete:
    return _shares(health.rows, health.waiting)


def _shares(rows: int, waiting: int) -> Complete:
    whole = rows + waiting
    state: State = "quiet" if not whole else "watch" if waiting else "good"
    return Complete(state=state, rows=rows, waiting=waiting, percent=100 * rows / whole if whole else None)
