"""Where the mesh is."""

from __future__ import annotations

from pathlib import Path


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
