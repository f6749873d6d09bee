"""weft board: KPIs beside each other, as somebody sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, asking, opened, print_json, say
from weft.cli.figures import STATES, doubts, figure, period
from weft.cli.names import complete_boards
from weft.cli.table import filled, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.flow.views.board import BoardRow, BoardView
    from weft.flow.views.tile import TileView


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft board company --as olga@messy.example")
    def board(
        name: Annotated[
            str, typer.Argument(help="Name of a board; without one all are listed.", autocompletion=complete_boards)
        ] = "",
        actor: AsOption = "",
        purpose: Annotated[str, typer.Option(help="What for; one of the mesh's purposes.")] = "",
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show a board of KPIs. Values, targets, and what speaks against trusting them.

        A tile that you may not see says so and whom to ask; the others are there all the same.
        """
        from weft.flow.views.board import board as look_at
        from weft.flow.views.board import boards
        from weft.flow.views.viewer import Viewer

        with opened(mesh) as world, asking(world, actor) as who:
            viewer = Viewer(actor=who, purpose=purpose)
            if not name:
                _list(boards(world, viewer), as_json=as_json)
                return
            view = look_at(world, viewer, name)
        if as_json:
            print_json(view.model_dump(mode="json"))
        else:
            _print(view)


def _list(rows: Sequence[BoardRow], *, as_json: bool) -> None:
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
    else:
        cells = [(row.name, row.title, ", ".join(row.metrics), row.owner) for row in rows]
        print_table(*filled(("board", "title", "metrics", "owner"), cells))


def _print(view: BoardView) -> None:
    say(view.title, style="bold")
    if view.description:
        say(view.description)
    say()
    headers = ("figure", "now", "of", "target", "", "before", "owner")
    print_table(*filled(headers, [_row(tile) for tile in view.tiles]))
    told = [f"{tile.title}: {text}" for tile in view.tiles for text in doubts(tile)]
    if told:
        say()
    for text in told:
        say(text)


def _row(tile: TileView) -> tuple[str, ...]:
    now, before = tile.now, tile.before
    return (
        tile.title,
        figure(tile, now.value) if now else "denied" if tile.denied else "·",
        period(tile, now) if now and now.period else "",
        figure(tile, tile.target) if tile.target is not None else "",
        STATES[tile.state],
        figure(tile, before.value) if before else "",
        tile.owner_name or tile.owner,
    )
