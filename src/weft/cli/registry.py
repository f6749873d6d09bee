"""weft registry: where documents and journal are kept, and moving them."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, print_json, say
from weft.cli.values import count
from weft.cli.where import find_mesh

registry = typer.Typer(no_args_is_help=True, help="Move documents and journal to another database.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(registry, name="registry", epilog="Example: weft registry migrate --to sqlite:///registry.db")


@registry.command(epilog="Example: weft registry migrate --to postgresql://weft@db/weft --password secret://env/PG")
def migrate(
    to: Annotated[str, typer.Option("--to", help="sqlite:///PATH or postgresql://user@host/database.")],
    password: Annotated[
        str, typer.Option("--password", help="Reference of its password: secret://env/NAME or secret://file/PATH.")
    ] = "",
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the registry to another database. All of it but leases, the journal verified; nothing is changed here."""
    from weft.mesh import read_mesh
    from weft.mesh.registry import move

    folder = find_mesh(mesh)
    moved = move(read_mesh(folder), folder, to, password)
    if as_json:
        print_json({"changed": moved.changed, "events": moved.events, "rows": moved.rows})
        return
    if not moved.changed:
        say("all of it is there already")
    for name, rows in moved.rows.items() if moved.changed else ():
        say(f"  {name}: {count(rows, 'row')}")
    say(f"the chain holds over {count(moved.events, 'event')}", style="green")
    say("Next: in mesh.yaml, change `registry`" + (" and `registryPassword`" if password else "") + ".")
