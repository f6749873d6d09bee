"""The page of a metric: its figure, its definition in words and SQL, and the way back to its rows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from weft import lineage, metrics
from weft.errors import Unknown
from weft.flow import base
from weft.flow.views.measure import leaves
from weft.flow.views.tile import Look, TileView, outline, tiles
from weft.flow.views.viewer import looking
from weft.model import Grain, Noun, Tile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weft.flow.views.viewer import Sight, Viewer
    from weft.model import Declared, Metric
    from weft.seams import World


class Behind(Noun):
    """The way back from a value to rows."""

    metric: str
    """The metric itself, or one that it is derived from."""
    table: str
    sql: str
    """SELECT that gives the rows behind the value; asked by the viewer, it gives those that they may see."""


class Lacking(Noun):
    """A table of which rows wait in quarantine."""

    table: str
    """domain.product.table."""
    rows: int


class MetricView(Noun):
    """A metric as a viewer may see it."""

    tile: TileView
    """Its figure, with its parts by every dimension."""
    type: str
    definition: str
    """How it is computed, as the document says: `sum(a) / sum(b), where closed`."""
    sql: str
    """The SELECT that computes its trend; anybody may ask it."""
    dimensions: tuple[str, ...] = ()
    grains: tuple[Grain, ...] = ()
    """Grains that may be asked."""
    inputs: dict[str, str] = {}
    """derived: by the name that the definition uses, the metric."""
    behind: tuple[Behind, ...] = ()
    """The way back of the value that leads; empty when there is none."""
    upstream: tuple[str, ...] = ()
    """Tables and streams that it is made from, nearest first."""
    lacking: tuple[Lacking, ...] = ()
    """Tables further up of which rows wait in quarantine: the figure lacks what would be made of them."""
    used: tuple[str, ...] = ()
    """Boards that show it, and metrics that are derived from it, by `board:name` and `metric:name`."""
    file: str = ""
    """Its document."""


class MetricRow(Noun):
    """A metric in a list."""

    name: str
    title: str
    description: str = ""
    type: str
    unit: str = ""
    owner: str = ""
    dimensions: tuple[str, ...] = ()


def metrics_of(world: World, viewer: Viewer) -> tuple[MetricRow, ...]:
    """Every metric; what it is now is decided by each look at it."""
    del viewer  # that a metric exists is no secret
    return tuple(
        MetricRow(
            name=one.name,
            title=one.title or one.name,
            description=one.description,
            type=one.type,
            unit=one.unit,
            owner=one.owner,
            dimensions=one.dimensions,
        )
        for one in base.declared(world).metrics.values()
    )


def metric(world: World, viewer: Viewer, name: str, place: Tile | None = None, look: Look | None = None) -> MetricView:
    """One metric.

    Args:
        world: the open mesh.
        viewer: who looks.
        name: of the metric.
        place: a grain or dimension other than the document's; its parts are then those of that dimension.
        look: another span of time.

    Raises:
        Unknown: there is no such metric; lists the known ones.
        Invalid: it has no such dimension or grain.
    """
    where = place or Tile(metric=name)
    with looking(world, viewer) as sight:
        known = sight.known
        found = find(known, name)
        bare = outline(sight, where)
        graph = _graph(world, known)
        upstream = _sources(graph, f"metric:{name}")
        lacking = tuple(_lacking(sight, upstream, [leaf.table for leaf in leaves(known, found)]))
    look = (look or Look()).model_copy(update={} if where.by else {"by": found.dimensions})
    (shown,) = tiles(sight, [where], [bare], look)
    today = world.clock.now().date()
    wanted = metrics.Wanted(today=today, grain=shown.grain, by=(where.by,) if where.by else ())
    return MetricView(
        tile=shown,
        type=found.type,
        definition=definition(found),
        sql=metrics.compile(found, known.metrics, wanted),
        dimensions=found.dimensions,
        grains=metrics.coarser(found),
        inputs=found.inputs,
        behind=_behind(known, found, shown, wanted),
        upstream=upstream,
        lacking=lacking,
        used=tuple(dict.fromkeys(e.target for e in graph.downstream(f"metric:{name}", depth=1).edges)),
        file=found.position.file if found.position else "",
    )


def find(known: Declared, name: str) -> Metric:
    """The metric of that name.

    Raises:
        Unknown: there is none; lists the known ones.
    """
    if name not in known.metrics:
        listed = ", ".join(sorted(known.metrics)) or "none"
        raise Unknown(f"there is no metric '{name}'", hint=f"Known are: {listed}.")
    return known.metrics[name]


def definition(found: Metric) -> str:
    """How a metric is computed, in one line of SQL."""
    what = f"({found.numerator}) / ({found.denominator})" if found.type == "ratio" else found.expression
    words = [" ".join(what.split())]
    if found.where:
        words.append(f"where {' '.join(found.where.split())}")
    if found.type == "as_of":
        first = "first" if found.seen == "start" else "last"
        words.append(f"of the newest {metrics.snapshot(found)} at or before the {first} day")
    return ", ".join(words)


def _behind(known: Declared, found: Metric, shown: TileView, wanted: metrics.Wanted) -> tuple[Behind, ...]:
    if shown.now is None:
        return ()
    now = shown.now
    if now.period:
        span = {"since": date.fromisoformat(now.period), "until": date.fromisoformat(now.until)}
        wanted = wanted.model_copy(update=span)
    seen = date.fromisoformat(now.seen) if now.seen else None
    return tuple(
        Behind(metric=leaf.name, table=leaf.table, sql=metrics.rows(leaf, wanted, seen))
        for leaf in leaves(known, found)
    )


def _graph(world: World, known: Declared) -> lineage.Graph:
    """The lineage of the mesh; computed once for each state of its documents."""
    if world.memo.get("metrics lineage", (None,))[0] is not known:
        world.memo["metrics lineage"] = (known, lineage.graph(known))
    return world.memo["metrics lineage"][1]  # type: ignore[no-any-return]  # the memo holds anything


def _lacking(sight: Sight, upstream: Iterable[str], grounds: Sequence[str]) -> Iterator[Lacking]:
    for name in upstream:
        placed = sight.known.tables.get(name)
        waiting = sight.health(placed).waiting if placed and name not in grounds else 0
        if waiting:
            yield Lacking(table=name, rows=waiting)


def _sources(graph: lineage.Graph, name: str) -> tuple[str, ...]:
    part = graph.upstream(name)
    kinds = {"stream", "table"}
    return tuple(dict.fromkeys(node.of for node in part.nodes.values() if node.kind in kinds))
