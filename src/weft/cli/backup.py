"""weft backup: save a mesh's state while it is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, print_json, say
from weft.cli.values import count
from weft.cli.where import find_mesh


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft backup /backups/mesh ; weft restore /backups/mesh --mesh new-folder")
    def backup(
        into: Annotated[Path, typer.Argument(help="A folder: empty, or with an earlier backup of this mesh.")],
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Save registry, documents, keys and local tables. Runs may go on meanwhile; keep the folder as private."""
        from weft.mesh.backup import backup as save

        saved = save(find_mesh(mesh), into)
        if as_json:
            print_json(saved.__dict__)
            return
        say(f"saved {count(saved.events, 'event')} and {count(len(saved.tables), 'table')}, {saved.bytes:,} bytes")
        for url in saved.elsewhere:
            say(f"  not in it: the tables in {url}; let the object store keep versions of them", style="yellow")
        say("It holds the key of hashed columns: keep it as private as the mesh.")
