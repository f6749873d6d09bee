"""weft hold: what is held back, and discarding it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.names import complete_tables
from weft.cli.values import count


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft hold ; weft hold sales.pipeline.deals --discard")
    def hold(
        table: Annotated[
            str, typer.Argument(help="domain.product.table; default: all.", autocompletion=complete_tables)
        ] = "",
        discard: Annotated[
            bool, typer.Option("--discard", help="Go back to what is published; the rows are read again.")
        ] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show versions that checks hold back. With the rule and who was told; --discard drops one."""
        from weft.errors import Invalid
        from weft.flow import base
        from weft.flow.publish import discard as drop
        from weft.flow.show import held

        if discard and not table:
            raise Invalid("--discard needs a table", hint="weft hold TABLE --discard")
        with opened(mesh) as world:
            known = base.declared(world)
            if discard:
                drop(world, known, table)
            found = [] if discard else held(world, known, table)
        if as_json:
            print_json({"discarded": str(known.table(table).name)} if discard else found)
        elif discard:
            say(f"{table} is back at what is published; the next run reads the rows again")
        else:
            _print(found)


def _print(found: list[dict[str, Any]]) -> None:
    if not found:
        say("nothing is held")
    for one in found:
        rows = count(one["rows"], "row")
        say(f"{one['table']}: version {one['version']} is held, {rows}, run {one['run']}", style="yellow")
        for finding in one["findings"]:
            say(f"  {finding['text']}")
        say(f"  told: {', '.join(one['told']) or 'nobody'}")
        say("  go on: mend and run again, or weft publish TABLE --reason ..., or weft hold TABLE --discard")
