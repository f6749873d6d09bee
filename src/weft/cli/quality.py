"""weft quality: what rules found over time, and the rows that break them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from weft.cli.face import AsOption, JsonOption, MeshOption, asking, opened, print_json, say
from weft.cli.names import complete_names, complete_tables
from weft.cli.table import filled, print_table
from weft.cli.values import count, when
from weft.flow.values import columns

if TYPE_CHECKING:
    from weft.flow.judgements import Measured, Standing
    from weft.model import Declared

quality = typer.Typer(no_args_is_help=True, help="See what rules found, and exchange rules with dbt.")

TableArgument = Annotated[str, typer.Argument(help="domain.product.table", autocompletion=complete_tables)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(quality, name="quality", epilog="Example: weft quality show sales.pipeline.deals")


@quality.command(epilog="Example: weft quality show sales.pipeline.deals ; weft quality show TABLE RULE")
def show(
    table: TableArgument,
    rule: Annotated[str, typer.Argument(help="One rule: each of its judgements.")] = "",
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the rules of a table with what they found last. Of one rule, all that it ever found."""
    from weft.flow import base, judgements

    with opened(mesh) as world:
        known = base.declared(world)
        if rule:
            measured = judgements.history(world, known, table, rule)
            print_json(to_builtins(measured)) if as_json else _print_history(measured)
            return
        found = judgements.standings(world, known, table)
    print_json(to_builtins(found)) if as_json else _print_standings(found)


@quality.command(epilog='Example: weft quality rows sales.pipeline.deals "amount.nullValues" --as ida@messy.example')
def rows(
    table: TableArgument,
    rule: Annotated[str, typer.Argument(help="Name of a rule; `weft quality show TABLE` lists them.")],
    run: Annotated[str, typer.Option(help="A run: rows kept of its judgement; `weft quality show TABLE RULE`.")] = "",
    actor: AsOption = "",
    limit: Annotated[int, typer.Option("--rows", help="Rows to show.", min=0)] = 20,
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show rows that break a rule: of the held version, else of the published one. Only owner and stewards may.

    With --run a sample of those that broke it then, also when that version is gone or discarded.
    """
    from weft.flow import base, judgements

    with opened(mesh) as world, asking(world, actor) as who:
        known = base.declared(world)
        if run:
            found = judgements.kept(world, known, (table, rule, run), who, limit)
        else:
            found = judgements.blamed(world, known, (table, rule), who, limit)
    names = list(found.schema.names)
    listed = [row for batch in found.to_batches() for row in zip(*columns(batch), strict=True)]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in listed])
        return
    print_table(names, listed)
    say(count(len(listed), "row"))


@quality.command(name="import", epilog="Example: weft quality import models/schema.yml --into deals.odcs.yaml")
def take(
    file: Annotated[Path, typer.Argument(help="A schema file of dbt with data_tests.")],
    into: Annotated[Path | None, typer.Option(help="Contract to add the rules to; default: print them.")] = None,
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read dbt's tests as rules. Tells what was not understood; a contract keeps all else as it is written."""
    from weft.flow import exchange

    found = exchange.import_rules(_content(file), str(file), _declared(mesh))
    added: tuple[str, ...] = ()
    left = found.unread
    if into is not None:
        merged, added, kept_out = exchange.merged(_content(into), str(into), found)
        into.write_bytes(merged)
        left = (*left, *kept_out)
    listed = {name: exchange.texts(rules) for name, rules in found.rules.items()}
    if as_json:
        print_json({"rules": listed, "added": list(added), "left": list(left)})
        return
    for name, texts in listed.items() if into is None else ():
        say(f"{name}:")
        for rule, text in zip(found.rules[name], texts, strict=True):
            say(f"  {rule.column or '(table)'}: {text}")
    for one in added:
        say(f"added {one}", style="green")
    for one in left:
        say(f"left  {one}", style="yellow")
    say(f"{count(sum(map(len, listed.values())), 'rule')} read, {len(added)} added, {len(left)} left")


@quality.command(epilog="Example: weft quality export sales.pipeline > models/schema.yml")
def export(
    name: Annotated[
        str, typer.Argument(help="domain.product or table; default: all.", autocompletion=complete_names)
    ] = "",
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print rules as a dbt schema file. What has no counterpart there is told on standard error."""
    from weft.flow import base, exchange

    with opened(mesh) as world:
        known = base.declared(world)
    tables = [p for p in known.placed if not name or str(p.product) == name]
    text, left = exchange.export_rules(known, tables or [known.table(name)])
    if as_json:
        print_json({"schema": text, "left": list(left)})
        return
    typer.echo(text, nl=False)
    for one in left:
        typer.echo(f"left  {one}", err=True)


def _content(file: Path) -> bytes:
    from weft.errors import Invalid

    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(f"'{file}' cannot be read: {error.strerror or type(error).__name__}") from None


def _declared(folder: Path | None) -> Declared | None:
    """The mesh that lies around, as its documents are now; none where there is none."""
    from weft import spec
    from weft.cli.where import find_mesh
    from weft.errors import Invalid

    try:
        root = find_mesh(folder)
    except Invalid:
        if folder is not None:
            raise
        return None
    return spec.resolve(spec.read_folder(root)[0])[0]


def _print_standings(found: tuple[Standing, ...]) -> None:
    if not found:
        say("the contract states no rule")
        return
    headers = ("rule", "measures", "severity", "due", "found", "allowed", "", "judged", "at (UTC)")
    print_table(*filled(headers, [_standing(one) for one in found]))


def _standing(one: Standing) -> tuple[object, ...]:
    last = one.last
    judged = f"{one.judged:,}, {one.failed:,} failed" if one.failed else f"{one.judged:,}"
    return (
        one.rule,
        one.about,
        one.severity,
        one.schedule,
        _number(last.found) if last else "",
        last.allowed if last else "",
        _verdict(last),
        judged if one.judged else "",
        when(last.at)[:16] if last else "",
    )


def _verdict(one: Measured | None) -> str:
    return "" if one is None else "passed" if one.passed else "FAILED"


def _print_history(found: tuple[Measured, ...]) -> None:
    listed = [(when(m.at), m.run, _number(m.found), m.allowed, _verdict(m), m.kept or "") for m in found]
    print_table(("at (UTC)", "run", "found", "allowed", "", "rows kept"), listed)


def _number(found: float | None) -> str:
    return "" if found is None else f"{found:,.10g}"
