"""weft apply: make documents the applied ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft apply . --yes")
    def apply(
        folder: Path = typer.Argument(Path(), help="The mesh's folder, or a subtree of it."),
        mesh: MeshOption = None,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        prune: Annotated[bool, typer.Option(help="Delete the data of tables that are no longer declared.")] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Make the folder's documents the applied ones: all or none; what is missing in it is retired."""
        from weft.cli.plan import place, print_plan
        from weft.flow.apply import apply as carry_out
        from weft.flow.plan import plan
        from weft.mesh import judges

        root, prefix = place(folder, mesh)
        with opened(root) as world:
            planned = plan(world, judges(), folder, prefix)
            if not as_json:
                print_plan(planned)
            if planned.changes and not planned.refused and not yes:
                _agree()
            done = carry_out(world, planned, prune=prune)
        if as_json:
            print_json({"applied": done, "changes": [c.model_dump(mode="json") for c in planned.changes]})
        elif done:
            say(f"applied {done} change{'s' if done != 1 else ''}")


def _agree() -> None:
    from weft.errors import Invalid

    if not sys.stdin.isatty():
        raise Invalid("apply asks before it changes anything, and nobody is there to answer", hint="Add --yes.")
    typer.confirm("Apply?", abort=True)
