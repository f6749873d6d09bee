"""What a source offers, and whether it answers."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from weft.connectors.rest.manifest.check import parents
from weft.connectors.rest.reading.batches import Making
from weft.connectors.rest.reading.opened import open_source
from weft.connectors.rest.reading.read import columns_of, set_up
from weft.connectors.rest.reading.reading import Reading
from weft.connectors.rest.reading.typed import schema
from weft.errors import WeftError
from weft.model import DiscoveredColumn, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.reading.opened import Account, Opened
    from weft.connectors.rest.reading.slices import Slice
    from weft.connectors.rest.settings import RestStream
    from weft.model import Batch
    from weft.seams import Reach

_SLICES = 20
"""Parts that are looked at for a record."""


def test(connector: Account, reach: Reach) -> None:
    """Read a page of each stream that the manifest names for it, else of the first that needs no other."""
    with open_source(connector, reach) as opened:
        for name in _tested(opened):
            reading = Reading(opened, name, opened.stream(name))
            first = next(iter(reading.slices()), None)
            if first is not None:
                next(iter(reading.pages(first)), None)


def discover(connector: Account, reach: Reach, streams: Mapping[str, Any]) -> tuple[StreamInfo, ...]:
    """All streams; those that the source lists come first."""
    with open_source(connector, reach) as opened:
        known = {**opened.dynamic, **opened.manifest.streams}
        order = [name for name in streams if name in known] + [name for name in sorted(known) if name not in streams]
        return tuple(info(opened, name, known[name]) for name in order)


def sample(connector: Account, reach: Reach, stream: str, settings: RestStream) -> Iterator[Batch]:
    """The first page that holds records, as a batch."""
    with open_source(connector, reach) as opened:
        wanted = set_up(opened.stream(stream), settings)
        reading = Reading(opened, stream, wanted.initial or wanted, parameters=settings.parameters)
        columns = columns_of(opened, stream, wanted, {})
        for slice_ in islice(promising(reading), _SLICES):
            for taken in reading.pages(slice_):
                columns.take(taken.page)
                if columns.rows:
                    zone = wanted.timezone.text(reading.names) if wanted.timezone else ""
                    yield Making(wanted, zone, None).batch(columns.flush(), "append", {})
                    return


def promising(reading: Reading) -> Iterable[Slice]:
    """The slices as a look takes them: of intervals the newest first, a list; parts are asked for one by one."""
    alone = not reading.stream.partitions and "partitions" not in reading.stream.hooks
    return list(reading.slices())[::-1] if alone else reading.slices()


def _tested(opened: Opened) -> tuple[str, ...]:
    if opened.manifest.check:
        return opened.manifest.check
    alone = [name for name, stream in opened.manifest.streams.items() if not parents(stream)]
    return tuple((alone or list(opened.dynamic))[:1])


def info(opened: Opened, name: str, stream: Stream) -> StreamInfo:
    """A stream, with its columns where they are told; some systems must be asked."""
    try:
        told = schema(opened, name, stream)
    except WeftError as error:
        return StreamInfo(name=name, key=stream.key, comment=error.message)
    return StreamInfo(name=name, columns=tuple(_columns(told or {})), key=stream.key, comment=stream.description)


def _columns(told: dict[str, Any]) -> Iterator[DiscoveredColumn]:
    required = told.get("required", ())
    for name, told_of in told.get("properties", {}).items():
        said = told_of if isinstance(told_of, dict) else {}
        comment = str(said.get("description") or said.get("title") or "")
        yield DiscoveredColumn(name=name, type=_type(said), nullable=name not in required, comment=comment)


def _type(said: dict[str, Any]) -> str:
    """The type's name: a format says more than `string`."""
    kinds = said.get("type", [])
    names = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind != "null"]
    if names == ["string"] and said.get("format"):
        return str(said["format"])
    return str(names[0]) if len(names) == 1 else "any"
