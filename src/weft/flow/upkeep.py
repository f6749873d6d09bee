"""Compaction and vacuum that no reader suffers from, and what doctor looks at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weft.errors import Broken, WeftError
from weft.flow import base, repair
from weft.flow.fold import fold
from weft.flow.places import candidate, relation, target
from weft.model import Commit

if TYPE_CHECKING:
    from weft.flow.places import Target
    from weft.model import Declared, Placed, Publication
    from weft.seams import World

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
            published = unit.publications.get(placed.name.key)
        before = candidate(world, goal, run)
        if published is None or _mark(published) != _mark(before):
            return False
        changed = goal.keyed and fold(world, goal, run)
        changed = _rewrite(world, goal, run) or changed
        if changed:
            again = candidate(world, goal, run).model_copy(update={"run": published.run, "at": published.at})
            data = {"version": again.version, "files": len(again.relation.files), "run": run}
            with world.registry.transaction(write=True) as unit:
                unit.publications.put(again)
                unit.journal.append([base.event(world, "table.compacted", placed.name.key, data)])
        return changed


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
    commit = Commit(place=goal.table, run=run, add=tuple(f for f in files if f.rows), remove=small, operation="COMPACT")
    world.store.commit(table, commit)
    return True


def vacuum(world: World, known: Declared, placed: Placed, *, grace: float = GRACE) -> int:
    """Delete files that neither the published nor the held version needs; returns how many."""
    goal = target(world, known, placed)
    key = placed.name.key
    with world.registry.transaction() as unit:
        kept = [p for p in (unit.publications.get(key), unit.publications.held(key)) if p]
    removed = world.store.vacuum(goal.table, {p.version for p in kept}, older_than=grace)
    if goal.keyed:
        logs = {p.log_version for p in kept if p.log_version is not None}
        removed += world.store.vacuum(goal.log, logs, older_than=grace)
    bad = {v for p in kept if (v := p.quarantine_version) is not None and v >= 0}
    removed += world.store.vacuum(goal.quarantine, bad, older_than=grace)
    if removed:
        base.tell(world, base.event(world, "table.vacuumed", key, {"files": removed}))
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
            text = f"{len(missing)} files of the published version {publication.version} are missing"
            found.append(Ailment(str(publication.table), text, mended=False))
    found += [a for placed in known.placed for a in _stored(world, known, placed)]
    return tuple(found)


def _there(path: str) -> bool:
    return "://" in path or Path(path).is_file()


def _stored(world: World, known: Declared, placed: Placed) -> list[Ailment]:
    try:
        removed = vacuum(world, known, placed)
    except WeftError as error:
        return [Ailment(str(placed.name), str(error), mended=False)]
    return [Ailment(str(placed.name), f"{removed} unused files removed", mended=True)] if removed else []
