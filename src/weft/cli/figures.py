"""Figures of metrics for the eye: values with units, names of periods, and what speaks against trusting them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from weft.cli.values import count, when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.views.ground import Ground
    from weft.flow.views.tile import Point, TileView

STATES = {"good": "reached", "watch": "near", "bad": "missed", "quiet": ""}
_LARGE = 1000


def figure(tile: TileView, value: float | None) -> str:
    """A value with its unit: `47.6 %`, `4,975,298 EUR`; a dot where there is none."""
    if value is None:
        return "·"
    number = f"{value:,.0f}" if abs(value) >= _LARGE or value.is_integer() else f"{value:,.1f}"
    return f"{number} {'%' if tile.unit == 'percent' else tile.unit}".rstrip()


def period(tile: TileView, point: Point) -> str:
    """`2026 Q3`, `2026-09`, `week of 2026-09-28`; `so far` where it is not over, or still moves."""
    if not point.period:
        return "now"
    day = date.fromisoformat(point.period)
    names = {
        "year": f"{day.year}",
        "quarter": f"{day.year} Q{(day.month + 2) // 3}",
        "month": point.period[:7],
        "week": f"week of {point.period}",
    }
    return names.get(tile.grain or "", point.period) + ("" if point.whole else " so far")


def against(tile: TileView) -> str:
    """How the value stands to its target and to the period before."""
    found = []
    if tile.distance is not None:
        sign = "+" if tile.distance >= 0 else ""
        found.append(f"target {figure(tile, tile.target)} {STATES[tile.state]} ({sign}{figure(tile, tile.distance)})")
    if tile.before is not None and tile.before.value is not None:
        found.append(f"{figure(tile, tile.before.value)} in {period(tile, tile.before)}")
    return "".join(f", {text}" for text in found)


def doubts(tile: TileView) -> Iterator[str]:
    """What one should know before one trusts a figure, the worst first."""
    if tile.denied or tile.error:
        yield f"{tile.denied or tile.error}. {tile.hint}".rstrip()
        return
    if tile.now is None:
        yield "there are no rows to compute it from"
    if tile.behind:
        yield f"no value yet for the newest {count(tile.behind, tile.grain or 'period')}"
    for ground in tile.grounds:
        if said := "; ".join(_doubts(ground)):
            yield f"{ground.table}: {said}"


def _doubts(ground: Ground) -> Iterator[str]:
    if ground.filtered:
        yield "some of its rows only, those that you may see"
    if ground.masked:
        yield "masked for you: " + ", ".join(f"{column} ({mask})" for column, mask in sorted(ground.masked.items()))
    if ground.late in ("watch", "bad"):
        yield f"late: of {when(ground.fresh)}"
    if ground.held:
        yield "a newer version is held by its checks"
    if ground.failed:
        yield f"failed: {', '.join(ground.failed)}"
    if ground.waiting:
        yield f"{count(ground.waiting, 'row')} in quarantine"
