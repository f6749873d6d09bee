"""weft export: hand out applied documents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.values import count


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft export --to backup ; weft export sales-deals > deals.odcs.yaml")
    def export(
        what: str = typer.Argument("", help="Id or path of a document, or a folder; default: all."),
        to: Annotated[Path | None, typer.Option(help="Folder to write to; default: standard output.")] = None,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Hand out applied documents, byte for byte.

        With --json the documents are listed with their digests.
        """
        from weft.errors import Invalid
        from weft.flow.export import export as hand_out

        if to and to.exists() and not to.is_dir():
            raise Invalid(f"'{to}' is a file", hint="Name a folder for the documents.")
        with opened(mesh) as world:
            found = hand_out(world, what)
        for document in found if to else ():
            target = (to or Path()) / document.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(document.content)
        if as_json:
            print_json([{"path": d.path, "kind": d.kind, "id": d.id, "digest": d.digest} for d in found])
        elif to:
            say(f"{count(len(found), 'document')} in {to}")
        elif len(found) > 1:
            raise Invalid(f"{len(found)} documents fit", hint="Name a folder for them: weft export --to DIR.")
        else:
            sys.stdout.buffer.write(found[0].content)
            sys.stdout.buffer.flush()
