"""weft connector show: what a connector reads, and what it has to be told."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.connector.known import known
from weft.cli.face import JsonOption, MeshOption, print_json, say
from weft.cli.table import print_table


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft connector show sql")
    def show(
        name: Annotated[str, typer.Argument(help="Name of the connector.")],
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show a connector: what it reads, its notes, and the settings of its sources."""
        from weft.kinds import form

        there = known(mesh)
        told, fields = there.told(name), form(there.get(name))
        if as_json:
            listed = [field.model_dump(mode="json") for field in fields]
            print_json({**told.model_dump(mode="json"), "fields": listed})
            return
        say(told.title or told.name, style="bold")
        for text in (told.description, told.documentation, told.notes):
            for line in text.splitlines():
                say(line)
        if told.streams:
            say(f"streams: {', '.join(told.streams)}")
        rows = [(f.name, f.asks, "yes" if f.required else "", f.default, f.about) for f in fields]
        print_table(("setting", "asks", "required", "default", "about"), rows)
