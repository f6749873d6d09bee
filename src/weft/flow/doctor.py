"""Look at everything that can be broken, and mend what can be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft.errors import Broken, WeftError
from weft.flow import base, facts, openlineage, repair, sound, undo
from weft.flow.places import relation, target, together
from weft.flow.publish import publish
from weft.flow.upkeep import vacuum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.places import Target
    from weft.model import Declared, Placed, Publication, Snapshot
    from weft.seams import World

_ALL = 1_000_000
"""Commits of a table that are looked at."""


class Ailment(Struct, frozen=True):
    """Something that doctor found."""

    subject: str
    text: str
    mended: bool


def doctor(world: World, known: Declared) -> tuple[Ailment, ...]:
    """The journal, untold lineage, leases, what a crash swallowed, publications, stored tables, unneeded files."""
    world.store.places()  # a storage that cannot be reached is told as such
    found = [*_journal(world), *_outlet(world)]
    for product in known.products:
        tables = [p for p in known.placed if str(p.product) == product]
        found += _lease(world, product)
        try:
            with base.Held(world, f"product:{product}"):
                found += _product(world, known, product, tables)
        except WeftError as error:
            found.append(Ailment(product, str(error), mended=False))
    ill = {one.subject for one in found if not one.mended}
    found += [a for placed in known.placed if str(placed.name) not in ill for a in _stored(world, known, placed)]
    return tuple(found)


def _journal(world: World) -> Iterator[Ailment]:
    with world.registry.transaction() as unit:
        try:
            unit.journal.verify()
        except Broken as error:
            yield Ailment("journal", str(error), mended=False)


def _outlet(world: World) -> Iterator[Ailment]:
    """Runs that were not told to where mesh.yaml says."""
    if world.outlet is None:
        return
    try:
        sent = openlineage.hand_over(world, world.outlet, world.mesh.lineage, new=True)
    except WeftError as error:
        yield Ailment("lineage", f"what is new waits: {error.message}", mended=False)
        return
    if sent:
        yield Ailment("lineage", f"{sent} events that waited were handed over", mended=True)


def _lease(world: World, product: str) -> Iterator[Ailment]:
    """That of a process that is gone; the next who wants it would take it over too."""
    name = f"product:{product}"
    with world.registry.transaction(write=True) as unit:
        holder = unit.leases.holder(name)
        if holder and not world.alive(holder[0]):
            unit.leases.release(name, holder[0])
            yield Ailment(product, "the lease of a process that is gone was released", mended=True)


def _product(world: World, known: Declared, product: str, tables: list[Placed]) -> Iterator[Ailment]:
    mended = _told(world, known, product, tables) + repair.product(world, known, product, tables)
    if mended:
        yield Ailment(product, f"{mended} events told again", mended=True)
    for placed in tables:
        yield from _published(world, known, placed)


def _told(world: World, known: Declared, product: str, tables: list[Placed]) -> int:
    """Tell what no event tells of any commit, however old."""
    events = []
    for goal in (target(world, known, placed) for placed in tables):
        for place in goal.parts:
            for commit in reversed(world.store.history(place, limit=_ALL)):
                events += facts.of(world, place, commit)
    with world.registry.transaction(write=True) as unit:
        new = unit.journal.append(events)
        if new:
            told = {"mended": new, "types": sorted({e.type for e in events})}
            unit.journal.append([base.event(world, "repair.mended", product, told)])
    return new


def _published(world: World, known: Declared, placed: Placed) -> Iterator[Ailment]:
    """Whether the files that are published and held are those of their versions, and there."""
    goal = target(world, known, placed)
    with world.registry.transaction() as unit:
        found = (unit.publications.get(placed.name.key), unit.publications.held(placed.name.key))
    for publication in (p for p in found if p):
        seen = "held" if publication.held else "published"
        try:
            yield from _moved(world, goal, publication, seen)
        except WeftError as error:
            told = f"the {seen} version {publication.version} is broken: {error.message}"
            yield _newer(world, known, placed, publication, told)


def _moved(world: World, goal: Target, publication: Publication, seen: str) -> Iterator[Ailment]:
    """The version is whole: its files may lie at another address than is written down."""
    table = world.store.snapshot(goal.table, publication.version)
    log: Snapshot | None = None
    if publication.log_version is not None:
        log = world.store.snapshot(goal.log, publication.log_version)
    now = relation(goal, table, log)
    was = publication.relation
    if (set(was.files), set(was.log)) == (set(now.files), set(now.log)):
        return
    again = was.model_copy(update={"files": now.files, "log": now.log, "key": now.key, "order": now.order})
    with world.registry.transaction(write=True) as unit:
        unit_seen = unit.publications.held if publication.held else unit.publications.get
        if unit_seen(publication.table.key) == publication:
            held = unit.publications.held(publication.table.key)
            unit.publications.put(publication.model_copy(update={"relation": again}))
            if held and not publication.held:
                unit.publications.put(held)  # publishing takes away what is held
    yield Ailment(str(goal.placed.name), f"the {seen} version is found at its files again", mended=True)


def _newer(world: World, known: Declared, placed: Placed, broken: Publication, told: str) -> Ailment:
    """What stands there now may be whole: then it is judged and published in its place."""
    try:
        now = [world.store.snapshot(place).version for place, _ in undo.parts(target(world, known, placed))]
        if now[0] > broken.version and not broken.held:
            publish(world, known, together(known, placed), base.new_id(world))
    except WeftError:
        return Ailment(str(placed.name), f"{told}\n{sound.advice(placed)}", mended=False)
    with world.registry.transaction() as unit:
        published = unit.publications.get(placed.name.key)
    if published and published.version != broken.version:
        return Ailment(str(placed.name), f"{told}; a newer one passed its checks and is published", mended=True)
    return Ailment(str(placed.name), f"{told}\n{sound.advice(placed)}", mended=False)


def _stored(world: World, known: Declared, placed: Placed) -> list[Ailment]:
    try:
        sound.check(world, known, placed)
        removed = vacuum(world, known, placed)
    except WeftError as error:
        return [Ailment(str(placed.name), str(error), mended=False)]
    return [Ailment(str(placed.name), f"{removed} unused files removed", mended=True)] if removed else []
