"""What all commands share: options, opening the mesh, printing for people and for programs."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli.names import complete_people
from weft.cli.table import room, wrap
from weft.cli.values import pretty, printable
from weft.cli.where import find_mesh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.errors import WeftError
    from weft.seams import Progress, World

MeshOption = Annotated[
    Path | None,
    typer.Option("--mesh", "-m", envvar="WEFT_MESH", help="Folder with mesh.yaml; default: this folder or one above."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
AsOption = Annotated[
    str,
    typer.Option("--as", envvar="WEFT_AS", help="Who asks: a person's id, service:x.", autocompletion=complete_people),
]

STYLES = {"bold": "1", "red": "31", "green": "32", "yellow": "33"}


@contextmanager
def opened(folder: Path | None, *, progress: bool = False, quiet: bool = False) -> Iterator[World]:
    """The mesh as an open world, closed at the end; `progress` shows bars on a terminal."""
    from weft.mesh import open_world

    with bars(show=progress and not quiet) as shown:
        world = open_world(find_mesh(folder), progress=shown)
        try:
            yield world
        finally:
            world.close()


@contextmanager
def bars(*, show: bool) -> Iterator[Progress | None]:
    """Progress bars, where there is a terminal to show them."""
    if not show or not sys.stderr.isatty():
        yield None
        return
    from weft.cli.bars import Bars

    with Bars() as shown:
        yield shown


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(pretty(value) + "\n")


def say(text: str = "", *, style: str = "") -> None:
    """A line for people on standard output."""
    _write(sys.stdout, text, style)


def _write(stream: Any, text: str, style: str = "") -> None:
    """A line, folded at spaces on a terminal and left whole for everything else."""
    text = printable(text)
    if stream.isatty():
        indent = " " * (len(text) - len(text.lstrip()))
        text = f"\n{indent}  ".join(line.rstrip() for line in wrap(text.strip(), max(room() - len(indent) - 2, 20)))
        text = indent + text
    if style and stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb":
        text = f"\x1b[{STYLES[style]}m{text}\x1b[0m"
    stream.write(text + "\n")


def remark(text: str) -> None:
    """A line for people beside the output, on standard error."""
    _write(sys.stderr, text, "yellow")


def print_error(error: WeftError, *, as_json: bool) -> None:
    """What went wrong and what to do next, on standard error."""
    problems = [str(p) for p in getattr(error, "problems", ())]
    if as_json:
        told = {"error": error.known_as, "message": error.message, "hint": error.hint, "problems": problems}
        sys.stderr.write(pretty(told) + "\n")
        return
    for problem in problems:
        _write(sys.stderr, problem)
    _write(sys.stderr, f"{error.known_as}: {error.message}", "red")
    for line in error.hint.splitlines():
        _write(sys.stderr, f"  {line}")


@contextmanager
def asking(world: World, actor: str) -> Iterator[str]:
    """The id of who asks: the one named, else this machine's user; a refusal then says how to name another."""
    from weft.errors import Denied

    try:
        yield actor or world.user
    except Denied as error:
        if actor:
            raise
        more = f"You asked as this machine's user, '{world.user}'; name a person of the mesh with --as or WEFT_AS."
        raise Denied(error.message, hint=f"{error.hint}\n{more}") from error
