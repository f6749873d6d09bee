"""Hand out the applied documents with their original bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.errors import Invalid

if TYPE_CHECKING:
    from weft.model import Document
    from weft.seams import World


def export(world: World, what: str = "") -> tuple[Document, ...]:
    """The applied documents whose path starts so, or whose id is that; all when nothing is named.

    Raises:
        Invalid: nothing fits.
    """
    with world.registry.transaction() as unit:
        applied = unit.documents.all()
    found = tuple(d for d in applied if not what or what in {d.id, d.path} or d.path.startswith(f"{what}/"))
    if not found:
        paths = ", ".join(d.path for d in applied[:5]) or "none"
        raise Invalid(f"no applied document is named '{what}'", hint=f"Give an id or a path; applied are: {paths} ...")
    return found
