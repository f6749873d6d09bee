"""Connectors: what can be connected, how, and the steps from one to a product. Never a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft import privacy
from weft.flow import base, connecting, sources
from weft.flow.changing import answers
from weft.flow.connectors import listed
from weft.flow.draft import typed_rows
from weft.flow.sources import veiled
from weft.flow.views.access import Masked
from weft.flow.views.parts import Who, who
from weft.flow.views.sample import ROWS, WRITTEN, SampleColumn, read
from weft.kinds import Field, form
from weft.model import ConnectorInfo, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft.flow.draft import Looked
    from weft.flow.views.viewer import Viewer
    from weft.model import Declared, Source, StreamInfo
    from weft.seams import World

_GROWS = re.compile(r"updated|modified|changed|_at$|timestamp|systemmodstamp|lastmod|created", re.IGNORECASE)
_TIMES = re.compile(r"date|time", re.IGNORECASE)


class ConnectorItem(Noun):
    """A connector in the list."""

    connector: ConnectorInfo
    sources: tuple[str, ...] = ()
    """Sources that use it."""


class ConnectorsView(Noun):
    """What can be connected."""

    items: tuple[ConnectorItem, ...]
    domains: tuple[str, ...] = ()
    """Where the viewer may connect a source."""
    describes: bool = False
    """Whether the viewer may add a connector."""
    council: tuple[Who, ...] = ()
    """Who may, where the viewer may not."""


class ConnectorView(Noun):
    """One connector and its form."""

    connector: ConnectorInfo
    fields: tuple[Field, ...]
    sources: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class Offered(Noun):
    """A stream that can be chosen."""

    name: str
    about: str = ""
    rows: int | None = None
    columns: int = 0
    key: tuple[str, ...] = ()
    """As the source declares it."""
    private: tuple[str, ...] = ()
    """`column: tag` of columns whose names speak of personal data."""
    cursors: tuple[str, ...] = ()
    """Columns that may only grow, the likeliest first; empty = the connector knows, or there is none."""
    tables: tuple[str, ...] = ()
    """Tables that it feeds already."""


class StreamsStep(Noun):
    """What a source offers."""

    source: str
    connector: str
    applied: bool
    """False = it is drafted only."""
    most: int
    """So many streams can be chosen at once."""
    items: tuple[Offered, ...]


class Proposed(Noun):
    """A table as it could be declared, and its first rows by these types."""

    model_config = WRITTEN

    stream: str
    table: str
    key: tuple[str, ...] = ()
    types: dict[str, str] = {}
    """Logical type of each column."""
    private: dict[str, tuple[str, ...]] = {}
    """Tags of columns with likely personal data: their values are hidden here."""
    evidence: tuple[str, ...] = ()
    """Why; one sentence each, without values."""
    columns: tuple[SampleColumn, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    bad: int = 0
    """Of these rows, those that would go into quarantine."""


class PreviewStep(Noun):
    """What would come of the chosen streams."""

    source: str
    applied: bool
    name: str
    """Of the product, as a proposal."""
    items: tuple[Proposed, ...]


class DraftedStep(Noun):
    """A product that was drafted and waits to be applied."""

    source: str
    product: str
    files: dict[str, str]
    """Text by path; credentials are references."""
    open: int
    """Places that say TO FILL."""


def connectors(world: World, viewer: Viewer) -> ConnectorsView:
    """All connectors by what people call them."""
    known = base.declared(world)
    there = sorted(listed(connecting.connectors(world, known)), key=lambda one: (one.title or one.name).lower())
    items = tuple(ConnectorItem(connector=one, sources=_using(known, one.name)) for one in there)
    describes = answers(known, viewer.actor, "connectors/")
    council = () if describes else tuple(who(known, one) for one in known.mesh.council)
    domains = connecting.domains(known, viewer.actor)
    return ConnectorsView(items=items, domains=domains, describes=describes, council=council)


def connector(world: World, viewer: Viewer, name: str) -> ConnectorView:
    """One connector.

    Raises:
        Unknown: there is none of that name.
        Invalid: its manifest has problems.
    """
    known = base.declared(world)
    there = connecting.connectors(world, known)
    kind = there.get(name)
    return ConnectorView(
        connector=there.told(name),
        fields=form(kind),
        sources=_using(known, name),
        domains=connecting.domains(known, viewer.actor),
    )


def streams(world: World, viewer: Viewer, name: str) -> StreamsStep:
    """What a source offers, to choose from; its system is asked.

    Raises:
        Unknown: there is no such source, nor a draft of it.
        Denied: the viewer does not answer for its domain.
        Unavailable: it does not answer.
    """
    source, known = connecting.source_of(world, viewer.actor, name), base.declared(world)
    wanted = (
        "cursor"
        in connecting.connectors(world, known).build(source.connector, source.config).stream_schema().model_fields
    )
    items = tuple(_offered(known, source, one, cursors=wanted) for one in sources.discover(world, source))
    applied = name in known.sources
    return StreamsStep(source=name, connector=source.connector, applied=applied, most=connecting.MOST, items=items)


def preview(world: World, viewer: Viewer, name: str, chosen: Sequence[str]) -> PreviewStep:
    """The tables that streams could become: types, keys, likely personal data with evidence, and typed rows.

    Raises:
        Invalid: a stream is not there, or holds no rows.
        Denied: the viewer does not answer for the domain.
    """
    source = connecting.source_of(world, viewer.actor, name)
    known = base.declared(world)
    items = tuple(proposed(world, source, one) for one in connecting.looked(world, viewer.actor, source, chosen))
    proposal = items[0].table if len(items) == 1 else source.name
    return PreviewStep(source=name, applied=name in known.sources, name=proposal, items=items)


def drafted(world: World, viewer: Viewer, name: str, product: str) -> DraftedStep:
    """A draft as it lies in the folder.

    Raises:
        Unknown: there is no such draft.
        Denied: the viewer does not answer for the domain.
    """
    source = connecting.source_of(world, viewer.actor, name)
    files = connecting.draft_files(world, source, product)
    return DraftedStep(
        source=name,
        product=f"{source.domain}.{product}",
        files=files,
        open=sum(text.count("TO FILL") for text in files.values()),
    )


def _using(known: Declared, name: str) -> tuple[str, ...]:
    return tuple(key for key, one in sorted(known.sources.items()) if one.connector.lower() == name.lower())


def _offered(known: Declared, source: Source, stream: StreamInfo, *, cursors: bool) -> Offered:
    private = [f"{c.name}: {sign.tag}" for c in stream.columns for sign in privacy.detect(c.name, ())[:1]]
    return Offered(
        name=stream.name,
        about=stream.comment,
        rows=stream.rows,
        columns=len(stream.columns),
        key=stream.key,
        private=tuple(private),
        cursors=tuple(_growing(stream)) if cursors else (),
        tables=tuple(str(p.name) for p in known.placed if p.source == str(source) and p.stream == stream.name),
    )


def _growing(stream: StreamInfo) -> Iterator[str]:
    """Columns of times by names that speak of changes first, then the key of a stream that has one number for it."""
    times = [c.name for c in stream.columns if _TIMES.search(c.type)]
    yield from sorted(times, key=lambda name: (not _GROWS.search(name), "creat" in name.lower()))
    yield from (c.name for c in stream.columns if stream.key == (c.name,) and "int" in c.type.lower())


def proposed(world: World, source: Source, found: Looked) -> Proposed:
    """The table that a stream could become, and its first rows by these types; what may be personal is hidden."""
    table = found.table
    rows, bad = typed_rows(world, base.declared(world), source.domain, found, ROWS)
    private = {p.name: p.tags for p in table.properties if p.tags}
    for place, name in enumerate(rows.column_names):
        if name in private:
            rows = veiled(rows, place)
    masks = {name: Masked(column=name, mask="redact", why=tags) for name, tags in private.items()}
    columns, values = read(rows.schema, rows.to_batches(), masks)
    return Proposed(
        stream=found.stream.partition(".")[2],
        table=table.name,
        key=tuple(p.name for p in sorted(table.properties, key=lambda p: p.key or 0) if p.key),
        types={p.name: str(p.type) for p in table.properties},
        private=private,
        evidence=found.evidence,
        columns=columns,
        rows=values,
        bad=bad,
    )
