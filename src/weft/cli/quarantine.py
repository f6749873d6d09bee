"""weft quarantine: bad rows."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, opened, print_json, print_table, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: weft quarantine ; weft quarantine sales.pipeline.deals --as ida@messy.example --replay"
    )
    def quarantine(
        table: Annotated[str, typer.Argument(help="domain.product.table; default: counts of all.")] = "",
        actor: AsOption = "",
        rows: Annotated[int, typer.Option(help="Rows to show.")] = 20,
        replay: Annotated[
            bool, typer.Option("--replay", help="Send the rows through contract and SQL as they are now.")
        ] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Count, show and replay rows that broke the contract; only owner and stewards may look at them."""
        from weft.flow import base
        from weft.flow import quarantine as bad

        with opened(mesh) as world:
            known = base.declared(world)
            if table and replay:
                result = bad.replay(world, known, table)
                told = {"table": str(result.table), "landed": result.rows, "left": result.quarantined}
                print_json(told) if as_json else say(
                    f"{result.rows:,} rows landed, {result.quarantined:,} are still bad"
                )
                return
            waits = bad.waiting(world, known, table)
            shown = bad.look(world, known, table, actor or world.user, rows).to_pylist() if table else []
        if as_json:
            print_json({"waiting": [w.__dict__ for w in waits], "rows": shown})
            return
        for one in waits:
            say(f"{one.table}: {one.rows:,} rows: " + ", ".join(f"{r} {n:,}" for r, n in one.reasons.items()))
        if not waits:
            say("nothing waits in quarantine")
        if shown:
            print_table(("rule", "file", "row"), [(r["rule"], r["file"], r["row"]) for r in shown])
