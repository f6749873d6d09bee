"""weft backup: save a mesh's state while it is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict

from weft.cli.face import JsonOption, MeshOption, print_json, say
from weft.cli.values import count
from weft.cli.where import find_mesh


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft backup /backups/mesh ; weft restore /backups/mesh --mesh new-folder")
    def backup(
        into: Annotated[Path, typer.Argument(help="A folder: empty, or with an earlier backup of this mesh.")],
        tables: Annotated[
            bool, typer.Option("--tables", help="Copy also tables in buckets and in folders of domains.")
        ] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Save registry, documents, keys and tables. Runs may go on; keep it as private."""
        from weft.mesh.backup import backup as save

        saved = save(find_mesh(mesh), into, everywhere=tables)
        if as_json:
            print_json(asdict(saved))
            return
        number = len(saved.tables) + sum(map(len, saved.copied.values()))
        say(f"saved {count(saved.events, 'event')} and {count(number, 'table')}, {saved.bytes:,} bytes")
        for url in saved.elsewhere:
            say(f"  not in it: the tables in {url}; --tables copies them too", style="yellow")
        say("It holds the key of hashed columns: keep it as private as the mesh.")
        if saved.secrets:
            say(f"It holds {count(saved.secrets, 'secret')} in cipher, without the vault's key: keep that elsewhere.")
