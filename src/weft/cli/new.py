"""weft new: draft documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.where import find_mesh

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
    from weft.flow.draft import draft

    root = find_mesh(mesh)
    with opened(root) as world:
        drafted = draft(world, name, stream, table=table, rows=rows)
    folder = root / Path(*("domains", *name.split(".")))
    _write(folder, drafted.files, root)
    written = [(folder / file).relative_to(root).as_posix() for file in drafted.files]
    if as_json:
        print_json({"files": written, "evidence": list(drafted.evidence)})
        return
    for line in drafted.evidence:
        say(f"  {line}")
    for file in written:
        say(f"wrote {file}")
    say("Next: fill in what says TO FILL, then weft check, weft plan, weft apply.")


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

    root = find_mesh(mesh)
    with opened(root) as world:
        drafted = draft(base.declared(world), _artifacts(target), Wanted(name, source, tuple(model or ())))
        _write(root, drafted.files, root)
        note(world, drafted)
    if as_json:
        print_json({"files": list(drafted.files), "evidence": list(drafted.evidence)})
        return
    for line in drafted.evidence:
        say(f"  {line}")
    for file in drafted.files:
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


def _write(folder: Path, files: dict[str, str], root: Path) -> None:
    """Write all files, never over one that is there.

    Raises:
        Invalid: one is there.
    """
    from weft.errors import Invalid

    there = [f for f in files if (folder / f).exists()]
    if there:
        listed = ", ".join((folder / f).relative_to(root).as_posix() for f in there)
        verb = "is" if len(there) == 1 else "are"
        raise Invalid(f"{listed} {verb} there already", hint="Name another product, or move the files away first.")
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        with (folder / file).open("x", encoding="utf-8") as out:
            out.write(text)
