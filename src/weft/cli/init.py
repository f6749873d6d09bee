"""weft init: a small mesh that runs."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from weft.cli.face import JsonOption, print_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft init my-mesh")
    def init(
        folder: Annotated[Path, typer.Argument(help="A new or empty folder.")], as_json: JsonOption = False
    ) -> None:
        """Make a small commented mesh that runs."""
        from weft.errors import Invalid

        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Invalid(
                f"'{folder}' is {'not empty' if folder.is_dir() else 'a file'}", hint="Name a new or empty folder."
            )
        with resources.as_file(resources.files("weft.cli") / "template") as template:
            shutil.copytree(template, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        made = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        if as_json:
            print_json({"folder": str(folder), "files": made})
            return
        for name in made:
            say(f"  {name}")
        say(f"Next:  cd {folder}  &&  weft apply --yes  &&  weft run")
        say('Then:  weft ask "SELECT * FROM sales.orders.orders" --as bo@example.com')
