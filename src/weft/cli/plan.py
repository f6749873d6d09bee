"""weft plan: what apply would change."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.values import count
from weft.cli.where import find_mesh

if TYPE_CHECKING:
    from weft.flow.plan import Plan
    from weft.model import Change
    from weft.seams import World

SIGNS = {"add": "+", "change": "~", "retire": "-"}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft plan . ; weft plan domains/sales (one domain of the mesh)")
    def plan(
        folder: Path = typer.Argument(Path(), help="The mesh's folder, a folder in it, or a domain's own repository."),
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show what apply would change. Breaking contract changes with whom they break; exit 1 when one is refused."""
        root, prefix = place(folder, mesh)
        with opened(root) as world:
            planned = compare(world, folder, prefix)
        print_json(as_value(planned)) if as_json else print_plan(planned)
        raise typer.Exit(1 if planned.refused else 0)


def compare(world: World, folder: Path, prefix: str) -> Plan:
    """The plan for that folder.

    Raises:
        Invalid: the folder is not there and nothing below it is applied, or its documents have problems.
    """
    from weft.errors import Invalid
    from weft.flow.plan import plan
    from weft.mesh import judges

    planned = plan(world, judges(), folder, prefix)
    if not folder.exists() and not planned.changes:
        raise Invalid(f"there is no folder '{folder}'", hint="Name the mesh's folder or a folder in it.")
    return planned


def place(folder: Path, mesh: Path | None) -> tuple[Path, str]:
    """The mesh's folder and the path in it that `folder` stands for.

    With --mesh it may lie elsewhere, as in a build of a pull request: another copy of the whole mesh stands for all of
    it, and a domain that lives in a repository of its own for `domains/<its name>`.

    Raises:
        Invalid: a file, or a folder that belongs to no mesh.
    """
    from weft.errors import Invalid

    if folder.is_file():
        raise Invalid(f"'{folder}' is a file", hint="plan and apply take a folder: a mesh's, or one in it.")
    root = find_mesh(mesh or folder)
    inside = folder.resolve()
    if inside.is_relative_to(root):
        prefix = inside.relative_to(root).as_posix()
        return root, "" if prefix == "." else prefix
    if (inside / "mesh.yaml").is_file():
        return root, ""
    return root, f"domains/{domain_name(folder)}"


def domain_name(folder: Path) -> str:
    """Name of the domain whose folder this is.

    Raises:
        Invalid: it holds no domain.yaml.
    """
    from weft import spec
    from weft.errors import Invalid

    documents, _ = spec.read_folder(folder, prefix="domains/x/")
    found = next((d.id for d in documents if d.path == "domains/x/domain.yaml" and d.kind == "Domain"), "")
    if not found:
        raise Invalid(
            f"'{folder}' lies outside the mesh and holds neither mesh.yaml nor domain.yaml",
            hint="Name a folder of the mesh, or a domain's own folder together with --mesh.",
        )
    return found


def as_value(planned: Plan) -> dict[str, Any]:
    """The plan for programs."""
    return {
        "prefix": planned.prefix,
        "refused": bool(planned.refused),
        "changes": [c.model_dump(mode="json") for c in planned.changes],
        "problems": [p.model_dump(mode="json") for p in planned.problems],
    }


def print_plan(planned: Plan) -> None:
    """The plan for people."""
    for problem in planned.problems:
        say(str(problem), style="yellow")
    for change in planned.changes:
        _print_change(change)
    each = Counter(str(c.action) for c in planned.changes)
    what = ", ".join(f"{each[action]} to {action}" for action in SIGNS if each[action])
    say(f"{count(len(planned.changes), 'change')}: {what}" if what else "nothing to change")


def _print_change(change: Change) -> None:
    say(f"{SIGNS[change.action]} {change.kind} {change.id}  ({change.path})")
    for text in change.details:
        say(f"    {text}")
    for text in change.breaking:
        say(f"    BREAKING {text}", style="red")
    for whom in change.breaks:
        say(f"      breaks {whom}", style="red")
    if change.refused:
        say("    refused: an active contract changes so only with a new major version", style="red")
