"""Look at what sources hold, and tell what is new, changed or gone since they were last looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import catalog, privacy
from weft.errors import WeftError
from weft.flow import base, sources
from weft.flow.overlap import overlap
from weft.model import SeenColumn, SeenStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.model import Declared, Event, Source, StreamInfo
    from weft.seams import World

SAMPLED = 20
"""Streams that no product reads whose first rows are looked at for personal data, a look at a source."""
_ROWS = 200
_GROWN = 0.1
"""A stream that grew or shrank by less is as it was."""


def look(world: World, known: Declared, names: Iterable[str] = ()) -> dict[str, str]:
    """Look at sources; what they hold is told to the journal when it changed.

    Args:
        world: the open mesh.
        known: the mesh as declared.
        names: `domain.source`; none = all.

    Returns:
        Why, by source that could not be looked at.
    """
    failed = {}
    wanted = tuple(names) or tuple(known.sources)
    world.progress.start("sources", len(wanted))
    for name in wanted:
        try:
            _look(world, known, sources.find(known, name))
        except WeftError as error:
            failed[name] = error.message
            _looked(world, name, {"error": type(error).__name__})
        world.progress.step("sources", 1, name)
    world.progress.done("sources")
    return failed


def due(world: World, known: Declared) -> tuple[str, ...]:
    """Sources that nobody has looked at today."""
    day = base.now(world)[:10]
    with world.registry.transaction() as unit:
        looked = {e.subject for e in unit.journal.read(types=("source.looked",), newest=True) if e.at[:10] == day}
    return tuple(name for name in known.sources if name not in looked)


def _look(world: World, known: Declared, source: Source) -> None:
    found = {info.name: info for info in sources.discover(world, source)}
    with world.registry.transaction(write=True) as unit:
        catalog.catch_up(unit)
        before = {seen.name: seen for seen in catalog.streams(unit.projections, str(source))}
    events = list(_changed(world, known, source, found, before))
    lost = sorted(before.keys() - found.keys())
    events += [base.event(world, "stream.lost", str(source), {"stream": name}) for name in lost]
    base.tell(world, *events)
    _looked(world, str(source), {"streams": len(found)})


def _looked(world: World, name: str, data: dict[str, Any]) -> None:
    """Once a day and outcome."""
    outcome = data.get("error", "")
    base.tell(world, base.event(world, "source.looked", name, data, key=f"{name}:{base.now(world)[:10]}:{outcome}"))


def _changed(
    world: World, known: Declared, source: Source, found: dict[str, StreamInfo], before: dict[str, SeenStream]
) -> Iterator[Event]:
    covered = {placed.stream for placed in known.placed if placed.source == str(source)}
    left = SAMPLED
    for name, info in found.items():
        old = before.get(name)
        if old is not None and _same(old, info):
            continue
        sampled = name not in covered and left > 0
        left -= sampled
        types, values = _sample(world, source, info) if sampled else ({c.name: c.type for c in info.columns}, {})
        columns = [_column(name, kind, values.get(name, [])) for name, kind in types.items()]
        joined = overlap(world, known, values) if values else ()
        data: dict[str, Any] = {"stream": name, "kind": info.kind, "key": list(info.key)}
        data |= {"rows": info.rows, "bytes": info.bytes}
        data["columns"] = [column.model_dump(mode="json", exclude_defaults=True) for column in columns]
        data["joins"] = [join.model_dump(mode="json") for join in joined]
        yield base.event(world, "stream.found", str(source), data)


def _same(old: SeenStream, info: StreamInfo) -> bool:
    declared = [(c.name, c.type) for c in info.columns]
    if info.columns and declared != [(c.name, c.type) for c in old.columns]:
        return False
    sizes = ((old.rows, info.rows), (old.bytes, info.bytes))
    return (old.kind, old.key) == (info.kind, info.key) and not any(_grown(*pair) for pair in sizes)


def _grown(old: int | None, new: int | None) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(new - old) > _GROWN * max(old, 1)


def _sample(world: World, source: Source, info: StreamInfo) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Types by column, and values of the first rows as text."""
    types = {column.name: column.type for column in info.columns}
    try:
        rows, _ = sources.first_rows(world, source, info.name, _ROWS)
    except WeftError:
        return types, {}  # what cannot be read is judged by its names
    values = {name: [str(v) for v in rows.column(name).to_pylist() if v is not None] for name in rows.column_names}
    return types or {field.name: str(field.type) for field in rows.schema}, values


def _column(name: str, kind: str, values: list[str]) -> SeenColumn:
    return SeenColumn(name=name, type=kind, tags=tuple(sign.tag for sign in privacy.detect(name, values)))
