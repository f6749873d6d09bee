"""The connectors that a command knows: those of weft, of packages, and of the folder of documents that is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from weft.model import Declared
    from weft.seams import Connectors


def known(mesh: Path | None) -> Connectors:
    """Where there is no mesh, those that every mesh has."""
    from weft.cli.where import find_mesh
    from weft.errors import Invalid
    from weft.flow.connectors import described
    from weft.mesh import judges

    try:
        root = find_mesh(mesh)
    except Invalid:
        if mesh:
            raise
        return judges().connectors
    return described(judges().connectors, documents(root))


def documents(root: Path) -> Declared:
    """What the documents of a mesh's folder say, applied or not."""
    from weft import spec

    return spec.resolve(spec.read_folder(root)[0])[0]
