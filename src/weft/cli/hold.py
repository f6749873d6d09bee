"""weft hold: what is held back, and discarding it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft hold ; weft hold sales.pipeline.deals --discard")
    def hold(
        table: Annotated[str, typer.Argument(help="domain.product.table; default: all.")] = "",
        discard: Annotated[
            bool, typer.Option("--discard", help="Go back to what is published; the rows are read again.")
        ] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show versions that checks hold back, with the rule and who was told; --discard drops one."""
        from weft.errors import Invalid
        from weft.flow import base
        from weft.flow.publish import discard as drop
        from weft.flow.show import held

        with opened(mesh) as world:
            known = base.declared(world)
            if discard and not table:
                raise Invalid("--discard needs a table", hint="weft hold TABLE --discard")
            if discard:
                drop(world, known, table)
                say(f"{table} is back at what is published; the next run reads the rows again")
                return
            found = held(world, known, table)
        if as_json:
            print_json(found)
        else:
            _print(found)


def _print(found: list[dict[str, Any]]) -> None:
    if not found:
        say("nothing is held")
    for one in found:
        say(f"{one['table']}: version {one['version']} is held, {one['rows']:,} rows, run {one['run']}", style="yellow")
        for finding in one["findings"]:
            say(f"  {finding['rule']}: {finding['text']}")
        say(f"  told: {', '.join(one['told']) or 'nobody'}")
        say("  go on: mend and run again, or weft publish TABLE --reason ..., or weft hold TABLE --discard")
