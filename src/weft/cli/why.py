"""weft why: explain a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, opened, print_json, say
from weft.cli.names import complete_tables

if TYPE_CHECKING:
    from weft.model import Decision


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft why --as ida@messy.example people.staff.employees")
    def why(
        table: Annotated[str, typer.Argument(help="domain.product.table", autocompletion=complete_tables)],
        actor: AsOption = "",
        purpose: Annotated[str, typer.Option(help="What for; one of the mesh's purposes.")] = "",
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Explain what an actor may see of a table. Names the rules that say so."""
        from weft import policy
        from weft.flow import access, base

        with opened(mesh) as world:
            known = base.declared(world)
            who = policy.actor(known, actor or world.user)
            decision = access.decide(world, known, known.table(table), who, purpose)
        print_json(decision.model_dump(mode="json")) if as_json else _print(decision)


def _print(decision: Decision) -> None:
    say(f"{decision.actor} {'may' if decision.allowed else 'may not'} read {decision.table}", style="bold")
    for reason in decision.reasons:
        say(f"  {reason.effect:<6} {reason.rule}: {reason.text}")
    for column, mask in sorted(decision.masks.items()):
        say(f"  column {column}: {mask.kind}")
        for reason in decision.columns.get(column, ()):
            say(f"         {reason.rule}: {reason.text}")
    for comparison in decision.filters:
        say(f"  rows   {comparison.column} {comparison.operator} {comparison.value}")
