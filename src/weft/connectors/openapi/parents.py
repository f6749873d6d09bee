"""Which list a parameter comes from: `/projects/{id}/issues` is read for each of `/projects`.

So is `/issues` that wants to be told a `project_id`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weft.connectors.openapi.decision import Decision
from weft.connectors.openapi.streams import Parent, words
from weft.connectors.openapi.words import IDS, plain, same, singular

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.connectors.openapi.operations import Parameter
    from weft.connectors.openapi.shapes import Shapes
    from weft.connectors.openapi.streams import Stream


def placeholders(path: str) -> tuple[str, ...]:
    """Names of the parameters in a path, in their order."""
    return tuple(dict.fromkeys(re.findall(r"\{([^{}]+)\}", path)))


_UNIQUE = ("id", "uuid", "guid", "gid", "sid")
_PARTED = ("object", "array", "map")
_VAGUE = ("id", "key", "name", "code", "slug", "uuid", "sid", "gid", "number", "type")
"""Names of parameters that the records below have as well, and mean themselves by."""


def find(stream: Stream, streams: Sequence[Stream], shapes: Shapes) -> dict[str, Parent]:
    """Parents of a stream, by the parameter they give; only one of them is read for each record of another."""
    found: dict[str, Parent] = {}
    for parameter in placeholders(stream.path):
        before = stream.path.split(f"{{{parameter}}}")[0].rstrip("/")
        parent = _above(parameter, before, stream, streams, shapes)
        if parent is not None:
            found[parameter] = parent
    for given in (p for p in stream.operation.query if needed(p) and not _listed(p)):
        asked = _asked(given.name, (stream, set(found)), streams, shapes)
        if asked is not None:
            return found | {asked.parameter: asked}
    return found


def _listed(parameter: Parameter) -> bool:
    """Whether it takes one of a few values."""
    items = parameter.schema.get("items")
    return "enum" in parameter.schema or (isinstance(items, dict) and "enum" in items)


def needed(parameter: Parameter) -> bool:
    """Whether a parameter must be given: it has no value that goes without asking."""
    return parameter.required and "default" not in parameter.schema


def _asked(parameter: str, of: tuple[Stream, set[str]], streams: Sequence[Stream], shapes: Shapes) -> Parent | None:
    """The list of what a required parameter of the query names: `post_id` is a key of `/posts`.

    It must be read for the parents that the path has: one part gives all parameters.
    """
    said = plain(parameter)
    thing, _, word = said.rpartition("_")
    thing = thing if word in _VAGUE and thing else said
    stream, within = of
    above, candidates = set(placeholders(stream.path)), []
    for other in streams:
        own = {plain(p.name) for p in other.operation.query if needed(p)}
        path = _bare(other.path).rpartition("/")[2]
        alike = same(path, thing) or bool(other.records and same(other.records[-1], thing))
        if other is stream or other.method != "get" or not alike or own:
            continue
        if not within <= set(placeholders(other.path)) <= above:
            continue
        if key := _key(parameter, other, shapes):
            candidates.append((not same(path, thing), len(other.path), other, key))
    if not candidates:
        return None
    _, _, parent, key = min(candidates, key=lambda c: c[:2])
    text = f"'{parameter}' must be given, and '{parent.name}' lists it by '{key}'"
    field = said if said != word else f"{singular(parent.name)}_{said}"
    return Parent(parameter, parent.name, key, field, 0.75, text)


def _above(parameter: str, before: str, stream: Stream, streams: Sequence[Stream], shapes: Shapes) -> Parent | None:
    candidates: list[tuple[float, Stream, str]] = []
    for other in streams:
        if other is stream or other.method != "get":
            continue
        exact = _bare(other.path) == before
        named = bool(before) and not exact and _named(before, other)
        if exact or named:
            key = _key(parameter, other, shapes)
            if key:
                below = len(placeholders(other.path))
                candidates.append(
                    (
                        (0.9 if exact else 0.6)
                        - 0.1 * below
                        - (0.0 if set(placeholders(other.path)) <= set(placeholders(before)) else 0.5),
                        other,
                        key,
                    )
                )
    if not candidates:
        return None
    sure, parent, key = max(candidates, key=lambda c: c[0])
    if sure < 0.4:  # noqa: PLR2004 - a parent that needs parents of its own which the path does not name
        return None
    text = f"'{{{parameter}}}' stands behind '{before}', which '{parent.name}' lists by '{key}'"
    word = plain(parameter)
    field = f"{singular(parent.name)}_{word}" if word in _VAGUE else word
    return Parent(parameter, parent.name, key, field, sure, text)


def _named(before: str, other: Stream) -> bool:
    """Whether another list of the same things stands elsewhere: `/project/search` for `/project/{projectId}/...`."""
    word = before.rpartition("/")[2]
    path = _bare(other.path)
    rest = path.removeprefix(before).strip("/")
    near = path.startswith(before + "/") and rest in ("search", "list", "all", "bulk", "query", "paginated")
    tail = path.rpartition("/")[2]
    return near or (same(tail, word) and "{" not in other.path)


def _bare(path: str) -> str:
    """A path without what says how it is written: `/accounts.json` as `/accounts`."""
    return path.rstrip("/").removesuffix(".json")


def _key(parameter: str, parent: Stream, shapes: Shapes) -> str:
    """The parent's field that a parameter means: `projectId` its `id`, `{key}` its `key`."""
    shape = shapes.of(parent.item)
    fields = {plain(n): n for n in reversed(list(shape.fields)) if shapes.of(shape.fields[n]).kind not in _PARTED}
    said = plain(parameter)
    if not fields:
        return parent.key[0] if parent.key else "id"
    word = singular(plain(_bare(parent.path).rpartition("/")[2]))
    own = said.removeprefix(f"{word}_")
    for name in (
        said,
        own,
        *(part for part in re.split(r"_or_", own)),
        *(part for part in re.split(r"_or_", said.rpartition(f"{word}_")[2])),
    ):
        if name in fields:
            return fields[name]
    ending = said.rpartition("_")[2]
    if ending in fields:
        return fields[ending]
    return (
        parent.key[0]
        if parent.key and parent.key[0] in fields.values()
        else next((fields[i] for i in IDS if i in fields), "")
    )


def key(stream: Stream, streams: Sequence[Stream], shapes: Shapes) -> Decision:
    """The key of a stream's records among those of all of its parents.

    An id tells a record apart. But where other lists show such records too, one may belong to several parents, and is
    a row of each; a `name` is one only below its parent. A record that tells its parent has one.
    """
    told = next(d for d in stream.decisions if d.what == "primary_key")
    nearest, own = deepest(stream.parents), {plain(name) for name in shapes.of(stream.item).fields}
    if nearest is None or not stream.key or nearest.field in own:
        return told
    other = next((o.name for o in streams if o is not stream and _alike(o, stream)), "")
    if not other and plain(stream.key[0]).rpartition("_")[2] in _UNIQUE:
        return told
    fields = [p.field for p in stream.parents.values() if p.field not in own]
    why = f"'{other}' lists such records as well, so one may belong to several" if other else "below its parent only"
    return Decision(told.what, [*fields, *stream.key], told.confidence, (*told.evidence, why))


def _alike(one: Stream, other: Stream) -> bool:
    """Whether two lists show the same things: their records have one schema, or they are called alike."""
    named = isinstance(one.item, dict) and "$ref" in one.item
    return (named and one.item == other.item) or same(words(one.path)[-1], words(other.path)[-1])


def deepest(parents: Mapping[str, Parent]) -> Parent | None:
    """The parent that gives the last parameter of a path, or one of the query."""
    return [*parents.values()][-1] if parents else None
