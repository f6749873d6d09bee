"""weft source: try, discover and preview a source."""

from __future__ import annotations

from typing import Annotated

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, opened, print_json, print_table, say

source = typer.Typer(no_args_is_help=True, help="Try, discover and preview sources.")

NameArgument = Annotated[str, typer.Argument(help="domain.source, or the source's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(source, name="source", epilog="Example: weft source discover sales.crm")


@source.command(epilog="Example: weft source test sales.crm")
def test(name: NameArgument, mesh: MeshOption = None, as_json: JsonOption = False) -> None:
    """Is the system there, do the credentials work?"""
    from weft.flow import base, sources

    with opened(mesh) as world:
        sources.test(world, sources.find(base.declared(world), name))
    print_json({"source": name, "ok": True}) if as_json else say(f"{name} answers", style="green")


@source.command(epilog="Example: weft source discover sales.crm")
def discover(name: NameArgument, mesh: MeshOption = None, as_json: JsonOption = False) -> None:
    """List the streams that the source offers, with columns, keys and comments."""
    from weft.flow import base, sources

    with opened(mesh) as world:
        found = sources.discover(world, sources.find(base.declared(world), name))
    if as_json:
        print_json([s.model_dump(mode="json") for s in found])
        return
    rows = [
        (s.name, s.kind, ", ".join(s.key), ", ".join(f"{c.name} {c.type}" for c in s.columns), s.comment) for s in found
    ]
    print_table(("stream", "kind", "key", "columns", "comment"), rows)


@source.command(epilog="Example: weft source preview sales.crm opportunities --as ida@messy.example")
def preview(
    name: NameArgument,
    stream: Annotated[str, typer.Argument(help="Name of the stream.")],
    actor: AsOption = "",
    rows: Annotated[int, typer.Option(help="Rows to show.")] = 10,
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the first rows as they come; only owner, stewards and producers of the domain may."""
    from weft.flow import base, sources

    with opened(mesh) as world:
        found = sources.find(base.declared(world), name)
        table = sources.preview(world, found, stream, actor or world.user, rows)
    if as_json:
        print_json(table.to_pylist())
    else:
        print_table(table.column_names, [tuple(r.values()) for r in table.to_pylist()])
