"""Boards and the metrics on them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from weft.flow.views.board import BoardRow
from weft.flow.views.board import board as view_board
from weft.flow.views.board import boards as view_boards
from weft.flow.views.metric import metric as view_metric
from weft.model import Noun, Tile
from weft.portal.charts import trend
from weft.portal.look import Looking
from weft.portal.pages import Shown, page, routes

if TYPE_CHECKING:
    from weft.flow.views.tile import TileView
    from weft.portal.charts import Trend

router = routes()
_WIDE = (760, 220)


class Boards(Noun):
    """Every board."""

    boards: tuple[BoardRow, ...]


@page(router, "/boards", "boards.html")
def boards(look: Looking) -> Boards:
    """Every board."""
    return Boards(boards=view_boards(look.world, look.viewer))


@page(router, "/boards/{name}", "board.html")
def board(look: Looking, name: str) -> Shown:
    """How are we doing, and why?"""
    view = view_board(look.world, look.viewer, name)
    return Shown(view, {"drawn": {tile.metric: _drawn(tile) for tile in view.tiles}, "last": _last})


@page(router, "/metrics/{name}", "metric.html")
def metric(look: Looking, name: str, by: str = "", grain: str = "") -> Shown:
    """One figure: what it is, what it means, what it rests on."""
    place = Tile.model_validate({"metric": name, "by": by, "grain": grain}) if by or grain else None
    view = view_metric(look.world, look.viewer, name, place)
    parts = {"drawn": _drawn(view.tile, _WIDE), "chosen": {"by": by, "grain": grain}, "last": _last}
    return Shown(view, parts)


def _drawn(tile: TileView, size: tuple[int, int] = (340, 72)) -> Trend | None:
    """The trend of what is whole: a period that still moves would look like a fall."""
    points = tile.points if tile.leads == "current" else [p for p in tile.points if p.whole]
    return trend([p.value for p in points], tile.target, size=size)


def _last(until: str) -> str:
    """The last day of a period from the day after it."""
    return (date.fromisoformat(until) - timedelta(days=1)).isoformat() if until else ""
