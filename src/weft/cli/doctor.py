"""weft doctor: look at everything that can be broken."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft doctor --compact")
    def doctor(
        compact: Annotated[bool, typer.Option("--compact", help="Fold logs and rewrite small files too.")] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Verify the journal, re-tell what a crash swallowed, remove unused files; exit 4 when something stays broken."""
        from weft.flow import base, upkeep

        with opened(mesh) as world:
            known = base.declared(world)
            compacted = [str(p.name) for p in known.placed if compact and upkeep.compact(world, known, p)]
            found = upkeep.doctor(world, known)
        if as_json:
            print_json({"compacted": compacted, "found": [a.__dict__ for a in found]})
        else:
            for name in compacted:
                say(f"compacted {name}")
            for one in found:
                say(
                    f"{'mended' if one.mended else 'BROKEN'} {one.subject}: {one.text}",
                    style="" if one.mended else "red",
                )
            if all(one.mended for one in found):
                say("everything is in order", style="green")
        raise typer.Exit(0 if all(one.mended for one in found) else 4)
