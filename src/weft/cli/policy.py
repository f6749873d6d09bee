"""weft policy: try the examples that policies carry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from weft.cli.face import JsonOption, print_json, say
from weft.cli.values import count

if TYPE_CHECKING:
    from weft.flow.examples import Tried

policy = typer.Typer(no_args_is_help=True, help="Try the examples that policies carry.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(policy, name="policy", epilog="Example: weft policy test domains/sales")


@policy.command(name="test", epilog="Example: weft policy test ; weft policy test policies/personal-data.yaml")
def try_out(
    path: Path = typer.Argument(Path(), help="A mesh's folder, a folder in it, or one policy."),
    as_json: JsonOption = False,
) -> None:
    """Compare what policies decide with their examples. From the documents as they lie there; exit 1 if any fails."""
    done = _tried(path)
    failed = [one for one in done if one.misfits]
    if as_json:
        print_json([_value(one) for one in done])
    else:
        for one in done:
            _print(one)
        say(f"{count(len(done), 'example')}, {len(failed)} failed", style="red" if failed else "green")
    raise typer.Exit(1 if failed else 0)


def _tried(path: Path) -> tuple[Tried, ...]:
    from datetime import UTC, datetime

    from weft.cli.where import find_mesh
    from weft.flow.examples import tried
    from weft.mesh import judges

    inside = path.resolve()
    root = find_mesh(inside if inside.is_dir() else inside.parent).resolve()
    part = inside.relative_to(root).as_posix()
    return tried(judges(), root, datetime.now(UTC), "" if part == "." else part)


def _value(one: Tried) -> dict[str, object]:
    return {
        "policy": one.policy,
        "position": str(one.position),
        "example": one.text,
        "passed": not one.misfits,
        "misfits": list(one.misfits),
    }


def _print(one: Tried) -> None:
    if not one.misfits:
        say(f"ok    {one.policy}: {one.text}")
        return
    say(f"FAILS {one.policy}: {one.text}  ({one.position})", style="red")
    for text in one.misfits:
        say(f"        {text}")
