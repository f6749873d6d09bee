"""weft search: find products, tables and columns."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.table import print_table


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft search churn")
    def search(
        text: Annotated[str, typer.Argument(help="Words; typing errors are forgiven.")],
        limit: Annotated[int, typer.Option(help="Hits at most.", min=1)] = 20,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Find products, tables and columns. The exact name comes first, then the best fits."""
        from weft.flow.find import find

        with opened(mesh) as world:
            hits = find(world, text, limit)
        if as_json:
            print_json([h.model_dump(mode="json") for h in hits])
        elif hits:
            print_table(("what", "name", "about"), [(h.kind, h.name, h.title or h.description) for h in hits])
        else:
            say(f"nothing fits '{text}'; `weft show` lists all products")
