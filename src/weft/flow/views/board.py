"""A board: its tiles in order, each as the viewer may see it, each failing alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.errors import Unknown
from weft.flow import base
from weft.flow.views.parts import who
from weft.flow.views.tile import TileView, outline, tiles
from weft.flow.views.viewer import looking
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Viewer
    from weft.model import Board, Declared
    from weft.seams import World


class BoardRow(Noun):
    """A board in a list."""

    name: str
    title: str
    description: str = ""
    owner: str = ""
    metrics: tuple[str, ...] = ()


class BoardView(Noun):
    """A board as a viewer may see it."""

    name: str
    title: str
    description: str = ""
    owner: str = ""
    owner_name: str = ""
    at: str
    """Now, in the mesh's time: what `current` and `behind` of its tiles are told by."""
    tiles: tuple[TileView, ...] = ()
    file: str = ""
    """Its document."""


def boards(world: World, viewer: Viewer) -> tuple[BoardRow, ...]:
    """Every board; what is on it is decided by each look at it."""
    del viewer  # that a board exists is no secret
    known = base.declared(world)
    return tuple(
        BoardRow(
            name=board.name,
            title=board.title or board.name,
            description=board.description,
            owner=board.owner,
            metrics=tuple(one.metric for one in board.tiles),
        )
        for board in known.boards.values()
    )


def board(world: World, viewer: Viewer, name: str) -> BoardView:
    """One board.

    Raises:
        Unknown: there is no such board; lists the known ones.
    """
    with looking(world, viewer) as sight:
        found = _find(sight.known, name)
        bare = [outline(sight, place) for place in found.tiles]
    return BoardView(
        name=found.name,
        title=found.title or found.name,
        description=found.description,
        owner=found.owner,
        owner_name=who(sight.known, found.owner).name if found.owner else "",
        at=base.now(world),
        tiles=tiles(sight, found.tiles, bare),
        file=found.position.file if found.position else "",
    )


def _find(known: Declared, name: str) -> Board:
    if name not in known.boards:
        listed = ", ".join(sorted(known.boards)) or "none"
        raise Unknown(f"there is no board '{name}'", hint=f"Known are: {listed}.")
    return known.boards[name]
