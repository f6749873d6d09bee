"""A low-code manifest to ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from pydantic import ValidationError

from weft.connectors.lowcode.dynamic import dynamic
from weft.connectors.lowcode.notes import Notes, Unsupported
from weft.connectors.lowcode.parts import part
from weft.connectors.lowcode.requests import address, common, composite, request
from weft.connectors.lowcode.resolve import resolved
from weft.connectors.lowcode.spec import configuration
from weft.connectors.lowcode.streams import Streams
from weft.connectors.rest.manifest.check import faults
from weft.connectors.rest.manifest.connector import Limits, Manifest
from weft.connectors.rest.manifest.stream import Stream
from weft.errors import Invalid
from weft.kinds import built

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import BaseModel

    Made = TypeVar("Made", bound=BaseModel)


class Converted(Struct, frozen=True):
    """What became of a manifest."""

    manifest: Mapping[str, Any]
    """Ours, as plain values; without the streams that could not be taken over."""
    streams: tuple[str, ...]
    """Names of the streams that were taken over."""
    unsupported: tuple[Unsupported, ...]


def convert(manifest: Any, name: str) -> Converted:
    """Take over what can be taken over.

    Args:
        manifest: as read from YAML.
        name: of the connector.

    Raises:
        Invalid: it is no low-code manifest.
    """
    if not isinstance(manifest, dict) or not (manifest.get("streams") or manifest.get("dynamic_streams")):
        raise Invalid(
            "this is no low-code manifest: it has neither 'streams' nor 'dynamic_streams'",
            hint="Give a manifest.yaml of an Airbyte low-code connector.",
        )
    told = resolved(manifest)
    listed = [s for s in told.get("streams") or () if isinstance(s, dict)]
    notes = Notes()
    described = [*listed, *_described(told.get("dynamic_streams") or ())]
    base = common([address(r, "", Notes()) for s in described for r in _requesters(s)])
    notes.special["HttpRequester"] = lambda component, where: request(component, where, notes, base)
    notes.special["CompositeErrorHandler"] = lambda component, where: composite(component, where, notes)
    streams = Streams(notes, base)
    for stream in _plain(listed, notes):
        streams.add(stream)
    ours = _frame(told, name, base, notes)
    ours["streams"] = streams.streams
    ours["dynamicStreams"] = [
        dynamic(d, f"dynamic_streams.{n}", notes, streams) for n, d in enumerate(told.get("dynamic_streams") or ())
    ]
    _hoist(ours)
    return _kept(ours, notes)


def _plain(listed: list[dict[str, Any]], notes: Notes) -> Iterator[dict[str, Any]]:
    for stream in listed:
        if stream.get("type") == "ConditionalStreams":
            names = ", ".join(str(s.get("name")) for s in stream.get("streams") or () if isinstance(s, dict))
            why = f"{names}: here a stream is there whatever the configuration says ({stream.get('condition', '')})"
            notes.add("ConditionalStreams", "streams", why)
        else:
            yield stream


def _described(dynamic: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """What holds a retriever of dynamic streams."""
    for stream in dynamic:
        yield stream.get("stream_template") or {}
        yield stream.get("components_resolver") or {}


def _requesters(stream: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for holder in (stream, stream.get("full_refresh_stream") or {}, stream.get("incremental_stream") or {}):
        retriever = holder.get("retriever") or {}
        for name in ("requester", "creation_requester"):
            if isinstance(retriever.get(name), dict):
                yield retriever[name]


def _frame(told: Mapping[str, Any], name: str, base: str, notes: Notes) -> dict[str, Any]:
    """Everything but the streams."""
    spec = told.get("spec") or {}
    ours: dict[str, Any] = {
        "apiVersion": "weft/v1",
        "kind": "Connector",
        "name": name,
        "title": str((told.get("metadata") or {}).get("name") or ""),
        "description": " ".join(str(told.get("description") or "").split()),
        "documentation": str(spec.get("documentation_url") or ""),
        "baseUrl": base,
        "config": configuration(spec, notes),
        "check": [s for s in (told.get("check") or {}).get("stream_names") or () if isinstance(s, str)],
        "limits": _limits(told, notes),
    }
    return {k: v for k, v in ours.items() if v not in ("", {}, [])}


def _limits(told: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    level = (told.get("concurrency_level") or {}).get("default_concurrency")
    if isinstance(level, int) and level > 0:
        limits["concurrency"] = min(level, 64)
    if told.get("api_budget"):
        limits["budget"] = part(told["api_budget"], "api_budget", notes)
    return limits


def _hoist(ours: dict[str, Any]) -> None:
    """Credentials that all streams share are the connector's."""
    told = [s.get("auth") for s in ours["streams"].values()]
    if told and told[0] is not None and all(a == told[0] for a in told):
        ours["auth"] = told[0]
        ours["streams"] = {n: {k: v for k, v in s.items() if k != "auth"} for n, s in ours["streams"].items()}


def _kept(ours: dict[str, Any], notes: Notes) -> Converted:
    """Without streams that have something unsupported, and without those that need them."""
    for name, stream in ours["streams"].items():
        _judge(Stream, stream, ("streams", name), notes)
    _without(ours, notes)
    if not _judge(Limits, ours.get("limits", {}), ("limits",), notes):
        del ours["limits"]
    while ours["streams"] or ours["dynamicStreams"]:
        told = _bare(ours)
        made = _judge(Manifest, told, (), notes)
        for path, text in faults(made) if made else ():
            notes.add(_component(told, path), ".".join(map(str, path)), text)
        if not _without(ours, notes):
            break
    names = (*ours["streams"], *(str(d.get("name")) for d in ours["dynamicStreams"]))
    return Converted({k: v for k, v in ours.items() if v not in ("", {}, [])}, names, tuple(notes.found))


def _bare(ours: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in ours.items() if k not in ("apiVersion", "kind") and v not in ("", {}, [])}


def _without(ours: dict[str, Any], notes: Notes) -> bool:
    """Take away the streams that notes tell of, and those that need them; whether there were any."""
    streams: dict[str, Any] = ours["streams"]
    lost = {n for n in streams if any(f"{u.where}.".startswith(f"streams.{n}.") for u in notes.found)}
    while more := {n for n, s in streams.items() if n not in lost and _parents(s) & lost}:
        lost |= more
    dynamic = any(re.match("dynamic_?streams", u.where, re.IGNORECASE) for u in notes.found)
    found = bool(lost) or (dynamic and bool(ours["dynamicStreams"]))
    ours["streams"] = {n: s for n, s in streams.items() if n not in lost}
    ours["dynamicStreams"] = [] if dynamic else ours["dynamicStreams"]
    ours["check"] = [n for n in ours.get("check", ()) if n in ours["streams"]]
    return found


def _parents(stream: Mapping[str, Any]) -> set[str]:
    """Streams that a stream is read for each record of."""
    found: set[str] = set()
    waiting: list[Any] = list(stream.get("partitions") or ())
    while waiting:
        router = waiting.pop()
        found |= {p["stream"] for p in router.get("parent_stream_configs", ()) if "stream" in p}
        waiting += [*router.get("partition_routers", ()), *filter(None, [router.get("underlying_partition_router")])]
    return found


def _judge(kind: type[Made], value: Any, place: tuple[str, ...], notes: Notes) -> Made | None:
    """What weft's own manifest makes of it; what it refuses has no counterpart here."""
    try:
        made: Made = built(kind, value)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            steps = tuple(str(s) for s in item["loc"])
            notes.add(_component(value, item["loc"]), ".".join((*place, *steps)), str(item["msg"]))
        return None
    return made


def _component(value: Any, path: tuple[str | int, ...]) -> str:
    """The kind of the nearest component around a place, and the field of it."""
    kind, rest = "Stream", ""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            rest = str(step)
            continue
        rest = str(step)
        if isinstance(value, dict) and isinstance(value.get("kind"), str):
            kind, rest = value["kind"], ""
    return f"{kind}.{rest}" if rest else kind
