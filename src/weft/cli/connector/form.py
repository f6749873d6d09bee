"""weft connector form: the form of a connector's sources."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from weft.cli.connector.known import known
from weft.cli.face import JsonOption, MeshOption, print_json


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft connector form sql > domains/sales/sources/crm.yaml")
    def form(
        name: Annotated[str, typer.Argument(help="Name of the connector.")],
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Print a source's document to fill in; with --json the JSON Schema of its settings."""
        from weft.flow.connectors import skeleton

        there = known(mesh)
        if as_json:
            print_json(there.get(name).model_json_schema(by_alias=True))
        else:
            sys.stdout.write(skeleton(there, name))
