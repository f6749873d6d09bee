"""Sources: which systems are read, by whom, and how that goes. Never a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft import catalog
from weft.flow import base, connecting
from weft.flow import sources as reading
from weft.flow.views.parts import State, Who, owner, worst
from weft.flow.views.quality import RowsView
from weft.flow.views.sample import MOST, ROWS, read
from weft.flow.views.tables import name_of
from weft.flow.views.viewer import Viewer, looking
from weft.kinds import is_sensitive
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.flow.views.viewer import Sight
    from weft.model import Placed, SeenStream, Source
    from weft.seams import World

_ROLES = {"owner", "steward", "producer"}
_SECRET = re.compile(r"secret://|://[^/]*@")


class StreamItem(Noun):
    """A stream that is declared, feeds tables, or was seen in the source."""

    name: str
    tables: tuple[str, ...] = ()
    """Tables that it feeds; empty = nothing reads it."""
    rows: int | None = None
    """When it was last looked at; none = nobody knows."""
    columns: int = 0
    """That were seen in it; 0 = nobody has looked."""
    state: State
    """bad: the last run failed; watch: its columns changed or files vanished; good: read; quiet: never read."""
    read: str = ""
    """When rows of it were last committed, UTC."""
    error: str = ""
    drift: tuple[str, ...] = ()
    """What the last change of its columns was."""
    drift_at: str = ""
    vanished: tuple[str, ...] = ()
    """Files that were there and are gone."""


class Setting(Noun):
    """One setting of a connector."""

    name: str
    value: str
    """Text; `***` for a secret, also when it is only a reference to one."""


class SourceItem(Noun):
    """A source in a list."""

    name: str
    """domain.source."""
    domain: str
    connector: str
    description: str = ""
    owner: Who | None = None
    state: State
    streams: tuple[StreamItem, ...] = ()
    looked: str = ""
    """When somebody last looked what it holds, UTC; empty = never."""
    unseen: str = ""
    """Class of the error, when that look failed; empty = it did not."""
    left: int = 0
    """Streams that the look had no time for: it asks little of a system. The next one begins with them."""


class SourcesView(Noun):
    """Sources by name."""

    items: tuple[SourceItem, ...]
    domain: str = ""
    behind: int = 0


class SourceView(Noun):
    """A source and its settings."""

    source: SourceItem
    looks: bool
    """Whether the viewer may see settings and preview rows: owner, stewards and producers of the domain."""
    settings: tuple[Setting, ...] = ()
    logs_in: bool = False
    """Whether the viewer can log it in again with a browser."""
    behind: int = 0


def sources(world: World, viewer: Viewer, domain: str = "") -> SourcesView:
    """Sources of the mesh, or of one domain."""
    with looking(world, viewer) as sight:
        if not domain:
            sight.read_all()
        fit = sorted((s for s in sight.known.sources.values() if domain in ("", s.domain)), key=str)
        fed = feeding(sight)
        return SourcesView(items=tuple(source_item(sight, one, fed) for one in fit), domain=domain, behind=sight.behind)


def source(world: World, viewer: Viewer, name: str) -> SourceView:
    """One source by `domain.source`.

    Raises:
        Unknown: there is none.
    """
    known = base.declared(world)
    logs_in = connecting.logs_in(world, known, viewer.actor, reading.find(known, name))
    with looking(world, viewer) as sight:
        found = reading.find(sight.known, name)
        looks = bool(_ROLES & set(sight.who.domains.get(found.domain, ())))
        return SourceView(
            source=source_item(sight, found, feeding(sight)),
            looks=looks,
            settings=tuple(_settings("", found.config)) if looks else (),
            logs_in=logs_in,
            behind=sight.behind,
        )


def preview(world: World, viewer: Viewer, name: str, stream: str, *, rows: int = ROWS) -> RowsView:
    """The first rows of a stream as its source gives them, what tables protect masked; each look is an event.

    Raises:
        Unknown: there is no such source.
        Denied: the viewer is neither owner, steward nor producer of its domain.
        Invalid: there is no such stream, or it holds nothing.
        Unavailable: the source does not answer.
    """
    known = base.declared(world)
    found = reading.find(known, name)
    seen = reading.preview(world, found, stream, viewer.actor, max(1, min(int(rows), MOST)))
    columns, values = read(seen.schema, seen.to_batches(), {})
    return RowsView(table=str(found), what=stream, columns=columns, rows=values)


def feeding(sight: Sight) -> dict[str, dict[str, list[Placed]]]:
    """Tables by the source and the stream that feeds them."""
    found: dict[str, dict[str, list[Placed]]] = {}
    for placed in sight.known.placed:
        if placed.source:
            found.setdefault(placed.source, {}).setdefault(placed.stream, []).append(placed)
    return found


def source_item(sight: Sight, one: Source, fed: Mapping[str, Mapping[str, list[Placed]]]) -> SourceItem:
    """One source: the same in every list and on its page."""
    by = fed.get(str(one), {})
    seen = {stream.name: stream for stream in catalog.streams(sight.unit.projections, str(one))}
    names = dict.fromkeys((*one.streams, *by, *seen))
    streams = tuple(_stream(sight, (name, seen.get(name)), by.get(name, [])) for name in names)
    looks = sight.unit.journal.read(types=("source.looked",), subject=str(one), limit=1, newest=True)
    return SourceItem(
        name=str(one),
        domain=one.domain,
        connector=one.connector,
        description=one.description,
        owner=owner(sight.known, one.domain),
        state=worst(stream.state for stream in streams),
        streams=streams,
        looked=looks[0].at if looks else "",
        unseen=str(looks[0].data.get("error", "")) if looks else "",
        left=int(looks[0].data.get("left", 0)) if looks else 0,
    )


def _stream(sight: Sight, named: tuple[str, SeenStream | None], tables: list[Placed]) -> StreamItem:
    name, seen = named
    healths = [sight.health(placed) for placed in tables]
    error = next((h.error for h in healths if h.error), "")
    drifted = max(healths, key=lambda h: h.drift_at, default=None)
    vanished = tuple(sorted({file for h in healths for file in h.vanished}))
    read = max((h.landed for h in healths), default="")
    drift = drifted.drift if drifted else ()
    return StreamItem(
        name=name,
        tables=tuple(name_of(sight.known, placed) for placed in tables),
        rows=seen.rows if seen else None,
        columns=len(seen.columns) if seen else 0,
        state="bad" if error else "watch" if drift or vanished else "good" if read else "quiet",
        read=read,
        error=error,
        drift=drift,
        drift_at=drifted.drift_at if drifted else "",
        vanished=vanished,
    )


def _settings(prefix: str, given: Mapping[str, Any]) -> list[Setting]:
    found: list[Setting] = []
    for name, value in given.items():
        if isinstance(value, dict):
            found += _settings(f"{prefix}{name}.", value)
        else:
            hidden = is_sensitive(str(name)) or bool(_SECRET.search(str(value)))
            found.append(Setting(name=f"{prefix}{name}", value="***" if hidden else str(value)))
    return found
