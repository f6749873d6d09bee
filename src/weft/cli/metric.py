"""weft metric: one KPI as somebody sees it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, asking, opened, print_json, say
from weft.cli.figures import against, doubts, figure, period
from weft.cli.names import complete_metrics
from weft.cli.table import filled, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from weft.flow.views.metric import MetricRow, MetricView
    from weft.flow.views.tile import TileView

Grain = Literal["day", "week", "month", "quarter", "year"]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft metric gross-margin --by class --as felix@messy.example")
    def metric(
        name: Annotated[
            str, typer.Argument(help="Name of a metric; without one all are listed.", autocompletion=complete_metrics)
        ] = "",
        actor: AsOption = "",
        purpose: Annotated[str, typer.Option(help="What for; one of the mesh's purposes.")] = "",
        by: Annotated[str, typer.Option("--by", help="A dimension to show the parts by; default: each.")] = "",
        grain: Annotated[Grain | None, typer.Option("--grain", help="Length of a period.")] = None,
        since: Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="First day.")] = None,
        until: Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day.")] = None,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show a KPI. Its value, target and trend, what it is made of, and whether to trust it.

        Everybody sees what policy lets them see, here too.
        """
        from weft.errors import Denied
        from weft.flow.views.metric import metric as look_at
        from weft.flow.views.metric import metrics_of
        from weft.flow.views.tile import Look
        from weft.flow.views.viewer import Viewer
        from weft.model import Tile

        with opened(mesh) as world, asking(world, actor) as who:
            viewer = Viewer(actor=who, purpose=purpose)
            if not name:
                _list(metrics_of(world, viewer), as_json=as_json)
                return
            look = Look(since=since.date() if since else None, until=_after(until))
            place = Tile(metric=name, by=by, grain=grain or "")
            view = look_at(world, viewer, name, place, look)
            if view.tile.denied:  # a board shows it on the tile, a single figure has nothing else to show
                raise Denied(view.tile.denied, hint=view.tile.hint)
        if as_json:
            print_json(view.model_dump(mode="json"))
        else:
            _print(view)


def _after(day: datetime | None) -> date | None:
    from datetime import timedelta

    return day.date() + timedelta(days=1) if day else None


def _list(rows: Sequence[MetricRow], *, as_json: bool) -> None:
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
    else:
        headers = ("metric", "title", "type", "unit", "by", "owner")
        cells = [(r.name, r.title, r.type, r.unit, ", ".join(r.dimensions), r.owner) for r in rows]
        print_table(*filled(headers, cells))


def _print(view: MetricView) -> None:
    tile = view.tile
    say(f"{tile.title}: {view.definition}", style="bold")
    if tile.description:
        say(tile.description)
    say(f"owned by {tile.owner or 'nobody'}; of {', '.join(view.upstream[: len(tile.grounds)])}")
    for text in doubts(tile):
        say(f"  {text}", style="yellow")
    if tile.now is None:
        return
    say()
    _trend(tile)
    _parts(tile)
    say()
    say(f"now {figure(tile, tile.now.value)} ({period(tile, tile.now)}){against(tile)}", style="bold")
    for way in view.behind:
        say(f"rows: {way.sql}")


def _trend(tile: TileView) -> None:
    if tile.points:
        print_table(
            *filled(
                ("period", "value", "rows", "seen"),
                [(period(tile, p), figure(tile, p.value), p.rows, p.seen) for p in tile.points],
            )
        )


def _parts(tile: TileView) -> None:
    for dimension in dict.fromkeys(part.dimension for part in tile.parts):
        say()
        rows = [
            (part.name, figure(tile, part.value), figure(tile, part.before), part.rows)
            for part in tile.parts
            if part.dimension == dimension
        ]
        print_table(*filled((dimension, "value", "before", "rows"), rows))
