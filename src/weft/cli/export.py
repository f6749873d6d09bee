"""weft export: hand out applied documents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from weft.cli.face import MeshOption, opened, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft export --to backup ; weft export sales-deals > deals.odcs.yaml")
    def export(
        what: str = typer.Argument("", help="Id or path of a document, or a folder; default: all."),
        to: Annotated[Path | None, typer.Option(help="Folder to write to; default: standard output.")] = None,
        mesh: MeshOption = None,
    ) -> None:
        """Hand out the applied documents, byte for byte as they were written."""
        from weft.errors import Invalid
        from weft.flow.export import export as hand_out

        with opened(mesh) as world:
            found = hand_out(world, what)
        if to is None and len(found) > 1:
            raise Invalid(f"{len(found)} documents fit", hint="Name a folder for them: weft export --to DIR.")
        if to is None:
            sys.stdout.buffer.write(found[0].content)
            return
        for document in found:
            target = to / document.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(document.content)
        say(f"{len(found)} documents in {to}")
