"""Whether a table's folder is as weft left it; people edit folders by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.errors import Broken
from weft.flow import base
from weft.flow.places import target
from weft.model import PARTS, Place

if TYPE_CHECKING:
    from weft.model import Declared, Placed, Publication, TableName
    from weft.seams import World


def check(world: World, known: Declared, placed: Placed) -> None:
    """Nothing that is published or held lies behind what the folder holds: a run would go on from a wrong place.

    Raises:
        Broken: files of the table are missing or changed; says which, and how to go on.
    """
    goal = target(world, known, placed)
    with world.registry.transaction() as unit:
        found = (unit.publications.get(placed.name.key), unit.publications.held(placed.name.key))
    for publication in (p for p in found if p):
        for place, version in _versions((goal.table, goal.log, goal.quarantine), publication):
            newest = _newest(world, placed, place)
            if newest < version:
                raise Broken(
                    f"table {place.path} ends at version {newest}, but version {version} was published or held: "
                    "files of its _delta_log are missing",
                    hint=advice(placed),
                )


def _versions(places: tuple[Place, Place, Place], publication: Publication) -> list[tuple[Place, int]]:
    versions = (publication.version, publication.log_version, publication.quarantine_version)
    return [(place, version) for place, version in zip(places, versions, strict=True) if version is not None]


def _newest(world: World, placed: Placed, place: Place) -> int:
    try:
        return world.store.snapshot(place).version
    except Broken as error:
        raise Broken(error.message, hint=advice(placed)) from error


def advice(placed: Placed) -> str:
    """What to do about a table whose files are gone."""
    return (
        f"Bring back from a backup what is missing, or read everything again: weft run {placed.product} --full-refresh"
    )


def clear(world: World, known: Declared, placed: Placed) -> None:
    """Before everything is read again: a table whose folder is damaged is dropped, a sound one is left alone."""
    try:
        check(world, known, placed)
    except Broken as error:
        drop(world, placed.name, error.message)


def drop(world: World, name: TableName, why: str) -> None:
    """Delete all data of a table; call it while holding the product's lease.

    Consumers stop seeing it first. Dying in between leaves the data for the next time.
    """
    told = base.event(world, "table.dropped", name.key, {"why": why})
    with world.registry.transaction(write=True) as unit:
        unit.publications.drop(name.key)
        unit.publications.drop(name.key, held=True)
        unit.journal.append([told])
    world.engine.forget(name.key)
    for part in reversed(PARTS):
        world.store.drop(Place(name=name, part=part))
