"""Connectors, for who writes one or looks for one: what is there, its form as a document, a trial of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.errors import Invalid, WeftError
from weft.flow import base, sources
from weft.flow.draft import Stream, look
from weft.kinds import form, typed
from weft.model import ConnectorInfo, Noun, Source
from weft.spec.write import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft.kinds import Field
    from weft.model import Declared, StreamInfo
    from weft.seams import Connectors, World

_ROWS = 1_000


class Tried(Noun):
    """What one stream gave."""

    stream: str
    columns: int = 0
    key: tuple[str, ...] = ()
    rows: int = 0
    """Of its first page or batch, at most 1,000."""
    types: dict[str, str] = {}
    """Logical type by column, as a contract would be drafted."""
    private: dict[str, tuple[str, ...]] = {}
    """Columns with likely personal data."""
    error: str = ""
    """What stood in the way; empty = nothing."""


def described(connectors: Connectors, known: Declared | None) -> Connectors:
    """With those that the mesh's documents describe."""
    return base.declared_connectors(connectors, known) if known else connectors


def listed(connectors: Connectors) -> tuple[ConnectorInfo, ...]:
    """All of them by name; one whose manifest has problems says so, and the others stand."""
    return tuple(_told(connectors, name) for name in connectors.names())


def _told(connectors: Connectors, name: str) -> ConnectorInfo:
    try:
        return connectors.told(name)
    except Invalid as error:
        return ConnectorInfo(name=name, description=error.message)


def skeleton(connectors: Connectors, name: str) -> str:
    """A source's document over a connector, to be filled in: what must be said, and what may be, as comments."""
    fields = form(connectors.get(name))
    head = {"apiVersion": "weft/v1", "kind": "Source", "name": "TO_FILL", "connector": name}
    return dump(head) + "config:\n" + "".join(f"{line}\n" for field in fields for line in _lines(field))


def trial(
    world: World, known: Declared, name: str, config: dict[str, Any], streams: Sequence[str] = ()
) -> Iterator[Tried]:
    """Try a connector with a configuration: whether the system answers, then the first rows of each stream.

    Args:
        world: the open mesh.
        known: the documents that describe connectors, applied or not.
        name: of the connector.
        config: as a source would say it, credentials by reference.
        streams: these; none = all.

    Raises:
        WeftError: the system does not answer, or the configuration does not fit.
    """
    source = Source(name=name.lower(), domain="trial", connector=name, config=config)
    world = base.as_if(world, known)
    sources.test(world, source)
    for stream in sources.discover(world, source):
        if not streams or stream.name in streams:
            yield _tried(world, source, stream)


def _tried(world: World, source: Source, stream: StreamInfo) -> Tried:
    told = Tried(stream=stream.name, columns=len(stream.columns), key=stream.key)
    try:
        found = look(world, source, Stream(stream.name, key=stream.key), _ROWS)
    except sources.Empty:
        return told
    except WeftError as error:
        return told.model_copy(update={"error": error.message})
    rows = world.engine.sample(found.sample, _ROWS, "SELECT count(*) AS n FROM rows")["n"][0].as_py()
    types = {p.source_name: str(p.type) for p in found.table.properties}
    return told.model_copy(update={"columns": len(types), "rows": rows, "types": types, "private": found.tags})


def _lines(field: Field) -> Iterator[str]:
    yield from (f"  # {line}" for line in [field.about] if line)
    shown = dump({field.name: _example(field)}).rstrip("\n").split("\n")
    if field.required:
        yield from (f"  {line}" for line in shown)
    elif field.asks != "document":
        yield from (f"  # {line}" for line in shown)


def _example(field: Field) -> Any:
    if field.asks == "secret":
        return "secret://vault/TO_FILL"
    if field.asks == "switch":
        return field.default == "on"
    text = field.default or field.example
    return next(iter(typed((field,), {field.name: text}).values()), "TO_FILL")
