"""Tables outside the mesh's folder, in a backup: those of buckets, and of domains with a storage of their own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, cast

from weft.stores import copies

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weft.mesh.domains import DomainStore
    from weft.seams import World
    from weft.stores.ground import Ground


def grounds(world: World, own: str) -> dict[str, Ground]:
    """Where tables lie besides the mesh's own folder, by address."""
    stores = cast("DomainStore", world.store).storages.every()
    return {store.ground.root: store.ground for store in stores if store.ground.root != own}


def save(world: World, found: Mapping[str, Ground], into: Path) -> tuple[dict[str, dict[str, int]], int]:
    """Copy all tables of those places; returns their versions by address and path, and the bytes."""
    listed = {root: copies.versions(ground) for root, ground in found.items()}
    world.progress.start("tables elsewhere", sum(map(len, listed.values())))
    size = 0
    for root, tables in listed.items():
        for place, version in tables.items():
            size += copies.copy(found[root], place, version, into / _name(root))
            world.progress.step("tables elsewhere", 1, place)
    world.progress.done("tables elsewhere")
    return listed, size


def bring_back(world: World, listed: Mapping[str, Mapping[str, int]], source: Path) -> tuple[str, ...]:
    """Bring the copies to where their domains keep their tables now.

    Returns:
        Tables of which another state is there, newer most often: they stay as they are, the registry goes on with them.
    """
    storages = cast("DomainStore", world.store).storages
    return tuple(
        place
        for root, tables in listed.items()
        for place in tables
        if not copies.bring(storages.of(place.partition("/")[0]).ground, place, source / _name(root))
    )


def _name(root: str) -> str:
    return hashlib.sha256(root.encode()).hexdigest()[:16]
