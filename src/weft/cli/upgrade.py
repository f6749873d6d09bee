"""weft upgrade: lead the stored state to this version of weft."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec.structs import asdict

from weft.cli.face import JsonOption, MeshOption, print_json, say
from weft.cli.values import count
from weft.cli.where import find_mesh


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft upgrade --dry-run ; weft backup ../saved && weft upgrade")
    def upgrade(
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Try all steps and take them back; nothing is changed.")
        ] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Lead the registry to the schema of this weft. Every command does so when it must; here you see it first."""
        from weft.mesh import read_mesh
        from weft.mesh.registry import upgrade as lead

        folder = find_mesh(mesh)
        found = lead(read_mesh(folder), folder, dry_run=dry_run)
        if as_json:
            print_json({"dry_run": dry_run, **asdict(found)})
            return
        if not found.stored:
            say("there is no registry yet: the first command makes one")
            return
        say(f"the registry is of version {found.stored}" + ("" if found.steps else ", the newest"))
        for step in found.steps:
            say(f"  {'would go' if dry_run else 'went'} to {step}")
        if found.copied:
            say(f"  a copy {'would lie' if dry_run else 'lies'} beside it: *.backup-{found.stored}")
        kept = "nothing would be lost" if dry_run else "nothing was lost"
        say(f"{kept}: the chain holds over {count(found.events, 'event')}", style="green")
