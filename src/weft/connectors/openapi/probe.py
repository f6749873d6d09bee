"""Two pages of each list, fetched: what was guessed is confirmed, or corrected by what came."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace
from pydantic import ValidationError

from weft.connectors.openapi import collection, fields, paging
from weft.connectors.openapi.decision import Decision
from weft.connectors.openapi.manifest import manifest, stream_fields
from weft.connectors.openapi.paging import Paging
from weft.connectors.openapi.reading import WEB, is_loopback, is_private
from weft.connectors.openapi.sample import inside, schema_of
from weft.connectors.origin import origin
from weft.connectors.rest.load import connector
from weft.connectors.rest.manifest.stream import Stream as Described
from weft.connectors.rest.reading.opened import open_source
from weft.connectors.rest.reading.pages import pages
from weft.connectors.rest.reading.request import build
from weft.errors import Broken, Invalid, WeftError
from weft.kinds import built, explain
from weft.model import Position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.connectors.openapi.collection import Collection
    from weft.connectors.openapi.recognise import Recognised
    from weft.connectors.openapi.streams import Stream
    from weft.connectors.rest.kind import Rest
    from weft.connectors.rest.reading.opened import Opened
    from weft.seams import Reach

MANY = 40
"""Streams that are probed."""
_SURE = 0.98


def probe(found: Recognised, config: Mapping[str, Any], reach: Reach) -> Recognised:
    """Ask for two pages of each list that needs no parent.

    Args:
        found: what the document says.
        config: the source's configuration; secrets are secret:// references.
        reach: vault and clock.

    Returns:
        The streams as they are; one that could not be probed keeps its guess, with the reason as evidence.

    Raises:
        Invalid: the configuration does not fit.
    """
    data = manifest(found)
    allowed = {} if "privateNetwork" in config else {"privateNetwork": _near(data, config)}
    source = _source(data, {**config, **allowed})
    streams = list(found.streams)
    chosen = [n for n, s in enumerate(streams) if not s.parents and _given(s, config)][:MANY]
    with open_source(source, reach) as opened:
        for place in chosen:
            streams[place] = Probe(opened, found, streams[place]).stream()
    return replace(found, streams=tuple(streams))


def _near(data: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether an address of a private network is meant: typed as such, or this machine itself.

    A document that names another private address is not believed: `privateNetwork` of the configuration says so.
    """
    typed = str(config.get("url", ""))
    if typed.startswith(WEB):
        return is_private(origin(typed).host)
    base = str(data.get("baseUrl", ""))
    return base.startswith(WEB) and "{{" not in base and is_loopback(origin(base).host)


def _source(data: dict[str, Any], config: dict[str, Any]) -> Rest:
    """The drafted connector with a configuration.

    Raises:
        Invalid: it does not fit; no value is shown.
    """
    kind = connector(data)
    try:
        return kind.model_validate(config)
    except ValidationError as error:
        problems = explain(error, kind, lambda _: Position(file="--set"))
        text = "; ".join(p.message for p in problems)
        names = ", ".join(data.get("config", {}).get("properties", {}))
        raise Invalid(f"the configuration does not fit: {text}", hint=f"It takes {names}.") from None


def _given(stream: Stream, config: Mapping[str, Any]) -> bool:
    """Whether the configuration gives what the stream asks for."""
    from weft.connectors.openapi.words import plain

    return all(plain(p.name) in config or "enum" in p.schema for p in stream.asked)


class Probe(Struct, frozen=True):
    """One stream while it is probed."""

    opened: Opened
    found: Recognised
    guess: Stream

    def stream(self) -> Stream:
        """The stream as it is."""
        try:
            return self._paged(self.guess if self.guess.operation.lines else self._seen(self._first()))
        except WeftError as error:
            return _told(self.guess, "list", f"it could not be probed: {error.message}", 0.0)

    def _first(self) -> Any:
        """The first page, as it comes."""
        asked = self._described(self.guess)
        names = self.opened.names(asked.parameters)
        options = asked.pagination.page_size_option
        puts = [(options, asked.pagination.size(names))] if options is not None else []
        return self.opened.fetch.of(self.guess.name).send(build(asked, names, self.opened.base, puts))

    def _described(self, stream: Stream) -> Described:
        made: Described = built(Described, stream_fields(stream, self.found.shapes))
        return made

    def _seen(self, answer: Any) -> Stream:
        """The stream, by the first page."""
        body = answer.json
        shown = schema_of([body])
        operation = replace(
            self.guess.operation, answer=shown, example=None, headers=("Link",) if "link" in answer.headers else ()
        )
        if _at(body, self.guess.records) is not None:
            kept = _told(self.guess, "records_path", "the first page has the records there", _SURE)
            return self._fuller(kept, inside(shown, kept.records), operation)
        told = collection.find(operation, self.found.shapes)
        if isinstance(told, str) or _at(body, told.path) is None:
            raise Invalid("the first page holds no list of records")
        return self._corrected(told, operation)

    def _corrected(self, told: Collection, operation: Any) -> Stream:
        """Where the records really are, and what follows from it."""
        shapes = self.found.shapes
        pages_ = paging.recognise(operation, told.envelope, shapes, {}, told.item)
        key = fields.key_of(told.item, shapes, collection.last_word(operation.path))
        changes = fields.incremental_of(operation, told.item, shapes, pages_.used)
        place = ".".join(told.path) or "the answer itself"
        before = ".".join(self.guess.records) or "the answer itself"
        why = (f"the first page has the records in {place}, not in {before}",)
        rest = [d for d in self.guess.decisions if d.what == "parent"]
        decisions = (
            Decision("list", "records", _SURE, ("the first page holds records",)),
            Decision("records_path", list(told.path), _SURE, why),
            pages_.decision, key, changes, *rest,
        )  # fmt: skip
        return replace(
            self.guess, records=told.path, item=told.item, key=tuple(key.value), paging=pages_,
            incremental=changes.value, decisions=decisions,
        )  # fmt: skip

    def _fuller(self, stream: Stream, item: Any, operation: Any) -> Stream:
        """With fields and a paging that the document does not tell."""
        shapes = self.found.shapes
        told, known = shapes.of(item), shapes.of(stream.item)
        if set(told.fields) - set(known.fields):
            merged = {"type": "object", "properties": {**told.fields, **known.fields}, "required": list(known.required)}
            key = fields.key_of(merged, shapes, collection.last_word(operation.path))
            stream = replace(stream, item=merged, key=stream.key or tuple(key.value))
        if stream.paging.component is None:
            again = paging.recognise(operation, shapes.of(operation.answer), shapes, {}, stream.item)
            if again.component is not None:
                stream = replace(_decided(stream, again.decision), paging=again)
        return stream

    def _paged(self, stream: Stream) -> Stream:
        """The stream, by its second page."""
        described = self._described(stream)
        names = self.opened.names(described.parameters)
        listing = self.opened.listing(stream.name, described, names)
        try:
            got = list(islice(pages(listing, names), 2))
        except Broken as error:
            if stream.paging.component is None:
                raise
            return self._unpaged(stream, error.message)
        rows = [row for page in got for row in page.page.dicts()]
        stream = _keyed(stream, rows)
        if stream.paging.component is None:
            return stream
        if len(got) > 1:
            return _told(stream, "pagination", "the second page has other records", _SURE)
        if rows and got[0].more is None and self._clamped(stream, listing, names, len(rows)):
            return self._shortened(stream, len(rows))
        return _told(stream, "pagination", "there was one page only", 0.0)

    def _clamped(self, stream: Stream, listing: Any, names: Any, count: int) -> bool:
        """Whether there is more after a page that is shorter than what was asked for."""
        kind = stream.paging.kind
        if kind not in ("OffsetIncrement", "PageIncrement"):
            return False
        token = count if kind == "OffsetIncrement" else int((stream.paging.component or {}).get("startFromPage", 0)) + 1
        try:
            more = next(pages(listing, names, token), None)
        except WeftError:
            return False
        return more is not None and more.page.count > 0

    def _shortened(self, stream: Stream, count: int) -> Stream:
        component = {**(stream.paging.component or {}), "pageSize": count}
        value = {**stream.paging.decision.value, "page_size": count}
        told = Decision("pagination", value, _SURE, (f"pages have {count} records, whatever is asked for",))
        made = Paging(told, component, stream.paging.used, stream.paging.params)
        return replace(_decided(stream, told), paging=made)

    def _unpaged(self, stream: Stream, why: str) -> Stream:
        """Its paging does nothing: it is left out, since the list would have no end."""
        told = Decision("pagination", {"kind": "NoPagination"}, 0.5, (f"the second page is the first again ({why})",))
        return replace(_decided(stream, told), paging=Paging(told))


def _decided(stream: Stream, decision: Decision) -> Stream:
    """The stream with another decision instead of the one of that sort."""
    return replace(stream, decisions=tuple(decision if d.what == decision.what else d for d in stream.decisions))


def _told(stream: Stream, what: str, text: str, confidence: float) -> Stream:
    """The stream with more evidence for a decision."""
    decisions = tuple(
        replace(d, confidence=max(d.confidence, confidence), evidence=(*d.evidence, f"probed: {text}"))
        if d.what == what
        else d
        for d in stream.decisions
    )
    return replace(stream, decisions=decisions)


def _keyed(stream: Stream, rows: Sequence[Mapping[str, Any]]) -> Stream:
    """The key, by the records of both pages."""
    if not stream.key or not rows:
        return stream
    values = [tuple(row.get(name) for name in stream.key) for row in rows]
    if any(None in value for value in values) or len(set(map(repr, values))) < len(values):
        why = (f"{', '.join(stream.key)} is missing or twice in {len(values)} records",)
        return replace(_decided(stream, Decision("primary_key", [], 0.6, why)), key=())
    return _told(stream, "primary_key", f"it is different in each of {len(values)} records", 0.95)


def _at(body: Any, path: Sequence[str]) -> list[Any] | None:
    """The list of objects at a path; None where there is none."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    good = isinstance(body, list) and all(isinstance(row, dict) for row in body)
    return body if good else None
