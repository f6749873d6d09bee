"""weft restore: bring a mesh's state back from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict

from weft.cli.face import JsonOption, print_json, say
from weft.cli.values import count


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft restore /backups/mesh --mesh new-folder")
    def restore(
        source: Annotated[Path, typer.Argument(help="Folder of a backup.")],
        mesh: Annotated[
            Path | None, typer.Option("--mesh", "-m", help="The mesh's folder, made if missing; default: this one.")
        ] = None,
        replace: Annotated[bool, typer.Option("--replace", help="Move state that is there aside.")] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Bring a backup's state back. The next run goes on from it: nothing is read twice, nothing is lost."""
        from weft.mesh.backup import restore as bring_back

        found = bring_back(source, mesh or Path.cwd(), replace=replace)
        if as_json:
            print_json(asdict(found))
            return
        number = len(found.tables) + sum(map(len, found.copied.values())) - len(found.left)
        say(f"restored {count(found.events, 'event')} and {count(number, 'table')}, as of {found.at}")
        if found.aside:
            say(f"  what was there lies in {Path(found.aside).name} now")
        for url in found.elsewhere:
            say(f"  the tables in {url} are as they are", style="yellow")
        for place in found.left:
            say(f"  {place} is there in another state and stays as it is", style="yellow")
        if found.secrets:
            what = f"{count(found.secrets, 'secret')} of the vault need its key, which no backup holds"
            say(f"  {what}: weft secret list tells whether it is here", style="yellow")
        say("Next: weft doctor, then weft run.")
