"""What a manifest's parts say of each other: names of configuration, streams, hooks."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from msgspec.structs import astuple
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from weft.connectors.origin import origin
from weft.connectors.rest.expressions import Template, Tree
from weft.connectors.rest.expressions import nodes as n
from weft.connectors.rest.manifest.config import OPEN, problems
from weft.connectors.rest.moments import zone_named
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.connectors.rest.manifest.connector import Manifest

    Path = tuple[str | int, ...]
    Fault = tuple[Path, str]


_APART = ("initial", "deletes", "partitions")
"""Of a stream, what is read in parts of its own."""


def faults(manifest: Manifest) -> list[Fault]:
    """What does not fit together, by its place in the document."""
    found: list[Fault] = [(("config", *path), text) for path, text in problems(manifest.config)]
    if manifest.config.get(OPEN) is not True and not found:
        found += _config(manifest)
    if not manifest.streams and not manifest.dynamic_streams:
        found.append(((), "'streams' is missing, a connector has at least one"))
    names = tuple(manifest.streams)
    dynamic = bool(manifest.dynamic_streams)
    found += _constants(manifest)
    for place, name in enumerate(manifest.check):
        if name not in names and not dynamic:
            found.append((("check", place), _unknown("stream", name, names)))
    for name, stream in manifest.streams.items():
        found += _addressed(manifest, name, stream)
        found += _parents(name, stream, names)
        found += _parts(manifest, name, stream)
    return found + _circles(manifest)


def templates(value: Any, path: Path = ()) -> Iterator[tuple[Path, Template]]:
    """Every text of a component that may hold expressions, with its place."""
    if isinstance(value, Template):
        yield path, value
    elif isinstance(value, Tree):
        yield from ((path, template) for template in value.templates)
    else:
        for key, item in _inside(value):
            yield from templates(item, (*path, key))


def _models(value: Any, path: Path = ()) -> Iterator[tuple[Path, BaseModel]]:
    """Every component, with its place."""
    if isinstance(value, BaseModel):
        yield path, value
    if not isinstance(value, Template | Tree):
        for key, item in _inside(value):
            yield from _models(item, (*path, key))


def _constants(manifest: Manifest) -> Iterator[Fault]:
    """Values that no expression makes, and that are none of what they should be."""
    for path, model in _models(manifest):
        for name, judge in _JUDGED.items():
            value = getattr(model, name, None)
            told = [template for _, template in templates(value)]
            if not told or not all(template.constant for template in told):
                continue
            try:
                judge(model, told[0].source)
            except (Invalid, ValueError) as error:
                key = to_camel(name)
                text = error.message if isinstance(error, Invalid) else str(error)
                yield (*path, key), f"'{key}': {text}"


def _count(_model: Any, value: Any) -> None:
    if not str(value).isdigit() or int(value) < 1:
        raise ValueError(f"'{str(value)[:40]}' is no number of records, allowed are 1 and more")


def _start(cursor: Any, _value: Any) -> None:
    if cursor.timezone is None:
        cursor.first({})


_JUDGED: dict[str, Callable[[Any, Any], object]] = {
    "base_url": lambda _, value: origin(str(value)),
    "url": lambda _, value: origin(str(value)),
    "timezone": lambda _, value: zone_named(str(value)),
    "page_size": _count,
    "start_datetime": _start,
}


def _inside(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield field.alias or name, getattr(value, name)
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def parents(stream: Any) -> tuple[str, ...]:
    """Streams that a stream's partitions come from."""
    found: list[str] = []
    for router in stream.partitions:
        found += [name for _, name in router.parents()]
    return tuple(found)


def _config(manifest: Manifest) -> Iterator[Fault]:
    known = tuple(manifest.config.get("properties", {}))
    found = [*templates(manifest)]
    for place, dynamic in enumerate(manifest.dynamic_streams):
        found += templates(dynamic.drafted(), ("dynamicStreams", place, "template"))
    for path, template in found:
        for part in template.parts:
            for name in _fields(n.Name("config"), part) if isinstance(part, n.Node) else ():
                if name not in known:
                    yield path, _unknown("property of 'config'", name, known)


def _fields(of: n.Node, node: Any) -> Iterator[str]:
    """Fields that an expression takes of a name, or of what lies in one."""
    if isinstance(node, n.Item) and node.of == of and isinstance(node.key, n.Literal):
        yield str(node.key.value)
    for value in astuple(node) if isinstance(node, n.Node) else ():
        for inner in value if isinstance(value, tuple) else (value,):
            for deep in inner if isinstance(inner, tuple) else (inner,):
                yield from _fields(of, deep)


def _addressed(manifest: Manifest, name: str, stream: Any) -> Iterator[Fault]:
    if type(stream.retriever).__name__ != "SimpleRetriever" or "extract" in (*stream.hooks, *manifest.hooks):
        return
    if stream.path is None and stream.url is None:
        yield ("streams", name), f"'path' is missing, the stream '{name}' needs it (or 'url')"
    elif stream.url is None and manifest.base_url is None:
        yield ("streams", name, "path"), "'baseUrl' is missing, a path starts from it"


def _parents(name: str, stream: Any, names: tuple[str, ...]) -> Iterator[Fault]:
    for place, router in enumerate(stream.partitions):
        for path, parent in router.parents():
            if parent not in names:
                yield ("streams", name, "partitions", place, *path), _unknown("stream", parent, names)


def _parts(manifest: Manifest, name: str, stream: Any) -> Iterator[Fault]:
    """Fields that expressions take of the stream's parts, where the routers tell which there are."""
    given = [router.fields() for router in stream.partitions]
    if not given or None in given or "partitions" in (*stream.hooks, *manifest.hooks):
        return
    extra = [".".join(path) for r in stream.partitions for one in r.follows() for path in one.extra_fields]
    known: dict[str, tuple[n.Node, tuple[str, ...]]] = {
        "stream_partition": (n.Name("stream_partition"), tuple(field for one in given for field in one or ())),
        "extra_fields": (n.Item(n.Name("stream_slice"), n.Literal("extra_fields")), (*extra, "query_properties")),
    }
    for path, template in templates(stream):
        for part in template.parts if path[0] not in _APART else ():
            for where, (node, fields) in known.items():
                for field in _fields(node, part):
                    if field not in fields:
                        yield ("streams", name, *path), _unknown(f"field of '{where}'", field, fields)


def _circles(manifest: Manifest) -> list[Fault]:
    found: list[Fault] = []
    for name in manifest.streams:
        seen, todo = set(), [name]
        while todo:
            stream = manifest.streams.get(todo.pop())
            for parent in parents(stream) if stream else ():
                if parent == name:
                    found.append((("streams", name, "partitions"), f"the stream '{name}' is a parent of its own"))
                elif parent not in seen:
                    seen.add(parent)
                    todo.append(parent)
    return found


def _unknown(what: str, name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f", did you mean '{near[0]}'? Known are" if near else ", known are"
    return f"'{name}' is no {what}{hint} {', '.join(sorted(known)) or 'none'}"
