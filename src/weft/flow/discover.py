"""Look at what sources hold, and tell what is new, changed or gone since they were last looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft import catalog, privacy
from weft.errors import WeftError
from weft.flow import base, sources
from weft.flow.overlap import overlap
from weft.model import SeenColumn, SeenStream
from weft.seams import Allowance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.flow.sources import Seen
    from weft.model import Declared, Event, Source, StreamInfo
    from weft.seams import World

ALLOWED = Allowance(seconds=6.0, requests=100)
"""What a look at one source may take. All are looked at together."""
SAMPLED = 60
"""Streams that no product reads whose first rows are looked at for personal data, a look at a source."""
_ROWS = 200
_GROWN = 0.1
"""A stream that grew or shrank by less is as it was."""
_AT_ONCE = 8


class Look(Struct, frozen=True):
    """What came of a look at one source."""

    source: str
    error: str = ""
    """Why it could not be looked at."""
    looked: int = 0
    """Streams whose first rows were asked for."""
    left: int = 0
    """Streams that there was no time for; they come first the next time."""

    def __str__(self) -> str:
        if self.error:
            return f"{self.source} could not be looked into: {self.error}"
        more = "; the others next time" if self.left else ""
        return f"{self.source}: {self.looked} of {self.looked + self.left} streams were looked into{more}"


class _Looking(Struct, frozen=True):
    """A source that is looked at."""

    world: World
    known: Declared
    source: Source
    before: dict[str, SeenStream]
    """By stream."""

    def due(self, infos: tuple[StreamInfo, ...]) -> list[str]:
        """Streams whose first rows are to be seen, those that were not seen for longest first.

        What a product reads is none of them, nor what was seen and is the same; what could not be read is asked for
        once a day.
        """
        covered = {placed.stream for placed in self.known.placed if placed.source == str(self.source)}
        found = [i.name for i in infos if i.name not in covered and self._due(i)]
        return sorted(found, key=lambda name: self.before[name].looked if name in self.before else "")

    def _due(self, info: StreamInfo) -> bool:
        old = self.before.get(info.name)
        if old is None or not _same(old, info):
            return True
        return not old.read and old.looked[:10] != base.now(self.world)[:10]

    def seen(self) -> tuple[tuple[StreamInfo, ...], dict[str, Seen]]:
        """What there is, and of some of it the first rows. Runs in a thread of its own."""
        return sources.look(self.world, self.source, lambda infos: self.due(infos)[:SAMPLED], ALLOWED, _ROWS)

    def changed(self, infos: tuple[StreamInfo, ...], seen: dict[str, Seen]) -> Iterator[Event]:
        """What is told of each stream that is new, changed or was looked into."""
        for info in infos:
            old = self.before.get(info.name)
            if info.name in seen or old is None or not _same(old, info):
                yield self._found(info, old, seen.get(info.name))

    def _found(self, info: StreamInfo, old: SeenStream | None, seen: Seen | None) -> Event:
        world, values = self.world, _values(seen)
        types = {c.name: c.type for c in info.columns}
        if not types and seen is not None and seen.sample is not None:
            types = {field.name: str(field.type) for field in seen.sample.schema}
        columns = [_column(name, kind, values.get(name, [])) for name, kind in types.items()]
        columns = columns or list(old.columns if old else ())
        rows = info.rows if info.rows is not None else seen.rows if seen else old.rows if old else None
        data: dict[str, Any] = {"stream": info.name, "kind": info.kind, "key": list(info.key)}
        data |= {"rows": rows, "bytes": info.bytes}
        data["columns"] = [column.model_dump(mode="json", exclude_defaults=True) for column in columns]
        joined = overlap(world, self.known, values) if values else ()
        data["joins"] = [join.model_dump(mode="json") for join in joined]
        if seen is not None:
            data["read"] = seen.read
        return base.event(world, "stream.found", str(self.source), data)


def look(world: World, known: Declared, names: Iterable[str] = ()) -> tuple[Look, ...]:
    """Look at sources, all of them at once; what they hold is told to the journal when it changed.

    Args:
        world: the open mesh.
        known: the mesh as declared.
        names: `domain.source`; none = all.

    Returns:
        What came of it, by source.
    """
    wanted = [sources.find(known, name) for name in tuple(names) or tuple(known.sources)]
    with world.registry.transaction(write=True) as unit:
        catalog.catch_up(unit)
        before = {str(one): {seen.name: seen for seen in catalog.streams(unit.projections, str(one))} for one in wanted}
    found = []
    world.progress.start("sources", len(wanted))
    with ThreadPoolExecutor(_AT_ONCE, "weft-look") as pool:
        looks = [_Looking(world, known, one, before[str(one)]) for one in wanted]
        for looking, coming in [(one, pool.submit(one.seen)) for one in looks]:
            try:
                found.append(_told(looking, *coming.result()))
            except WeftError as error:
                found.append(Look(str(looking.source), error.message))
                _looked(world, str(looking.source), {"error": error.known_as})
            world.progress.step("sources", 1, str(looking.source))
    world.progress.done("sources")
    return tuple(found)


def due(world: World, known: Declared) -> tuple[str, ...]:
    """Sources that nobody has looked at today, or in which something was left."""
    day = base.now(world)[:10]
    with world.registry.transaction() as unit:
        told = [e for e in unit.journal.read(types=("source.looked",)) if e.at[:10] == day]
    left = {e.subject: e.data.get("left", 0) for e in told}
    return tuple(name for name in known.sources if left.get(name, 1))


def _told(looking: _Looking, infos: tuple[StreamInfo, ...], seen: dict[str, Seen]) -> Look:
    world, source = looking.world, str(looking.source)
    lost = sorted(looking.before.keys() - {info.name for info in infos})
    events = list(looking.changed(infos, seen))
    events += [base.event(world, "stream.lost", source, {"stream": name}) for name in lost]
    base.tell(world, *events)
    left = len(set(looking.due(infos)) - set(seen))
    _looked(world, source, {"streams": len(infos), "looked": len(seen), "left": left})
    return Look(source, looked=len(seen), left=left)


def _looked(world: World, name: str, data: dict[str, Any]) -> None:
    """Once a day and outcome."""
    outcome = f"{data.get('error', '')}{data.get('left') or ''}"
    base.tell(world, base.event(world, "source.looked", name, data, key=f"{name}:{base.now(world)[:10]}:{outcome}"))


def _same(old: SeenStream, info: StreamInfo) -> bool:
    declared = [(c.name, c.type) for c in info.columns]
    if info.columns and declared != [(c.name, c.type) for c in old.columns]:
        return False
    sizes = ((old.rows, info.rows), (old.bytes, info.bytes))
    return (old.kind, old.key) == (info.kind, info.key) and not any(_grown(*pair) for pair in sizes)


def _grown(old: int | None, new: int | None) -> bool:
    if new is None:  # nobody says
        return False
    return old is None or abs(new - old) > _GROWN * max(old, 1)


def _values(seen: Seen | None) -> dict[str, list[str]]:
    """Values of the first rows as text, by column."""
    if seen is None or seen.sample is None:
        return {}
    return {n: [str(v) for v in seen.sample.column(n).to_pylist() if v is not None] for n in seen.sample.column_names}


def _column(name: str, kind: str, values: list[str]) -> SeenColumn:
    return SeenColumn(name=name, type=kind, tags=tuple(sign.tag for sign in privacy.detect(name, values)))
