"""weft demo: Messy, Inc. from its silos to one question asked by two people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli.face import JsonOption, bars, print_json, say
from weft.cli.table import print_table

if TYPE_CHECKING:
    from weft.model import Run
    from weft.seams import World

PEOPLE = ("sam@messy.example", "paula@messy.example")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft demo --dir messy")
    def demo(
        folder: Annotated[Path, typer.Option("--dir", help="Folder to build the company in.")] = Path("messy"),
        serve: Annotated[
            bool, typer.Option("--serve/--no-serve", help="Serve it afterwards (comes with the portal).")
        ] = True,
        as_json: JsonOption = False,
    ) -> None:
        """Build Messy, Inc., a small company. Its silos become published products; two people ask one question."""
        from weft.demo import build

        del serve  # the portal is not there yet
        with bars(show=not as_json) as shown:
            world, rows = build(folder, shown)
            try:
                _story(world, rows, folder, as_json=as_json)
            finally:
                world.close()


def _story(world: World, rows: int, folder: Path, *, as_json: bool) -> None:
    from weft.flow.apply import apply
    from weft.flow.plan import plan
    from weft.flow.run import run
    from weft.mesh import judges

    planned = plan(world, judges(), world.folder)
    apply(world, planned)
    runs = run(world)
    if as_json:
        print_json([one.model_dump(mode="json") for one in runs])
        return
    say(f"Messy, Inc.: {rows:,} rows in three silos (CSV, JSON Lines, a SQLite database)")
    say(f"{len(planned.changes)} documents applied; every product ran and was checked:")
    for one in runs:
        _tell(one)
    _ask_twice(world)
    say()
    say(f"Look further:  cd {folder}  and then")
    say(f"  weft show  ·  weft quarantine  ·  weft why people.staff.employees --as {PEOPLE[0]}")


def _tell(one: Run) -> None:
    from weft.cli.run import describe

    for result in one.tables:
        for number, line in enumerate(describe(result)):
            say(f"  {one.product}.{line}" if number == 0 else f"  {line}")


def _ask_twice(world: World) -> None:
    from weft.demo import QUESTION
    from weft.flow.ask import ask

    say()
    say("One question across the silos:")
    for line in QUESTION.splitlines():
        say(f"  {line}")
    for who in PEOPLE:
        say()
        say(f"asked by {who}:", style="bold")
        asked = ask(world, QUESTION, who, "reporting")
        with asked.answer as answer:
            rows = [row for batch in answer for row in batch.to_pylist()]
        print_table(list(rows[0]), [[_short(v) for v in row.values()] for row in rows])


def _short(value: object) -> object:
    """A hash is cut for the eye."""
    return f"{value[:12]}…" if isinstance(value, str) and len(value) == 64 else value  # noqa: PLR2004 - hexadecimal SHA-256
