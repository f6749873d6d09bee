"""weft plan: what apply would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say

if TYPE_CHECKING:
    from weft.flow.plan import Plan

SIGNS = {"add": "+", "change": "~", "retire": "-"}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft plan . ; weft plan domains/sales (one domain of the mesh)")
    def plan(
        folder: Path = typer.Argument(Path(), help="The mesh's folder, or a subtree of it."),
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show what apply would change; breaking contract changes with whom they break; exit 1 when one is refused."""
        from weft.flow.plan import plan as compare
        from weft.mesh import judges

        root, prefix = place(folder, mesh)
        with opened(root) as world:
            planned = compare(world, judges(), folder, prefix)
        if as_json:
            print_json({"prefix": prefix, "changes": [c.model_dump(mode="json") for c in planned.changes]})
        else:
            print_plan(planned)
        raise typer.Exit(1 if planned.refused else 0)


def place(folder: Path, mesh: Path | None) -> tuple[Path, str]:
    """The mesh's folder and the path in it that `folder` stands for.

    A domain that lives in a repository of its own stands for `domains/<its name>` of the mesh named by --mesh.
    """
    from weft.cli.face import find_mesh

    root = find_mesh(mesh or folder)
    inside = folder.resolve()
    if inside.is_relative_to(root):
        prefix = str(inside.relative_to(root)).replace("\\", "/")
        return root, "" if prefix == "." else prefix
    return root, f"domains/{domain_name(folder)}"


def domain_name(folder: Path) -> str:
    """Name of the domain whose folder this is.

    Raises:
        Invalid: it holds no domain.yaml.
    """
    from weft import spec
    from weft.errors import Invalid

    documents, _ = spec.read_folder(folder)
    found = next((d.id for d in documents if d.kind == "Domain"), "")
    if not found:
        raise Invalid(
            f"'{folder}' lies outside the mesh and holds no domain.yaml",
            hint="Name a folder of the mesh, or a domain's own folder together with --mesh.",
        )
    return found


def print_plan(planned: Plan) -> None:
    """The plan for people."""
    for problem in planned.problems:
        say(str(problem), style="yellow")
    for change in planned.changes:
        say(f"{SIGNS[change.action]} {change.kind} {change.id}  ({change.path})")
        for text in change.details:
            say(f"    {text}")
        for text in change.breaking:
            say(f"    BREAKING {text}", style="red")
        for whom in change.breaks:
            say(f"      breaks {whom}", style="red")
        if change.refused:
            say("    refused: an active contract changes so only with a new major version", style="red")
    count = len(planned.changes)
    say(f"{count} change{'s' if count != 1 else ''}" if count else "nothing to change")
