"""weft doctor: look at everything that can be broken."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec.structs import asdict

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft doctor --compact")
    def doctor(
        compact: Annotated[bool, typer.Option("--compact", help="Fold logs and rewrite small files too.")] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Look at everything that can be broken. Mends what can be mended; exit 4 when something stays broken.

        It verifies the journal, releases leases of the dead, tells again what a crash swallowed, finds published files
        that moved, publishes what is whole in place of what is not, and removes files that nobody needs.
        """
        from weft.flow import base, upkeep
        from weft.flow.doctor import doctor as look

        with opened(mesh) as world:
            known = base.declared(world)
            compacted = [str(p.name) for p in known.placed if compact and upkeep.compact(world, known, p)]
            found = look(world, known)
        healthy = all(one.mended for one in found)
        if as_json:
            print_json({"healthy": healthy, "compacted": compacted, "found": [asdict(a) for a in found]})
            raise typer.Exit(0 if healthy else 4)
        for name in compacted:
            say(f"compacted {name}")
        for one in found:
            first, *more = one.text.splitlines()
            say(f"{'mended' if one.mended else 'BROKEN'} {one.subject}: {first}", style="" if one.mended else "red")
            for line in more:
                say(f"  {line.strip()}")
        if healthy:
            say("everything is in order", style="green")
        raise typer.Exit(0 if healthy else 4)
