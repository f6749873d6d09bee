"""weft run: bring in, derive, check and publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.names import complete_products
from weft.cli.values import count

if TYPE_CHECKING:
    from weft.model import Run, TableResult


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: weft run ; weft run sales.pipeline ; weft run sales.pipeline --from 2026-01-01 --to 2026-02-01"
    )
    def run(
        products: Annotated[
            list[str] | None,
            typer.Argument(
                help="domain.product; default: all, in the order of what they read.", autocompletion=complete_products
            ),
        ] = None,
        full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Read everything again.")] = False,
        start: Annotated[str, typer.Option("--from", help="Backfill: cursor values from here ...")] = "",
        end: Annotated[str, typer.Option("--to", help="... up to but not here.")] = "",
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Bring in what is new, derive, check and publish. Exit 1 when a product failed."""
        from weft.errors import Invalid
        from weft.flow.ingest import Options
        from weft.flow.run import run as run_products
        from weft.seams import Window

        if bool(start) != bool(end):
            raise Invalid("a backfill needs both ends", hint="Give --from and --to.")
        options = Options(full_refresh=full_refresh, window=Window(start, end) if start else None)
        with opened(mesh, progress=True, quiet=as_json) as world:
            runs = run_products(world, products or (), options)
        if as_json:
            print_json([r.model_dump(mode="json") for r in runs])
        else:
            for one in runs:
                print_run(one)
        raise typer.Exit(1 if any(r.state == "failed" for r in runs) else 0)


def print_run(one: Run) -> None:
    """A run in plain words."""
    style = {"failed": "red", "held": "yellow"}.get(one.state, "green")
    say(f"{one.product}: {one.state}", style=style)
    for result in one.tables:
        for line in describe(result):
            say(f"  {line}")
    if one.error and not one.tables:
        _indented(one.error)


def _indented(text: str) -> None:
    for line in text.splitlines():
        say(f"  {line}")


def describe(result: TableResult) -> list[str]:
    """What happened to one table, one sentence a line."""
    name = f"{result.table.table}"
    if result.state == "failed":
        first, *more = result.error.splitlines() or ["no reason was given"]
        return [f"{name}: failed: {first}", *(f"  {line.strip()}" for line in more)]
    new = f"{name}: {count(result.rows, 'row')} in, {result.state}"
    lines = [new if result.batches else f"{name}: nothing new"]
    if result.deleted:
        lines.append(f"  {count(result.deleted, 'row')} deleted, as the source did")
    if result.withdrawn:
        lines.append(f"  {count(result.withdrawn, 'row')} left the quarantine, since the source deleted their keys")
    if result.quarantined:
        why = ", ".join(f"{rule} {rows:,}" for rule, rows in sorted(result.by_reason.items()))
        lines.append(f"  {count(result.quarantined, 'row')} quarantined: {why}")
    lines += [f"  drift: {text}" for text in result.drift]
    lines += [f"  {text}" for text in result.masked]
    lines += [f"  file vanished: {key}" for key in result.vanished]
    lines += [f"  {f.severity}: {f.text}" for f in result.findings if not f.passed]
    return lines
