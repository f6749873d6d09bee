"""weft connector list: what can be connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.cli.connector.known import known
from weft.cli.face import JsonOption, MeshOption, print_json
from weft.cli.table import print_table

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(name="list", epilog="Example: weft connector list")
    def list_(mesh: MeshOption = None, as_json: JsonOption = False) -> None:
        """List connectors: built in, of packages, and of the mesh's folder."""
        from weft.flow.connectors import listed

        found = listed(known(mesh))
        if as_json:
            print_json([one.model_dump(mode="json", exclude={"notes"}) for one in found])
            return
        rows = [(c.name, c.origin, len(c.streams) or "", c.description or c.title) for c in found]
        print_table(("name", "from", "streams", "about"), rows)
