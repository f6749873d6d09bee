"""weft connector import: a manifest of the Airbyte low-code language as a connector of weft."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weft.cli.connector.new import write
from weft.cli.face import JsonOption, print_json, remark, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("import", epilog="Example: weft connector import manifest.yaml --out connectors/shop")
    def import_(
        manifest: Annotated[str, typer.Argument(help="File or URL of the low-code manifest.")],
        out: Annotated[Path, typer.Option("--out", help="Folder to write to; its name is the connector's.")],
        as_json: JsonOption = False,
    ) -> None:
        """Take over a low-code manifest. Streams with parts that have no counterpart are left out and listed.

        Ends with 1 when something was left out. Manifests have licences of their own: see to it that you may use one.
        """
        from weft.mesh.drafting import Ground, from_lowcode

        drafted = from_lowcode(out.resolve().name, manifest, Ground(near=True))
        write(out, drafted)
        lost = drafted.report["unsupported"]
        if as_json:
            print_json(drafted.report)
        else:
            say(f"{len(drafted.report['streams'])} streams: {', '.join(drafted.report['streams'])}")
            say(f"wrote {out / 'connector.yaml'}")
            for part in lost:
                why = f": {part['why']}" if part["why"] else ""
                remark(f"not taken over: {part['component']} at {part['where']}{why}")
        if lost:
            raise typer.Exit(1)
