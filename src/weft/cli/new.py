"""weft new: draft documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, find_mesh, opened, print_json, say

new = typer.Typer(no_args_is_help=True, help="Draft new documents.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(new, name="new", epilog="Example: weft new product sales.orders --from shop.orders")


@new.command(epilog="Example: weft new product sales.orders --from shop.orders")
def product(
    name: Annotated[str, typer.Argument(help="domain.product")],
    stream: Annotated[str, typer.Option("--from", help="source.stream of that domain.")],
    table: Annotated[str, typer.Option(help="Name of the table; default: the stream's.")] = "",
    rows: Annotated[int, typer.Option(help="Rows to profile.")] = 50_000,
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft ODPS, ODCS and SQL from a source's stream: types, keys, rules with their evidence, personal data tagged."""
    from weft.flow.draft import draft

    root = find_mesh(mesh)
    with opened(root) as world:
        drafted = draft(world, name, stream, table=table, rows=rows)
    folder = root / Path(*("domains", *name.split(".")))
    for file, text in drafted.files.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as out:  # never over something that is there
            out.write(text)
    if as_json:
        print_json({"files": [str(folder / f) for f in drafted.files], "evidence": list(drafted.evidence)})
        return
    for line in drafted.evidence:
        say(f"  {line}")
    for file in drafted.files:
        say(f"wrote {(folder / file).relative_to(root)}")
    say("Next: fill in the descriptions, then weft check, weft plan, weft apply.")
