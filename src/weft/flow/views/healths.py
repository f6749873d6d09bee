"""The health of all tables at once, for lists: read once, then only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft import catalog
from weft.catalog.folds import health as fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.seams import Unit, World

_ANEW = 2000
"""Events after which everything is read again."""


def healths(world: World, unit: Unit) -> Mapping[str, catalog.Health]:
    """By table's key, as the projection stands in this transaction; what nothing happened to is not there."""
    mark = unit.projections.bookmark(fold.FOLD.name)
    kept: tuple[int, Mapping[str, catalog.Health]] = world.memo.get("healths", (-1, {}))
    before, found = kept
    if before == mark:
        return found
    events = unit.journal.read(before, types=fold.FOLD.types, limit=_ANEW) if 0 <= before < mark else None
    if events is None or len(events) == _ANEW:
        found = {one.table: one for one in catalog.all_health(unit.projections)}
    else:
        keys = fold.changed(event for event in events if event.sequence <= mark)
        found = {**found, **{key: catalog.health(unit.projections, key) for key in keys}}
    world.memo["healths"] = (mark, found)
    return found
