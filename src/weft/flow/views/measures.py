"""Metrics that are computed over tables, and the boards that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weft.flow.views.measure import leaves
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.model import Declared, Placed


class Measured(Noun):
    """A metric or a board that depends on a table."""

    kind: Literal["metric", "board"]
    name: str
    title: str = ""
    owner: str = ""


def measured(known: Declared, tables: Iterable[Placed]) -> tuple[Measured, ...]:
    """Metrics over these tables, through others too, then the boards that show one of them."""
    names = {name for p in tables for name in (str(p.name), p.name.key)}
    metrics = [m for m in known.metrics.values() if any(leaf.table in names for leaf in leaves(known, m))]
    wanted = {m.name for m in metrics}
    boards = [b for b in known.boards.values() if any(tile.metric in wanted for tile in b.tiles)]
    return (
        *(Measured(kind="metric", name=m.name, title=m.title, owner=m.owner) for m in metrics),
        *(Measured(kind="board", name=b.name, title=b.title, owner=b.owner) for b in boards),
    )
