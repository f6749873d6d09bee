"""weft quarantine: bad rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec.structs import asdict

from weft.cli.face import AsOption, JsonOption, MeshOption, asking, opened, print_json, say
from weft.cli.names import complete_tables
from weft.cli.table import print_table
from weft.cli.values import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.flow.quarantine import Waiting
    from weft.model import TableResult


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: weft quarantine ; weft quarantine sales.pipeline.deals --as ida@messy.example --replay"
    )
    def quarantine(
        table: Annotated[
            str, typer.Argument(help="domain.product.table; default: counts of all.", autocompletion=complete_tables)
        ] = "",
        actor: AsOption = "",
        rows: Annotated[int, typer.Option(help="Rows to show.", min=0)] = 20,
        replay: Annotated[
            bool,
            typer.Option("--replay", help="Send them through contract and SQL as they are now; rows read later stand."),
        ] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Count, show and replay rows that broke the contract. Only owner and stewards may look at them."""
        from weft.errors import Invalid
        from weft.flow import base
        from weft.flow import quarantine as bad

        if replay and not table:
            raise Invalid("--replay needs a table", hint="weft quarantine TABLE --replay")
        with opened(mesh) as world:
            known = base.declared(world)
            if replay:
                _print_replay(bad.replay(world, known, table), as_json=as_json)
                return
            waits = bad.waiting(world, known, table)
            shown = []
            if table:
                with asking(world, actor) as who:
                    shown = bad.look(world, known, table, who, rows).to_pylist()
        if as_json:
            print_json({"waiting": [asdict(w) for w in waits], "rows": shown})
        else:
            _print_waiting(waits)
            _print_rows(shown)


def _print_waiting(waits: Sequence[Waiting]) -> None:
    for one in waits:
        why = ", ".join(f"{rule} {rows:,}" for rule, rows in one.reasons.items())
        say(f"{one.table}: {count(one.rows, 'row')}: {why}")
    if not waits:
        say("nothing waits in quarantine")


def _print_rows(shown: list[dict[str, Any]]) -> None:
    if not shown:
        return
    print_table(("rule", "file", "row"), [(r["rule"], r["file"] or "", r["row"]) for r in shown])


def _print_replay(result: TableResult, *, as_json: bool) -> None:
    failed = [f for f in result.findings if not f.passed]
    if as_json:
        told = {"table": str(result.table), "landed": result.rows, "left": result.quarantined, "older": result.older}
        print_json({**told, "findings": [f.model_dump(mode="json") for f in failed]})
        return
    older = f", {result.older:,} older than what is there" if result.older else ""
    say(f"{count(result.rows, 'row')} landed, {result.quarantined:,} still bad{older}")
    for finding in failed:
        say(f"  {finding.severity}: {finding.text}")
