"""Properties that requests name, in as many requests as an API's bounds make of them; their records become one."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from weft.connectors.rest.cursors.base import value_at
from weft.connectors.rest.manifest.properties import PropertiesFromEndpoint
from weft.connectors.rest.reading.pages import pages
from weft.connectors.rest.reading.request import build
from weft.connectors.rest.rows.merging import merged
from weft.errors import Broken, Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.manifest.properties import PropertyChunking
    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.reading.opened import Opened
    from weft.connectors.rest.reading.pages import Got, Listing
    from weft.connectors.rest.reading.request import Put


AGAIN = 2
"""Times that all chunks are read once more for records that were not in each of them."""


class Variant(NamedTuple):
    """One chunk."""

    puts: tuple[Put, ...]
    """What its request has besides."""
    names: Names
    """Its properties among them: `stream_slice.extra_fields.query_properties`."""


def variants(opened: Opened, name: str, stream: Stream, names: Names) -> tuple[Variant, ...]:
    """The chunks of a stream's properties; a single one without puts where it has none."""
    wanted = stream.properties
    if wanted is None:
        return (Variant((), names),)
    always = list(wanted.always_include_properties)
    listed = [one for one in _listed(opened, name, stream, names) if one not in always]
    found = []
    for chunk in _cut(listed, always, wanted.property_chunking):
        option = wanted.request_option
        puts = ((option, wanted.separator.join(chunk)),) if option is not None else ()
        found.append(Variant(puts, _told(names, chunk)))
    return tuple(found)


def in_chunks(listing: Listing, stream: Stream, found: tuple[Variant, ...], token: Any) -> Iterator[Got]:
    """Pages, each made of those of all chunks. Each chunk's list goes on by its own tokens; the first one's counts.

    Raises:
        Invalid: nothing tells which records belong together.
        Unavailable: some are not in every list, each time that they are read.
    """

    def begun(at: Any = None) -> list[Iterator[Got]]:
        asked = [(replace(listing, puts=(*listing.puts, *one.puts)), one.names) for one in found]
        return [pages(one, names, None if n else at) for n, (one, names) in enumerate(asked)]

    lists = begun(token)
    if len(lists) == 1:
        yield from lists[0]
        return
    chunking = stream.properties.property_chunking if stream.properties else None
    merge = chunking.record_merge_strategy if chunking else None
    key = merge.key if merge else stream.key
    if not key:
        raise Invalid(
            "properties are asked for in several requests, and nothing tells which records belong together",
            hint="Give 'key' of the stream, or 'recordMergeStrategy' of its 'propertyChunking'.",
        )
    left = yield from _together(lists, key)
    for _ in range(AGAIN):  # they came or went in between, or a list shifted
        if left:
            left = yield from _together(begun(), key, left)
    if left:
        raise Unavailable(
            "records came or went while their properties were asked for in several requests, each time anew",
            hint="Run again; if it happens often, ask for fewer properties, or let them go into one request.",
        )


def _together(
    lists: list[Iterator[Got]], key: tuple[str, ...], wanted: set[str] | None = None
) -> Generator[Got, None, set[str]]:
    """Records of all chunks by their key, wherever in the lists they stand: a page may shift while they are read.

    Args:
        lists: one for each chunk.
        key: of the records.
        wanted: keys of those that are given; none: all.

    Returns:
        Keys of those that are not in every list.
    """
    waiting: list[dict[str, Any]] = [{} for _ in lists]
    for together in zip_longest(*lists):
        last = next(got for got in together if got is not None)
        for records, got in zip(waiting, together, strict=True):
            records.update((_key(r, key), r) for r in (got.page.dicts() if got is not None else ()))
        found = {k: [records.pop(k) for records in waiting] for k in _whole(waiting)}
        given = [parts for k, parts in found.items() if wanted is None or k in wanted]
        pages = [last.page.replaced(parts) for parts in zip(*given, strict=True)]
        # Until all are together nothing may be gone on with from here.
        more = last.more if wanted is None and not any(waiting) else None
        if pages or wanted is None:
            yield replace(last, page=merged(pages, key) if pages else last.page.replaced([]), more=more)
    left = {k for records in waiting for k in records}
    return left if wanted is None else left & wanted


def _whole(waiting: list[dict[str, Any]]) -> list[str]:
    return [k for k in waiting[0] if all(k in records for records in waiting)]


def _key(record: dict[str, Any], key: tuple[str, ...]) -> str:
    found = [value_at(record, tuple(part.split("."))) for part in key]
    if None in found:
        raise Broken(
            f"a record has no '{', '.join(key)}', by which its parts would be put together",
            hint="Name the key in 'alwaysIncludeProperties', or another one in 'recordMergeStrategy'.",
        )
    return repr(found)


def _told(names: Names, chunk: list[str]) -> dict[str, Any]:
    slice_ = names.get("stream_slice") or {}
    extra = {**slice_.get("extra_fields", {}), "query_properties": chunk}
    return {**names, "stream_slice": {**slice_, "extra_fields": extra}}


def _listed(opened: Opened, name: str, stream: Stream, names: Names) -> list[str]:
    source = stream.properties.property_list if stream.properties else ()
    if not isinstance(source, PropertiesFromEndpoint):
        return list(dict.fromkeys(source))
    request = build(source.requester, names, opened.base)
    asked = (request.method, request.whole_url, request.body)
    if asked not in opened.properties:
        listing = opened.listing(name, source.requester, names, extractor=source.records, of=stream)
        found = [
            str(value_at(record, source.property_field_path))
            for got in pages(listing, names)
            for record in got.page.dicts()
            if source.condition is None or source.condition.render({**names, "record": record})
        ]
        opened.properties[asked] = list(dict.fromkeys(found))
    return opened.properties[asked]


def _cut(listed: list[str], always: list[str], chunking: PropertyChunking | None) -> Iterator[list[str]]:
    if chunking is None:
        yield [*always, *listed]
        return
    by_letters = chunking.property_limit_type == "characters"
    chunk: list[str] = []
    size = fixed = sum(len(name) + 1 for name in always) if by_letters else 0
    for name in listed:
        step = len(name) + 1 if by_letters else 1
        if chunk and size + step > chunking.property_limit:
            yield [*always, *chunk]
            chunk, size = [], fixed
        chunk.append(name)
        size += step
    yield [*always, *chunk]
