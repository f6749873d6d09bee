"""Where programs lie on this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

from weft.errors import Invalid

VARIABLE = "WEFT_PROGRAMS"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


def program(name: str, mesh: Path, inside: str = "") -> Path:
    """The executable of that name.

    Args:
        name: a file `NAME`, or a virtual environment `NAME` with `bin/NAME`.
        mesh: folder of the mesh.
        inside: what is run of a virtual environment instead of the program of its name: `python`.

    Raises:
        Invalid: there is none; says where it was looked for.
    """
    if not _NAME.match(name):
        raise Invalid(
            f"'{name}' is no name of a program, allowed are letters, digits, '.', '_' and '-'",
            hint="A program is named, not located: put it or its virtual environment into .weft/programs of the mesh.",
        )
    folders = folders_of(mesh)
    for folder in folders:
        for path in (folder / name / "bin" / (inside or name), folder / name):
            if path.is_file() and os.access(path, os.X_OK):
                return path.absolute()  # not resolved: a link to an interpreter says which environment it is of
    places = ", ".join(f"'{folder}'" for folder in folders)
    raise Invalid(
        f"there is no program '{name}' on this machine; it was looked for in {places}",
        hint=f"python -m venv {folders[0] / name} && {folders[0] / name}/bin/pip install {name}",
    )


def folders_of(mesh: Path) -> tuple[Path, ...]:
    """Folders that programs are looked for in."""
    told = [Path(part) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]
    return (mesh / ".weft" / "programs", *told)
