"""weft retired: what no document declares any more, and undoing that."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.table import print_table
from weft.cli.values import count, when


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft retired ; weft retired domains/sales/pipeline --undo")
    def retired(
        folder: Annotated[str, typer.Argument(help="Folder or path of retired documents; default: all.")] = "",
        undo: Annotated[bool, typer.Option("--undo", help="Write them into the mesh's folder again.")] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show retired documents, or bring them back. For 30 days --prune spares the data of their tables.

        --undo writes the files as they were applied last; weft apply then makes them count again.
        """
        from weft.errors import Invalid
        from weft.flow import life

        if undo and not folder:
            raise Invalid("--undo needs a folder", hint="weft retired FOLDER --undo")
        with opened(mesh) as world:
            found = [one for one in life.retired(world) if f"{one['folder']}/".startswith(folder)]
            written = life.bring_back(world, folder) if undo else ()
        if as_json:
            print_json({"written": list(written)} if undo else found)
        elif undo:
            say(f"{count(len(written), 'document')} written; `weft apply` makes them count again")
        elif found:
            rows = [(o["folder"], o["documents"], when(o["retired"]), o["by"], o["days left"]) for o in found]
            print_table(("folder", "documents", "retired (UTC)", "by", "days left"), rows)
        else:
            say("nothing is retired")
