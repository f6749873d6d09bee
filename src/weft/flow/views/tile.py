"""A figure for people: what it is now, what it was, what it should be, and whether one may trust it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from weft import metrics
from weft.errors import Denied, WeftError
from weft.flow.views.ground import Ground, grounds
from weft.flow.views.measure import Measured, measure
from weft.flow.views.parts import State, who, worst
from weft.model import Grain, Noun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.flow.views.measure import Row
    from weft.flow.views.viewer import Sight
    from weft.model import Metric, Tile

PARTS = 50
"""Parts that are shown, the greatest first."""


class Point(Noun):
    """The value of a period."""

    period: str
    """First day, ISO 8601."""
    until: str
    """Day after the last."""
    value: float | None = None
    """None: no rows, or nothing to divide by."""
    upper: float | None = None
    """Ratio: value of the numerator."""
    lower: float | None = None
    """Ratio: value of the denominator."""
    whole: bool = True
    """False while it still moves: it has not ended, or not settled yet."""
    seen: str = ""
    """as_of: day of the snapshot that it was computed from."""
    rows: int = 0
    """Rows behind it."""


class Part(Noun):
    """The value of a part in the period of the tile."""

    dimension: str
    name: str | None = None
    """Value of the dimension; none = it is empty."""
    value: float | None = None
    before: float | None = None
    """In the period before."""
    rows: int = 0


class TileView(Noun):
    """A metric as a viewer may see it. Values are in `unit`."""

    metric: str
    title: str
    description: str = ""
    note: str = ""
    """What the board says of it here."""
    unit: str = ""
    direction: Literal["up", "down"] = "up"
    """Which way is better."""
    owner: str = ""
    owner_name: str = ""
    grain: Grain | None = None
    """Length of its periods; none = it has none, there is one value."""
    leads: Literal["whole", "current"] = "whole"
    """Which period comes first: the last whole one, or the current one so far."""
    now: Point | None = None
    """The value that leads; none = there is none at all."""
    behind: int = 0
    """Whole periods between the one that is shown and the newest one that could be: 0 = as new as it can be."""
    before: Point | None = None
    """The period before `now`."""
    current: Point | None = None
    """The current period so far, where `now` is a whole one."""
    change: float | None = None
    """From the period before to now."""
    target: float | None = None
    distance: float | None = None
    """From the target to the value; below zero = the value is lower."""
    state: State = "quiet"
    """Against the target: good = reached, watch = within the tolerance beside it, bad = further off, quiet = no target
    or no value."""
    points: tuple[Point, ...] = ()
    """The trend, oldest first, without gaps; the last one may not be whole."""
    parts: tuple[Part, ...] = ()
    """By dimension, the greatest first; each is computed from its own rows."""
    adds: bool = False
    """Whether the values of parts may be summed."""
    more: int = 0
    """Parts that are not shown."""
    grounds: tuple[Ground, ...] = ()
    """What it rests on."""
    trust: State = "quiet"
    """Of the data below, the worst of its grounds; watch = late, a rule failed, a version is held, rows wait in
    quarantine, or this viewer sees a part; bad = a promise is broken, or there is no value."""
    denied: str = ""
    """Why the viewer may not see it; empty = they may."""
    error: str = ""
    """Why there is no value, when it is not for a lack of rights."""
    hint: str = ""
    """What to do about either, and whom to ask."""


class Look(Noun):
    """What is asked of tiles beyond what the board says."""

    by: tuple[str, ...] = ()
    """More dimensions to break them down by."""
    since: date | None = None
    """First day of the trend; none = enough to see the same season again."""
    until: date | None = None
    """Day after the last; none = up to today."""


def tiles(
    sight: Sight, places: Sequence[Tile], bare: Sequence[TileView], look: Look | None = None
) -> tuple[TileView, ...]:
    """Tiles, asked in few questions; what goes wrong with one is told on it and nowhere else.

    Args:
        sight: who looks at what; its transaction may have ended.
        places: where on a board, and which metric; the metrics are there.
        bare: `outline` of each.
        look: what is asked beyond what the places say.
    """
    look = look or Look()
    today = sight.world.clock.now().date()
    wanted = [_wanted(place, one.grain, look, today) for place, one in zip(places, bare, strict=True)]
    asked = [(sight.known.metrics[place.metric], how) for place, how in zip(places, wanted, strict=True)]
    found = _ask(sight, asked, bare)
    if look.since is None:
        _reach_back(sight, asked, found)
    return tuple(_told(*asked[n], bare[n], found[n]) for n in range(len(bare)))


def _wanted(place: Tile, grain: Grain | None, look: Look, today: date) -> metrics.Wanted:
    since = look.since
    if since is None and grain:
        last = min(today, look.until - timedelta(days=1)) if look.until else today
        since = metrics.shift(grain, metrics.start(grain, last), 1 - metrics.SHOWN[grain])
    by = tuple(dict.fromkeys(d for d in (place.by, *look.by) if d))
    return metrics.Wanted(today=today, grain=grain, since=since, until=look.until, by=by)


def outline(sight: Sight, place: Tile) -> TileView:
    """What is known of a tile before anything is asked."""
    metric = sight.known.metrics[place.metric]
    grains = metrics.coarser(metric)
    return TileView(
        metric=metric.name,
        title=place.title or metric.title or metric.name,
        description=metric.description,
        note=place.note,
        unit=metric.unit,
        direction=metric.direction or "up",
        owner=metric.owner,
        owner_name=who(sight.known, metric.owner).name if metric.owner else "",
        grain=place.grain or metric.grain or ("month" if grains else None),
        leads=metric.shows or ("current" if metric.type == "as_of" else "whole"),
        target=metric.target,
        adds=metric.additive if metric.additive is not None else _adds(metric),
        grounds=grounds(sight, metric),
    )


def _adds(metric: Metric) -> bool:
    return metric.type in ("simple", "as_of") and metrics.adds_up(metric.expression)


def _ask(
    sight: Sight, asked: list[tuple[Metric, metrics.Wanted]], bare: Sequence[TileView]
) -> list[Measured | WeftError]:
    """All that the viewer may see in one question; what they may not, or nobody can, is refused by itself."""
    apart = [n for n, one in enumerate(bare) if not all(g.allowed and g.published for g in one.grounds)]
    found: dict[int, Measured | WeftError] = {}
    for group in ([n for n in range(len(bare)) if n not in apart], *([n] for n in apart)):
        found |= zip(group, measure(sight, [asked[n] for n in group]), strict=True)
    return [found[n] for n in range(len(bare))]


def _reach_back(sight: Sight, asked: list[tuple[Metric, metrics.Wanted]], found: list[Measured | WeftError]) -> None:
    """Where the periods that are shown hold nothing whole, whatever there was before them; changes both lists."""
    empty = [n for n, one in enumerate(found) if isinstance(one, Measured) and _empty(one, *asked[n])]
    for n in empty:
        asked[n] = asked[n][0], asked[n][1].model_copy(update={"since": None})
    for n, one in zip(empty, measure(sight, [asked[n] for n in empty]), strict=True):
        found[n] = one


def _empty(found: Measured, metric: Metric, wanted: metrics.Wanted) -> bool:
    return wanted.grain is not None and not any(
        row.value is not None and row.period and _whole(metric, wanted, row.period) for row in found.whole().values()
    )


def _whole(metric: Metric, wanted: metrics.Wanted, period: date) -> bool:
    """Whether a period has ended, is asked to its end, and has settled."""
    end = metrics.shift(wanted.grain, period, 1) if wanted.grain else period
    return (wanted.today - end).days >= metric.settle_days and end <= (wanted.until or end)


def _told(metric: Metric, wanted: metrics.Wanted, bare: TileView, found: Measured | WeftError) -> TileView:
    if isinstance(found, WeftError):
        why = "denied" if isinstance(found, Denied) else "error"
        return bare.model_copy(update={why: found.message, "hint": found.hint, "trust": "bad"})
    values = found.whole()
    period = None
    shown: dict[str, object] = {}
    if bare.grain:
        shown, period = _timed(metric, wanted, bare, values)
    elif None in values and values[None].value is not None:
        shown = {"now": _point(metric, wanted, None, values[None])}
    here = bare.model_copy(update=shown | _parts(bare, found, period))
    against = _against(here, metric)
    return here.model_copy(update=against | {"trust": _trust(here)})


def _timed(
    metric: Metric, wanted: metrics.Wanted, bare: TileView, values: Mapping[date | None, Row]
) -> tuple[dict[str, object], date | None]:
    """The trend, and which of its points lead."""
    grain = wanted.grain or "day"
    told = sorted(p for p in values if p is not None)
    if not told:
        return {}, None
    this = newest = metrics.start(grain, wanted.last)
    while bare.leads == "whole" and not _whole(metric, wanted, newest):
        newest = metrics.shift(grain, newest, -1)
    first = told[0] if wanted.since else max(told[0], metrics.shift(grain, told[-1], 1 - metrics.SHOWN[grain]))
    length = metrics.steps(grain, first, told[-1]) + 1
    periods = [metrics.shift(grain, first, n) for n in range(length)]
    points = {p: _point(metric, wanted, p, values.get(p)) for p in periods}
    shown: dict[str, object] = {"points": tuple(points.values())}
    lead = next((p for p in reversed(told) if p <= newest and values[p].value is not None and p in points), None)
    if lead is not None:
        shown["now"], shown["before"] = points[lead], points.get(metrics.shift(grain, lead, -1))
        shown["behind"] = metrics.steps(grain, lead, newest)
        shown["current"] = points.get(this) if lead != this else None
    return shown, lead


def _point(metric: Metric, wanted: metrics.Wanted, period: date | None, row: Row | None) -> Point:
    """A value; a period without a row is one without a value."""
    return Point(
        period=period.isoformat() if period else "",
        until=metrics.shift(wanted.grain, period, 1).isoformat() if period and wanted.grain else "",
        whole=_whole(metric, wanted, period) if period else True,
        value=row.value if row else None,
        upper=row.upper if row else None,
        lower=row.lower if row else None,
        seen=row.seen.isoformat() if row and row.seen else "",
        rows=row.rows if row else 0,
    )


def _parts(bare: TileView, found: Measured, period: date | None) -> dict[str, object]:
    """The parts of the period that leads, beside those of the period before."""
    here = found.parts(period)
    earlier = found.parts(metrics.shift(bare.grain, period, -1)) if bare.grain and period else []
    before = {(row.dimension, row.part): row.value for row in earlier}
    gone = [row for row in earlier if (row.dimension, row.part) not in {(r.dimension, r.part) for r in here}]
    told = [_part(row, before) for row in here] + [
        Part(dimension=row.dimension, name=row.part, before=row.value) for row in gone
    ]
    told.sort(key=lambda part: (part.dimension, part.value is None, -(part.value or 0), part.name or ""))
    return {"parts": tuple(told[:PARTS]), "more": max(0, len(told) - PARTS)}


def _part(row: Row, before: Mapping[tuple[str, str | None], float | None]) -> Part:
    return Part(
        dimension=row.dimension,
        name=row.part,
        value=row.value,
        before=before.get((row.dimension, row.part)),
        rows=row.rows,
    )


def _against(here: TileView, metric: Metric) -> dict[str, object]:
    """What the value is beside the one before and beside its target."""
    value = here.now.value if here.now else None
    if value is None:
        return {}
    found: dict[str, object] = {}
    if here.before and here.before.value is not None:
        found["change"] = value - here.before.value
    if metric.target is not None:
        distance = value - metric.target
        lacking = -distance if here.direction == "up" else distance
        found["distance"] = distance
        found["state"] = "good" if lacking <= 0 else "watch" if lacking <= metric.tolerance else "bad"
    return found


def _trust(here: TileView) -> State:
    return worst(ground.state for ground in here.grounds) if here.now else "bad"
