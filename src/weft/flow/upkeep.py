"""Compaction and vacuum that no reader suffers from, and what doctor looks at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weft.errors import Broken, WeftError
from weft.flow import base, facts, repair, sound, undo
from weft.flow.fold import fold
from weft.flow.places import candidate, relation, target
from weft.model import Commit
from weft.seams import failpoint

if TYPE_CHECKING:
    from weft.flow.places import Target
    from weft.model import Declared, Placed, Publication
    from weft.seams import Unit, World

SMALL = 32_000_000
"""Bytes below which a data file counts as small."""
MANY = 8
"""Small files that make compaction worth while."""
GRACE = 3600.0
"""Seconds that files which no kept version lists stay, for readers that began before."""


@dataclass(frozen=True)
class Ailment:
    """Something that doctor found."""

    subject: str
    text: str
    mended: bool


def compact(world: World, known: Declared, placed: Placed) -> bool:
    """Fold, then rewrite many small files as one; publishes the same rows. Returns whether anything changed."""
    goal = target(world, known, placed)
    with base.Held(world, f"product:{placed.product}"):
        run = base.new_id(world)
        with world.registry.transaction() as unit:
            published, held = _seen(unit, placed)
        if published is None or held or _mark(published) != _mark(candidate(world, goal, run)):
            return False
        changed = goal.keyed and fold(world, goal, run)
        changed = _rewrite(world, goal, run) or changed
        failpoint("upkeep.compacted")
        if changed:
            again = _as_it_is_now(published, candidate(world, goal, run))
            with world.registry.transaction(write=True) as unit:
                if _seen(unit, placed) == (published, None):  # else a run came between: what it published stands
                    unit.publications.put(again)
        return changed


def _seen(unit: Unit, placed: Placed) -> tuple[Publication | None, Publication | None]:
    return unit.publications.get(placed.name.key), unit.publications.held(placed.name.key)


def _as_it_is_now(published: Publication, again: Publication) -> Publication:
    """The same rows under the same contract, in newer versions and other files."""
    seen = again.relation.model_copy(update={"columns": published.relation.columns})
    newer = {name: getattr(again, name) for name in ("version", "log_version", "quarantine_version")}
    return published.model_copy(update={**newer, "relation": seen})


def _mark(p: Publication) -> tuple[int, int | None]:
    return p.version, p.log_version


def _rewrite(world: World, goal: Target, run: str) -> bool:
    table = world.store.snapshot(goal.table)
    small = tuple(f for f in table.files if f.bytes < SMALL)
    if len(small) < MANY:
        return False
    old = relation(goal, table, None, hidden=True)
    rows = {"rows": old.model_copy(update={"files": tuple(f"{table.root}/{f.path}" for f in small)})}
    files = world.engine.write("SELECT * FROM rows", rows, world.store.staging(goal.table), quiet=goal.quiet)
    added = tuple(f for f in files if f.rows)
    told = {"weft.compacted": str(len(table.files) - len(small) + len(added))}
    commit = Commit(place=goal.table, run=run, add=added, remove=small, operation="COMPACT", metadata=told)
    after = world.store.commit(table, commit)
    failpoint("upkeep.rewritten")
    base.tell(world, *facts.of(world, goal.placed.name.key, {"version": after.version, "run": run, "metadata": told}))
    return True


def vacuum(world: World, known: Declared, placed: Placed, *, grace: float = GRACE) -> int:
    """Delete files that neither the published nor the held version needs; returns how many.

    What a discard would go back to stays: the published version, or the empty table where nothing is published.
    """
    goal = target(world, known, placed)
    with world.registry.transaction() as unit:
        published, held = _seen(unit, placed)
    removed = 0
    for place, field in undo.parts(goal):
        kept = {(getattr(p, field) if p else 0) or 0 for p in (published, *((held,) if held else ()))}
        newest = world.store.snapshot(place).version
        removed += world.store.vacuum(place, {v for v in kept if v <= newest}, older_than=grace)
    if removed:
        base.tell(world, base.event(world, "table.vacuumed", placed.name.key, {"files": removed}))
    return removed


def doctor(world: World, known: Declared) -> tuple[Ailment, ...]:
    """Look at everything that can be broken and mend what can be mended."""
    found: list[Ailment] = []
    with world.registry.transaction() as unit:
        try:
            unit.journal.verify()
        except Broken as error:
            found.append(Ailment("journal", str(error), mended=False))
        published = unit.publications.all()
    for product in known.products:
        tables = [p for p in known.placed if str(p.product) == product]
        try:
            with base.Held(world, f"product:{product}"):
                mended = repair.product(world, known, product, tables)
        except WeftError as error:
            found.append(Ailment(product, str(error), mended=False))
            continue
        if mended:
            found.append(Ailment(product, f"{mended} events told again", mended=True))
    for publication in published:
        missing = [p for p in (*publication.relation.files, *publication.relation.log) if not _there(p)]
        if missing:
            seen = "held" if publication.held else "published"
            text = f"the {seen} version {publication.version} misses {len(missing)} of its files"
            found.append(Ailment(str(publication.table), text, mended=False))
    found += [a for placed in known.placed for a in _stored(world, known, placed)]
    return tuple(found)


def _there(path: str) -> bool:
    return "://" in path or Path(path).is_file()


def _stored(world: World, known: Declared, placed: Placed) -> list[Ailment]:
    try:
        sound.check(world, known, placed)
        removed = vacuum(world, known, placed)
    except WeftError as error:
        return [Ailment(str(placed.name), str(error), mended=False)]
    return [Ailment(str(placed.name), f"{removed} unused files removed", mended=True)] if removed else []
