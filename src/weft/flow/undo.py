"""Discard what is held: the tables of a contract go back to what is published, as one, however often that dies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow import base, superseded
from weft.flow.places import target
from weft.seams import failpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.flow.places import Target
    from weft.model import Declared, Event, Place, Placed, Publication
    from weft.seams import World


def begin(world: World, tables: Sequence[Placed]) -> None:
    """Say that what is held of these tables is discarded. From here on there is no way back but `finish`."""
    with world.registry.transaction(write=True) as unit:
        for placed in tables:
            key = placed.name.key
            held = unit.publications.held(key)
            if held is None:
                continue
            unit.publications.put(held.model_copy(update={"discarded": True}))
            mark = f"{key}:{held.version}:{held.log_version}:{held.contract_version}:{held.run}"
            data = {"version": held.version, "log_version": held.log_version}
            unit.journal.append([base.event(world, "publication.discarded", key, data, key=mark)])
    failpoint("undo.begun")


def finish(world: World, known: Declared, tables: Sequence[Placed]) -> bool:
    """Carry out a discard that was begun for any of these tables; returns whether there was one.

    Each restore is done whatever the state of the others, so that doing all of it again comes to the same. Nothing may
    be landed, folded or published in between.
    """
    with world.registry.transaction() as unit:
        held = {p.name.key: unit.publications.held(p.name.key) for p in tables}
        published = {p.name.key: unit.publications.get(p.name.key) for p in tables}
    if not any(p and p.discarded for p in held.values()):
        return False
    run = base.new_id(world)
    back, told = [], []
    for placed in tables:
        goal = target(world, known, placed)
        before = published[placed.name.key]
        versions, events = _restore(world, goal, before, run)
        told += events
        if before:
            back.append(before.model_copy(update=versions))
    failpoint("undo.restored")
    with world.registry.transaction(write=True) as unit:
        for placed in tables:
            unit.publications.drop(placed.name.key, held=True)
        for publication in back:
            unit.publications.put(publication)
        unit.journal.append(told)
    failpoint("undo.finished")
    return True


def _restore(
    world: World, goal: Target, published: Publication | None, run: str
) -> tuple[dict[str, int | None], list[Event]]:
    """Make the files and app transactions of every part those of the published version again.

    Returns:
        Fields of the publication that name the newer versions, and what is to be told once all is done.
    """
    versions: dict[str, int | None] = {}
    restored: list[tuple[Place, int, int]] = []
    for place, field in parts(goal):
        version = (getattr(published, field) if published else 0) or 0
        if published and not version and place.part == "quarantine":
            continue  # published when that was not noted down yet
        snapshot = world.store.snapshot(place)
        if snapshot.version > version:
            snapshot = world.store.restore(snapshot, version, run)
            restored.append((place, version, snapshot.version))
            failpoint("undo.part")
        versions[field] = snapshot.version if published is None or getattr(published, field) is not None else None
    bad = superseded.waiting(world, goal)
    rows = bad.count(world) if bad else 0
    key = goal.placed.name.key
    told = []
    for place, version, newer in restored:
        data = {"part": place.part, "to": version, "version": newer, "waiting": rows}
        told.append(base.event(world, "table.restored", key, data, key=f"{key}:{place.part}:{newer}"))
    return versions, told


def parts(goal: Target) -> list[tuple[Place, str]]:
    """The Delta tables of a table, and the field of a publication that names their version."""
    log = [(goal.log, "log_version")] if goal.keyed else []
    return [(goal.table, "version"), *log, (goal.quarantine, "quarantine_version")]
