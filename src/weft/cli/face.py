"""What all commands share: options, opening the mesh, printing for people and for programs."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from weft.errors import WeftError
    from weft.model import Problem
    from weft.seams import Progress, World

MeshOption = Annotated[
    Path | None,
    typer.Option("--mesh", "-m", envvar="WEFT_MESH", help="Folder with mesh.yaml; default: this folder or one above."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
AsOption = Annotated[str, typer.Option("--as", envvar="WEFT_AS", help="Who asks: a person's id, service:x.")]


def find_mesh(folder: Path | None) -> Path:
    """The nearest folder with a mesh.yaml, from `folder` or the current one upwards.

    Raises:
        Invalid: there is none.
    """
    from weft.errors import Invalid

    start = (folder or Path.cwd()).resolve()
    for place in (start, *start.parents):
        if (place / "mesh.yaml").is_file():
            return place
    raise Invalid(
        f"no mesh.yaml in '{folder or '.'}' or above it",
        hint="Name the mesh's folder with --mesh, or make a new one: weft init DIR.",
    )


@contextmanager
def opened(folder: Path | None, *, progress: bool = False, quiet: bool = False) -> Iterator[World]:
    """The mesh as an open world, closed at the end; `progress` shows bars on a terminal."""
    from weft.mesh import open_world

    with _bars(show=progress and not quiet and sys.stderr.isatty()) as bars:
        world = open_world(find_mesh(folder), progress=bars)
        try:
            yield world
        finally:
            world.close()


@contextmanager
def _bars(*, show: bool) -> Iterator[Progress | None]:
    if not show:
        yield None
        return
    from weft.cli.bars import Bars

    with Bars() as bars:
        yield bars


def console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; 110 columns when it is none, so that logs and docs are stable."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else int(os.environ.get("COLUMNS", "110"))
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n")


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """A plain table; long cells wrap, nothing is cut."""
    from rich import box
    from rich.table import Table

    table = Table(*headers, title=title or None, title_justify="left", box=box.SIMPLE, pad_edge=False)
    for row in rows:
        table.add_row(*("" if cell is None else _plain(cell) for cell in row))
    console().print(table)


def _plain(cell: object) -> str:
    from rich.markup import escape

    return escape(str(cell))


def say(text: str = "", *, style: str = "") -> None:
    """A line for people on standard output."""
    console().print(text, style=style or None, markup=False)


def print_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    """Every problem with its place."""
    if as_json:
        print_json([p.model_dump(mode="json") for p in problems])
        return
    for problem in problems:
        sys.stdout.write(f"{problem}\n")


def print_error(error: WeftError, *, as_json: bool) -> None:
    """What went wrong and what to do next, on standard error."""
    problems = [str(p) for p in getattr(error, "problems", ())]
    if as_json:
        told = {"error": type(error).__name__, "message": error.message, "hint": error.hint, "problems": problems}
        sys.stderr.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        return
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    out = console(stderr=True)
    out.print(f"{type(error).__name__}: {error.message}", style="red", markup=False)
    if error.hint:
        out.print(f"  {error.hint}", markup=False)
