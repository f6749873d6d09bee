"""Where the marks of a chart stand; templates draw them as SVG, the style sheet gives them colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

_EDGE = 6
"""Room around the marks, so that a dot is not cut."""


class Trend(Struct, frozen=True):
    """A line over time, with gaps where there is no value."""

    width: int
    height: int
    lines: tuple[str, ...]
    """SVG paths, one a run of values without a gap."""
    areas: tuple[str, ...]
    """The ground below each line."""
    dot: tuple[float, float] | None
    """Where the last value stands."""
    target: float | None
    """Height of the target's line."""


def trend(
    values: Sequence[float | None], target: float | None = None, *, size: tuple[int, int] = (340, 72)
) -> Trend | None:
    """The marks of a trend; none when there are fewer than two values."""
    width, height = size
    known = [v for v in values if v is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    low, high = (edge(known if target is None else [*known, target]) for edge in (min, max))
    span = high - low or abs(high) or 1.0

    def across(place: int) -> float:
        return round(_EDGE + place * (width - 2 * _EDGE) / (len(values) - 1), 1)

    def up(value: float) -> float:
        return round(height - _EDGE - (value - low) * (height - 2 * _EDGE) / span, 1)

    runs = _runs([None if v is None else (across(n), up(v)) for n, v in enumerate(values)])
    return Trend(
        width=width,
        height=height,
        lines=tuple(_path(run) for run in runs),
        areas=tuple(f"{_path(run)}L{run[-1][0]} {height}L{run[0][0]} {height}Z" for run in runs if len(run) > 1),
        dot=runs[-1][-1],
        target=None if target is None else up(target),
    )


def _runs(points: list[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    found: list[list[tuple[float, float]]] = []
    before = None
    for point in points:
        if point is not None:
            if before is None:
                found.append([])
            found[-1].append(point)
        before = point
    return found


def _path(run: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in run)


def curve(points: Sequence[tuple[float, float]]) -> str:
    """A line that bends softly between its corners, each piece leaving and coming in level; an SVG path."""
    if not points:
        return ""
    (x, y), path = points[0], f"M{points[0][0]} {points[0][1]}"
    for nx, ny in points[1:]:
        path += f"H{nx}" if ny == y else f"C{(x + nx) / 2} {y} {(x + nx) / 2} {ny} {nx} {ny}"
        x, y = nx, ny
    return path
