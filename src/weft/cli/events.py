"""weft events: the journal."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, print_table, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft events --type read.refused ; weft events --verify")
    def events(
        subject: Annotated[
            str, typer.Argument(help="Only about this: a table (sales.pipeline.deals), a product, a path.")
        ] = "",
        kind: Annotated[
            list[str] | None, typer.Option("--type", help="Only events of this type; may be repeated.")
        ] = None,
        limit: Annotated[int, typer.Option(help="Events at most, the newest.")] = 20,
        verify: Annotated[bool, typer.Option("--verify", help="Recompute the hash chain.")] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show what happened, newest first; --verify proves that nothing was changed afterwards."""
        from weft.flow import base

        with opened(mesh) as world:
            if subject.count(".") == 2 and "@" not in subject:  # noqa: PLR2004 - domain.product.table
                subject = base.declared(world).table(subject).name.key
            with world.registry.transaction() as unit:
                checked = unit.journal.verify() if verify else None
                found = unit.journal.read(types=tuple(kind or ()), subject=subject, limit=limit, newest=True)
        if as_json:
            print_json([e.model_dump(mode="json") for e in found])
            return
        print_table(
            ("no.", "at", "type", "actor", "about"), [(e.sequence, e.at, e.type, e.actor, e.subject) for e in found]
        )
        if checked is not None:
            say(f"the chain holds over {checked} events", style="green")
