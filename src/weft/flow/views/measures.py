"""Metrics that are computed over tables, and the boards that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.model import Board, Declared, Placed


class Measured(Noun):
    """A metric or a board that depends on a table."""

    kind: Literal["metric", "board"]
    name: str
    title: str = ""
    owner: str = ""


def measured(known: Declared, tables: Iterable[Placed]) -> tuple[Measured, ...]:
    """Metrics over these tables, then the boards that show one of them."""
    names = {name for p in tables for name in (str(p.name), p.name.key)}
    metrics = [m for m in known.metrics.values() if m.table in names]
    wanted = {m.name for m in metrics}
    boards = [b for b in known.boards.values() if wanted & set(shown(b))]
    return (
        *(Measured(kind="metric", name=m.name, title=m.title, owner=m.owner) for m in metrics),
        *(Measured(kind="board", name=b.name, title=b.title, owner=b.owner) for b in boards),
    )


def shown(board: Board) -> Iterator[str]:
    """Names of the metrics on a board."""
    for tile in board.tiles:
        given: Any = tile
        yield str(given.get("metric", "") if isinstance(given, dict) else getattr(given, "metric", ""))
