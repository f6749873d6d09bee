"""weft events: the journal."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.names import complete_events, complete_names
from weft.cli.table import print_table
from weft.cli.values import count, when


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft events --type read.refused ; weft events --verify")
    def events(
        subject: Annotated[
            str,
            typer.Argument(
                help="Only about this: a table (sales.pipeline.deals), a product, a document's path.",
                autocompletion=complete_names,
            ),
        ] = "",
        kind: Annotated[
            list[str] | None,
            typer.Option("--type", help="Only events of this type; may be repeated.", autocompletion=complete_events),
        ] = None,
        limit: Annotated[int, typer.Option(help="Events at most, the newest.", min=1)] = 20,
        verify: Annotated[bool, typer.Option("--verify", help="Recompute the hash chain.")] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show what happened, newest first. --verify proves that nothing was changed afterwards."""
        _known(kind or [])
        with opened(mesh) as world, world.registry.transaction() as unit:
            checked = unit.journal.verify() if verify else None
            about = _key(world, unit, subject)
            found = unit.journal.read(types=tuple(kind or ()), subject=about, limit=limit, newest=True)
        if as_json:
            print_json([e.model_dump(mode="json") for e in found])
            return
        if found:
            rows = [(e.sequence, when(e.at), e.type, e.actor, e.subject) for e in found]
            print_table(("no.", "at (UTC)", "type", "actor", "about"), rows)
        else:
            say("no such event")
        if checked is not None:
            say(f"the chain holds over {count(checked, 'event')}", style="green")


def _known(kinds: list[str]) -> None:
    """Raise Invalid for a type that does not exist."""
    from typing import get_args

    from weft.errors import Invalid
    from weft.model import EventType

    for kind in kinds:
        if kind not in get_args(EventType):
            raise Invalid(f"there is no type of event '{kind}'", hint=f"There are: {', '.join(get_args(EventType))}.")


def _key(world: Any, unit: Any, subject: str) -> str:
    """The name under which the journal speaks of a table: with its major version."""
    from weft.flow import base

    if subject.count(".") != 2 or "@" in subject or "/" in subject:  # noqa: PLR2004 - domain.product.table
        return subject
    found = base.declared(world, unit).tables.get(subject)
    return found.name.key if found else subject
