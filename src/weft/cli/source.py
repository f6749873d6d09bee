"""weft source: try, discover and preview a source."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, asking, opened, print_json, say
from weft.cli.names import complete_sources
from weft.cli.table import print_table
from weft.flow.values import columns, unique

source = typer.Typer(no_args_is_help=True, help="Try, discover and preview sources.")

NameArgument = Annotated[
    str, typer.Argument(help="domain.source, or the source's name.", autocompletion=complete_sources)
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(source, name="source", epilog="Example: weft source discover sales.crm")


@source.command(name="test", epilog="Example: weft source test sales.crm")
def try_out(name: NameArgument, mesh: MeshOption = None, as_json: JsonOption = False) -> None:
    """Is the system there, do the credentials work, what do its streams answer?"""
    from weft.flow import base, sources

    with opened(mesh) as world:
        answers = sources.test(world, sources.find(base.declared(world), name))
    fine = not any(answer.error for answer in answers)
    if as_json:
        more = {"streams": [answer.model_dump(mode="json") for answer in answers]} if answers else {}
        print_json({"source": name, "ok": fine, **more})
    else:
        say(f"{name} answers", style="green" if fine else "yellow")
        if answers:
            told = [(each.name, each.rows, each.error or ", ".join(each.columns)) for each in answers]
            print_table(("stream", "rows", "what came"), told)
    if not fine:
        raise typer.Exit(1)


@source.command(epilog="Example: weft source login sales.crm")
def login(
    name: NameArgument,
    redirect: Annotated[
        str, typer.Option(help="Address of this machine that the browser is sent back to, as it is registered.")
    ] = "http://127.0.0.1:8723/",
    seconds: Annotated[int, typer.Option(help="Seconds to wait for the browser.", min=1)] = 300,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
    actor: AsOption = "",
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Log in to the source's system with a browser; what it gives is kept in the vault."""
    import webbrowser

    from weft.cli.loopback import Loopback
    from weft.flow import base, sources

    with opened(mesh) as world:
        found = sources.find(base.declared(world), name)
        with closing(Loopback(redirect)) as back:
            asked = sources.begin_login(world, found, redirect, actor)
            typer.echo(f"Allow it in a browser on this machine:\n{asked.address}", err=True)
            if browser:
                webbrowser.open(asked.address)
            kept = sources.finish_login(world, found, asked, back.wait(seconds), actor)
    if as_json:
        print_json({"source": name, "reference": kept.reference, "version": kept.version})
        return
    say(f"{name} is logged in; what it needs is kept as {kept.reference}", style="green")


@source.command(epilog="Example: weft source discover sales.crm")
def discover(name: NameArgument, mesh: MeshOption = None, as_json: JsonOption = False) -> None:
    """List the streams that the source offers, with columns, keys and comments."""
    from weft.flow import base, sources

    with opened(mesh) as world:
        found = sources.discover(world, sources.find(base.declared(world), name))
    if as_json:
        print_json([s.model_dump(mode="json") for s in found])
        return
    for number, stream in enumerate(found):
        if number:
            say()
        key = f", key {', '.join(stream.key)}" if stream.key else ""
        about = f": {stream.comment}" if stream.comment else ""
        say(f"{stream.name} ({stream.kind}{key}){about}", style="bold")
        if stream.columns:
            print_table(("column", "type", "about"), [(c.name, c.type, c.comment) for c in stream.columns])
    if not found:
        say("no streams")


@source.command(epilog="Example: weft source preview sales.crm opportunities --as ida@messy.example")
def preview(
    name: NameArgument,
    stream: Annotated[str, typer.Argument(help="Name of the stream.")],
    actor: AsOption = "",
    rows: Annotated[int, typer.Option(help="Rows to show.", min=0)] = 10,
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the first rows as they come. Only owner, stewards and producers of the domain may."""
    from weft.flow import base, sources

    with opened(mesh) as world, asking(world, actor) as who:
        found = sources.find(base.declared(world), name)
        table = sources.preview(world, found, stream, who, rows)
    names = unique(list(table.column_names))
    listed = [row for batch in table.to_batches() for row in zip(*columns(batch), strict=True)]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in listed])
    else:
        print_table(names, listed)
