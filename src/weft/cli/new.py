"""weft new: draft documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

new = typer.Typer(no_args_is_help=True, help="Draft new documents.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(new, name="new", epilog="Example: weft new product sales.orders --from shop.orders")


@new.command(epilog="Example: weft new product sales.orders --from shop.orders")
def product(
    name: Annotated[str, typer.Argument(help="domain.product")],
    stream: Annotated[str, typer.Option("--from", help="source.stream of that domain.")],
    table: Annotated[str, typer.Option(help="Name of the table; default: the stream's.")] = "",
    rows: Annotated[int, typer.Option(help="Rows to profile.", min=1)] = 50_000,
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft ODPS, ODCS and SQL from a source's stream.

    Types, keys and rules come with their evidence, likely personal data is tagged, descriptions are left to fill.
    """
    from weft.flow.draft import draft, keep

    with opened(mesh) as world:
        drafted = draft(world, name, stream, table=table, rows=rows)
        written = keep(world, drafted.files, name)
    print_drafted(written, drafted.evidence, as_json=as_json)


@new.command(epilog="Example: weft new dbt target sales.shop --source warehouse")
def dbt(
    target: Annotated[Path, typer.Argument(help="Folder with manifest.json (and catalog.json, run_results.json).")],
    name: Annotated[str, typer.Argument(help="domain.product to draft.")],
    source: Annotated[str, typer.Option(help="Source that reads the project's tables; drafted when missing.")] = "dbt",
    model: Annotated[list[str] | None, typer.Option(help="Model to offer; default: those stored as tables.")] = None,
    mesh: MeshOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft a product from a dbt project: contracts with rules, a source, and the models' lineage.

    What is not understood is told, and the rest is drafted.
    """
    from weft.flow import base
    from weft.flow.dbt import Wanted, draft, note
    from weft.flow.draft import keep

    with opened(mesh) as world:
        drafted = draft(base.declared(world), _artifacts(target), Wanted(name, source, tuple(model or ())))
        written = keep(world, drafted.files)
        note(world, drafted)
    print_drafted(written, drafted.evidence, as_json=as_json)


def print_drafted(written: Sequence[str], evidence: Sequence[str], *, as_json: bool) -> None:
    """What was written where, why it says what it says, and what to do next."""
    if as_json:
        print_json({"files": list(written), "evidence": list(evidence)})
        return
    for line in evidence:
        say(f"  {line}")
    for file in written:
        say(f"wrote {file}")
    say("Next: fill in what says TO FILL, then weft check, weft plan, weft apply.")


def _artifacts(folder: Path) -> dict[str, Any]:
    """The JSON files of a dbt target folder.

    Raises:
        Invalid: there is no manifest, or a file is no JSON.
    """
    from weft.errors import Invalid

    found: dict[str, Any] = {}
    for name in ("manifest", "catalog", "run_results"):
        path = folder / f"{name}.json"
        if path.is_file():
            try:
                found[name] = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                raise Invalid(f"'{path}' is no JSON", hint="Let dbt write it again.") from None
    if "manifest" not in found:
        raise Invalid(f"there is no manifest.json in '{folder}'", hint="`dbt build` writes it to the target folder.")
    return found
