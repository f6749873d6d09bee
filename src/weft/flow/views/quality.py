"""What the rules of a table found, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import catalog, quality
from weft.flow import base, judgements
from weft.flow.alert import concerned
from weft.flow.views.access import knows, told
from weft.flow.views.parts import State, Told, Who, who
from weft.flow.views.sample import WRITTEN, SampleColumn, read
from weft.flow.views.tables import TableItem, table_item
from weft.flow.views.trust import Held, held
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.views.viewer import Sight
    from weft.model import Placed, Rule
    from weft.seams import World


class PointItem(Noun):
    """One judgement of a rule."""

    at: str
    run: str = ""
    told: Told


class RuleHistory(Noun):
    """A rule and how it stands."""

    rule: str
    column: str = ""
    about: str = ""
    """What its author says of it, or what it measures."""
    dimension: str = ""
    severity: str = "error"
    schedule: str = ""
    """Cron expression (UTC); empty = judged with every version."""
    state: State
    """good: it passed; bad: an error failed; watch: a warning failed; quiet: never judged."""
    last: PointItem | None = None
    points: tuple[PointItem, ...] = ()
    """The last 30 judgements, oldest first."""
    judged: int = 0
    """How often it was ever judged."""
    failed: int = 0
    rows: bool = False
    """Whether the viewer may look at the rows that break it (`failing`)."""


class Size(Noun):
    """Rows of one publication."""

    at: str
    rows: int
    waiting: int
    """Rows in quarantine then."""


class QualityView(Noun):
    """Rules with their history, completeness over time, and who is told."""

    table: TableItem
    product: str
    rules: tuple[RuleHistory, ...] = ()
    sizes: tuple[Size, ...] = ()
    """Of the last 30 publications, oldest first."""
    held: Held | None = None
    told: tuple[Who, ...] = ()
    """Who is told when a rule fails."""
    behind: int = 0


class RowsView(Noun):
    """Rows for owner and stewards: those that break a rule, or wait in quarantine."""

    model_config = WRITTEN

    table: str
    what: str
    """The rule, or `quarantine`."""
    columns: tuple[SampleColumn, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()


def table_quality(world: World, viewer: Viewer, name: str) -> QualityView:
    """Rules of a table by `domain.product.table`, in the order of its contract.

    Raises:
        Unknown: no product offers that table.
    """
    with looking(world, viewer) as sight:
        placed = sight.known.table(name)
        sizes = sight.health(placed).sizes
        return QualityView(
            table=table_item(sight, placed),
            product=str(placed.product),
            rules=tuple(_rules(sight, placed)),
            sizes=tuple(Size(at=at, rows=rows, waiting=waiting) for at, rows, waiting in sizes),
            held=held(sight, placed),
            told=tuple(who(sight.known, one) for one in concerned(sight.known, placed.name)),
            behind=sight.behind,
        )


def failing(world: World, viewer: Viewer, what: tuple[str, str], run: str = "", *, rows: int = 20) -> RowsView:
    """Rows of a table that break a rule, personal data masked; each look is an event.

    Args:
        world: the open mesh.
        viewer: who looks.
        what: table (`domain.product.table`) and rule.
        run: rows kept of that run's judgement, as JSON text in one column; empty = rows of the held version, else of
            the published one.
        rows: at most so many.

    Raises:
        Unknown: no product offers that table.
        Denied: the viewer is neither owner nor steward of its domain.
        Invalid: no such rule, one that does not tell which rows are to blame, or nothing is kept.
        Unavailable: nothing is held or published.
    """
    known = base.declared(world)
    if run:
        found = judgements.kept(world, known, (*what, run), viewer.actor, rows)
    else:
        found = judgements.blamed(world, known, what, viewer.actor, rows)
    columns, values = read(found.schema, found.to_batches(), {})
    return RowsView(table=what[0], what=what[1], columns=columns, rows=values)


def _rules(sight: Sight, placed: Placed) -> Iterator[RuleHistory]:
    rules = {rule.name: rule for rule in quality.rules_of(placed)}
    past = {one.rule: one for one in catalog.judged(sight.unit.projections, placed.name.key)}
    looks = knows(sight, placed).unpublished
    for name in dict.fromkeys((*rules, *past)):
        found = past.get(name) or catalog.Judged(rule=name)
        yield _rule(sight, placed, rules.get(name), found, looks=looks)


def _rule(sight: Sight, placed: Placed, rule: Rule | None, past: catalog.Judged, *, looks: bool) -> RuleHistory:
    points = tuple(_point(sight, placed, past, point) for point in past.points)
    severity = rule.severity if rule else past.severity
    last = points[-1] if points else None
    said = rule.description or (rule.query if rule.type == "sql" else quality.measures(rule)) if rule else ""
    broken: State = "bad" if severity == "error" else "watch"
    return RuleHistory(
        rule=past.rule,
        column=(rule.column if rule else past.column) or "",
        about=said,
        dimension=rule.dimension if rule else "",
        severity=severity,
        schedule=rule.schedule if rule else "",
        state="quiet" if last is None else "good" if last.told.passed else broken,
        last=last,
        points=points,
        judged=past.times,
        failed=past.failed,
        rows=looks and rule is not None and rule.type == "library",
    )


def _point(sight: Sight, placed: Placed, past: catalog.Judged, point: catalog.Point) -> PointItem:
    finding = {"rule": past.rule, "column": past.column, "severity": past.severity, **point.model_dump()}
    return PointItem(at=point.at, run=point.run, told=told(sight, placed, finding))
