"""weft lineage: where a column comes from, who uses it."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft lineage insights.board.win_rate.rate ; weft lineage sales.pipeline.deals --down")
    def lineage(
        name: Annotated[str, typer.Argument(help="domain.product.table or domain.product.table.column")],
        down: Annotated[bool, typer.Option("--down", help="Who uses it, instead of where it comes from.")] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show lineage column by column, from the source's stream to the consumer."""
        from weft.flow import base
        from weft.flow.show import lineage_of

        with opened(mesh) as world:
            edges = lineage_of(base.declared(world), name, down=down)
        if as_json:
            print_json(edges)
            return
        for edge in edges:
            here, there = (edge["from"], edge["to"]) if down else (edge["to"], edge["from"])
            how = "" if edge["how"] == "direct" else f"  ({edge['how']})"
            say(f"{here} {'->' if down else '<-'} {there}{how}")
        if not edges:
            say("no lineage is known")
