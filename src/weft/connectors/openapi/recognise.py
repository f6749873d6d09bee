"""A document to streams: every decision with how sure it is and why. Pure: nothing is fetched here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from weft.connectors.openapi import access, collection, fields, paging, parents
from weft.connectors.openapi.collection import Collection
from weft.connectors.openapi.decision import Decision
from weft.connectors.openapi.operations import Operation, Skipped, operations
from weft.connectors.openapi.refs import Refs
from weft.connectors.openapi.shapes import Shapes
from weft.connectors.openapi.streams import Parent, Stream, named
from weft.connectors.openapi.words import plain
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.connectors.openapi.access import Access


class Recognised(Struct, frozen=True):
    """What a document describes, as a connector would read it."""

    name: str
    title: str
    description: str
    address: Access
    auth: Access
    limits: Decision
    streams: tuple[Stream, ...]
    skipped: tuple[Skipped, ...]
    shapes: Shapes


def recognise(document: Any, name: str, origin: str = "") -> Recognised:
    """Recognise the lists of an OpenAPI 3.0 or 3.1 or a Swagger 2.0 document.

    Args:
        document: as `document.parse` gives it; it need not be valid.
        name: of the connector.
        origin: the document's own address, against which its servers are read.

    Raises:
        Invalid: it is no such document, or describes no list.
    """
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise Invalid(
            "this is no OpenAPI document: it has no 'paths'",
            hint="Swagger 2.0, OpenAPI 3.0 and 3.1 are read, as JSON or YAML. --from-sample reads one answer instead.",
        )
    refs = Refs(document)
    shapes = Shapes(refs)
    told = list(operations(refs))
    every = [o for o in told if isinstance(o, Operation)]
    skipped = [o for o in told if isinstance(o, Skipped)]
    found, others = _collections(every, shapes)
    auth = access.authentication(refs, every)
    usual = paging.handed_on(((o, c.envelope) for o, c in found), shapes)
    names = named(o.path for o, _ in found)
    streams = [_stream(o, c, n, (shapes, usual)) for (o, c), n in zip(found, names, strict=True)]
    info = refs.follow(document.get("info"))
    return Recognised(
        name=name,
        title=str(info.get("title") or name),
        description=" ".join(str(info.get("description") or "").split("\n\n")[0].split())[:500],
        address=access.address(refs, origin),
        auth=auth,
        limits=access.limits(every),
        streams=tuple(_with_parents(streams, shapes, _tokens(auth))),
        skipped=(*skipped, *others),
        shapes=shapes,
    )


def _collections(
    every: Sequence[Operation], shapes: Shapes
) -> tuple[list[tuple[Operation, Collection]], list[Skipped]]:
    found: list[tuple[Operation, Collection]] = []
    skipped: list[Skipped] = []
    for operation in every:
        answer = collection.find(operation, shapes)
        if isinstance(answer, Collection):
            found.append((operation, answer))
        elif operation.method == "get":
            skipped.append(Skipped(operation.path, answer))
    read = {o.path.rstrip("/"): c for o, c in found if o.method == "get"}
    kept: list[tuple[Operation, Collection]] = []
    for operation, answer in found:
        path, _, last = operation.path.rstrip("/").rpartition("/")
        if operation.of_one and _wrapped(operation, answer, read.get(path)):
            skipped.append(Skipped(operation.path, f"it answers the one of '{path}' that '{last}' names, in a list"))
        elif operation.method == "get" or operation.path.rstrip("/") not in read:
            kept.append((operation, answer))
    return [(o, _likely(c, kept)) for o, c in kept], skipped


def _wrapped(operation: Operation, answer: Collection, whole: Collection | None) -> bool:
    """Whether it answers a single record of a list as the list answers many."""
    alike = whole is not None and (answer.path == whole.path or answer.item == whole.item)
    return alike and not paging.is_paged(operation) and not collection.says_lists(operation)


def _likely(found: Collection, others: Sequence[tuple[Operation, Collection]]) -> Collection:
    """Where the records of a list without description lie: as in most others of the document."""
    if found.item is not None or found.path or found.path_confidence > 0.5:  # noqa: PLR2004
        return found
    told = [c.path for _, c in others if c.path_confidence > 0.5 and len(c.path) == 1]  # noqa: PLR2004
    path = max(set(told), key=told.count, default=())
    if not path or told.count(path) * 2 < len(told):
        return found
    why = f"not described, but {told.count(path)} other lists have their records in '{path[0]}'"
    return replace(found, path=path, path_confidence=0.5, path_evidence=(why,))


def _stream(
    operation: Operation, found: Collection, name: str, ground: tuple[Shapes, Mapping[str, tuple[str, ...]]]
) -> Stream:
    shapes, usual = ground
    pages = paging.recognise(operation, found.envelope, shapes, usual, found.item)
    key = fields.key_of(found.item, shapes, collection.last_word(operation.path))
    if not key.value and found.path:
        key = fields.key_of(found.item, shapes, plain(found.path[-1]))
    changes = fields.incremental_of(operation, found.item, shapes, pages.used)
    decisions = (
        Decision("list", "records", found.list_confidence, found.list_evidence),
        Decision("records_path", list(found.path), found.path_confidence, found.path_evidence),
        pages.decision,
        key,
        changes,
    )
    return Stream(name, operation, found.path, found.item, tuple(key.value), pages, changes.value, decisions)


def _tokens(auth: Access) -> frozenset[str]:
    """Names of parameters that authentication gives."""
    into = (auth.component or {}).get("injectInto")
    header = into.get("fieldName", "") if isinstance(into, dict) else ""
    return frozenset((header.lower(), "authorization", "token", "access_token", "api_key"))


def _with_parents(streams: Sequence[Stream], shapes: Shapes, given: frozenset[str]) -> list[Stream]:
    """Streams with their parents; a parent that could only be read for itself is none."""
    found = {s.name: parents.find(s, streams, shapes) for s in streams}
    placed = [_placed(s, _sound(s.name, found), found, given) for s in streams]
    return [_keyed(s, parents.key(s, placed, shapes)) for s in placed]


def _keyed(stream: Stream, key: Decision) -> Stream:
    """The stream with its key among the records of all of its parents."""
    decisions = tuple(key if d.what == key.what else d for d in stream.decisions)
    return replace(stream, key=tuple(key.value), decisions=decisions)


def _sound(name: str, found: Mapping[str, Mapping[str, Parent]]) -> dict[str, Parent]:
    """The parents of a stream without those that lead in a circle."""

    def circles(at: str, seen: tuple[str, ...]) -> bool:
        return at == name or (at not in seen and any(circles(p.stream, (*seen, at)) for p in found[at].values()))

    return {parameter: p for parameter, p in found[name].items() if not circles(p.stream, ())}


def _placed(
    stream: Stream,
    above: dict[str, Parent],
    found: Mapping[str, Mapping[str, Parent]],
    given: frozenset[str],
) -> Stream:
    nearest = parents.deepest(above)
    inherited = found.get(nearest.stream, {}) if nearest else {}
    kept = {p: a for p, a in above.items() if a is nearest or p in inherited}
    rest = tuple(p for p in parents.placeholders(stream.path) if p not in kept)
    taken = (
        stream.paging.used | set(stream.paging.params) | {stream.incremental["parameter"] if stream.incremental else ""}
    )
    free = [
        p
        for p in stream.operation.parameters
        if p.name not in taken and p.name.lower() not in given and p.name not in kept
    ]
    said = [p for p in free if p.required and p.place in ("query", "header")]
    asked = tuple(p for p in free if (p.place == "path" and p.name in rest) or (p in said and parents.needed(p)))
    fixed = {p.name: p for p in said if isinstance(p.schema.get("default"), str | int | float)}
    decision = Decision("parent", None, 0.8, ("nothing in its path varies",))
    if nearest:
        decision = Decision("parent", nearest.stream, nearest.confidence, (nearest.evidence,))
    elif rest:
        decision = Decision("parent", None, 0.4, (f"no list gives {', '.join(rest)}: configuration asks for it",))
    return replace(stream, parents=kept, asked=asked, fixed=fixed, decisions=(*stream.decisions, decision))
