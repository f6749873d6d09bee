"""weft lineage: where a column comes from, who uses it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.names import complete_names


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft lineage insights.board.win_rate.rate ; weft lineage sales.pipeline.deals --down")
    def lineage(
        name: Annotated[
            str,
            typer.Argument(help="domain.product.table or domain.product.table.column", autocompletion=complete_names),
        ],
        down: Annotated[bool, typer.Option("--down", help="Who uses it, instead of where it comes from.")] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show where columns come from, and who uses them. From the source's stream to the consumer."""
        from weft.flow import base
        from weft.flow.show import lineage_of

        with opened(mesh) as world:
            edges = lineage_of(base.declared(world), name, down=down)
        if as_json:
            print_json(edges)
        elif edges:
            _print(edges, down=down)
        else:
            say("no lineage is known")


def _print(edges: list[dict[str, Any]], *, down: bool) -> None:
    """Columns with what their values come from, then tables with what decides which rows they have."""
    arrow = "->" if down else "<-"
    direct: dict[str, list[str]] = {}
    indirect: dict[str, list[str]] = {}
    for edge in edges:
        here, there = (edge["from"], edge["to"]) if down else (edge["to"], edge["from"])
        if edge["how"] == "direct":
            direct.setdefault(here, []).append(there)
            continue
        source, made = (here, _table(there)) if down else (_table(here), there)
        indirect.setdefault(source, []).append(made)
    for one, others in direct.items():
        say(f"{one} {arrow} {', '.join(dict.fromkeys(others))}")
    if indirect:
        say("only by filters, joins and grouping:")
    for one, others in indirect.items():
        say(f"  {one} {arrow} {', '.join(dict.fromkeys(others))}")


def _table(column: str) -> str:
    return column.rpartition(".")[0]
