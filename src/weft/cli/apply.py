"""weft apply: make documents the applied ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.plan import as_value, compare, place, print_plan
from weft.cli.values import count


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft apply . --yes")
    def apply(
        folder: Path = typer.Argument(Path(), help="The mesh's folder, a folder in it, or a domain's own repository."),
        mesh: MeshOption = None,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        prune: Annotated[bool, typer.Option("--prune", help="Delete the data of undeclared tables.")] = False,
        keep: Annotated[int, typer.Option(help="Days for which --prune spares what was retired.", min=0)] = 30,
        as_json: JsonOption = False,
    ) -> None:
        """Make the folder's documents the applied ones. All or none; what is missing in the folder is retired.

        The data of a retired table is kept until --prune, and for 30 days even then; `weft retired` undoes it.
        """
        from weft.flow.apply import apply as carry_out
        from weft.flow.apply import orphans

        root, prefix = place(folder, mesh)
        with opened(root) as world:
            planned = compare(world, folder, prefix)
            doomed = orphans(world, planned, keep) if prune else ()
            if not as_json:
                print_plan(planned)
                for name in doomed:
                    say(f"- data of {name}  (--prune)", style="red")
            if (planned.changes or doomed) and not planned.refused and not yes:
                _agree()
            done = carry_out(world, planned, prune=prune, keep=keep)
        if as_json:
            print_json({"applied": done, "pruned": list(doomed), **as_value(planned)})
            return
        if done:
            say(f"applied {count(done, 'change')}")
        if doomed:
            say(f"deleted the data of {count(len(doomed), 'table')}")


def _agree() -> None:
    from weft.errors import Invalid

    if not sys.stdin.isatty():
        raise Invalid("apply asks before it changes anything, and nobody is there to answer", hint="Add --yes.")
    typer.confirm("Apply?", abort=True)
