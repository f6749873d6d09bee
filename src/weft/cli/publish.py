"""weft publish: publish what is held."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.names import complete_tables


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog='Example: weft publish sales.pipeline.deals --reason "known gap, agreed with finance"')
    def publish(
        table: Annotated[
            str, typer.Argument(help="domain.product.table whose version is held.", autocompletion=complete_tables)
        ],
        reason: Annotated[str, typer.Option(help="Why, for the journal.")] = "",
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Publish a held version in spite of its findings. All tables of its contract go with it."""
        from weft.flow import base
        from weft.flow.publish import force

        with opened(mesh) as world:
            done = force(world, base.declared(world), table, reason)
        if as_json:
            print_json(done.model_dump(mode="json", exclude={"relation"}))
        else:
            say(f"{done.table} is published in version {done.version}, forced: {reason}")
