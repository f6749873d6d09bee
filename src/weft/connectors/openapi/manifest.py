"""What was recognised as a connector's manifest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft.connectors.openapi.parents import placeholders
from weft.connectors.openapi.words import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.connectors.openapi.operations import Parameter
    from weft.connectors.openapi.recognise import Recognised
    from weft.connectors.openapi.shapes import Shapes
    from weft.connectors.openapi.streams import Stream

_START = {"type": "string", "format": "date-time", "default": "2020-01-01T00:00:00Z", "title": "Read from"}


def manifest(found: Recognised) -> dict[str, Any]:
    """The connector's document, as plain values in the order of its text."""
    config = _config(found)
    headers, streams = _shared({s.name: stream_fields(s, found.shapes) for s in found.streams})
    told = {
        "apiVersion": "weft/v1",
        "kind": "Connector",
        "name": found.name,
        "title": found.title,
        "description": found.description,
        "baseUrl": found.address.decision.value,
        "config": config,
        "auth": found.auth.component,
        "limits": _limits(found),
        "defaults": {"headers": headers} if headers else None,
        "streams": streams,
    }
    return {name: value for name, value in told.items() if value not in (None, "", {}, [])}


def _shared(streams: dict[str, dict[str, Any]]) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Headers that all streams send, and the streams without them."""
    every = [set(s["headers"].items()) for s in streams.values()]
    shared = dict(sorted(set.intersection(*every))) if every else {}
    for stream in streams.values():
        stream["headers"] = {k: v for k, v in stream["headers"].items() if k not in shared}
    return shared, {name: {k: v for k, v in s.items() if v != {}} for name, s in streams.items()}


def _config(found: Recognised) -> dict[str, Any]:
    properties: dict[str, Any] = {**found.address.config, **found.auth.config}
    required = [name for name, schema in properties.items() if "default" not in schema]
    for stream in found.streams:
        for parameter in stream.asked:
            properties.setdefault(_asked(parameter), _schema(parameter))
    if any(s.incremental for s in found.streams):
        properties["start_date"] = _START
    return {"required": required, "properties": properties} if properties else {}


def _asked(parameter: Parameter) -> str:
    return plain(parameter.name) or "value"


def _schema(parameter: Parameter) -> dict[str, Any]:
    kind = parameter.schema.get("type")
    told: dict[str, Any] = {"type": kind if kind in ("string", "integer", "number", "boolean") else "string"}
    told["title"] = plain(parameter.name).replace("_", " ").capitalize()
    for word in ("format", "pattern"):
        if told["type"] == "string" and isinstance(parameter.schema.get(word), str) and _usable(parameter.schema[word]):
            told[word] = parameter.schema[word]
    allowed = parameter.schema.get("enum")
    if isinstance(allowed, list) and allowed and all(isinstance(v, str | int) for v in allowed):
        told |= {"enum": allowed, "default": allowed[0]}
    described = " ".join(parameter.description.split())[:300]
    return {**told, "description": described} if described else told


def _limits(found: Recognised) -> dict[str, Any]:
    """A budget that follows the headers, where the document names them."""
    headers: Mapping[str, str] = found.limits.value["headers"]
    if "remaining" not in headers:
        return {}
    budget: dict[str, Any] = {"kind": "HTTPAPIBudget", "ratelimitRemainingHeader": headers["remaining"]}
    if "reset" in headers:
        budget["ratelimitResetHeader"] = headers["reset"]
    return {"budget": budget}


def _usable(text: str) -> bool:
    """Whether a format is known to forms, or a pattern can be checked here; a secret is asked for once."""
    try:
        re.compile(text)
    except re.error:
        return False
    return text not in ("password", "byte", "binary") and not any(c in text for c in ("(?", "\\u", "\\p"))


def stream_fields(stream: Stream, shapes: Shapes) -> dict[str, Any]:
    """The fields of a stream in the manifest."""
    told: dict[str, Any] = {"description": stream.description, "path": _path(stream)}
    if stream.method != "get":
        told["method"] = stream.method.upper()
        told["json"] = {}
    params: dict[str, Any] = dict(stream.paging.params)
    headers: dict[str, Any] = {"Accept": _accepted(stream)}
    for parameter in stream.asked:
        into = {"query": params, "header": headers}.get(parameter.place)
        if into is not None:
            into[parameter.name] = f"{{{{ config.{_asked(parameter)} }}}}"
    for name, parameter in ((n, p) for n, p in stream.fixed.items() if n.lower() != "accept"):
        (headers if parameter.place == "header" else params)[name] = _constant(parameter.schema["default"])
    within = placeholders(stream.path)
    params |= {name: f"{{{{ {value} }}}}" for name, value in _given(stream).items() if name not in within}
    told |= {"params": params, "headers": headers, "records": list(stream.records), "key": list(stream.key)}
    told["decoder"] = "JsonlDecoder" if stream.operation.lines else None
    told["pagination"] = stream.paging.component and dict(stream.paging.component)
    told["incremental"] = _incremental(stream.incremental) if stream.incremental else None
    told["partitions"] = _partitions(stream)
    told["transformations"] = _transformations(stream, shapes)
    return {name: value for name, value in told.items() if value not in (None, "", {}, [])} | _kept(stream)


def _accepted(stream: Stream) -> str:
    """The media type to ask for: many systems give XML or a page to who names none."""
    media = stream.operation.media.partition(";")[0].strip()
    asked = "*/*" if media and "json" not in media else media or "application/json"
    told = next(
        (str(p.schema.get("default", "")) for p in stream.operation.parameters if p.name.lower() == "accept"), ""
    )
    return told if asked in told else ", ".join(filter(None, (told, asked)))


def _constant(value: Any) -> str:
    """A value as a parameter or header has it; what looks like an expression is none."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("{{", "{{ '{{' }}")


def _kept(stream: Stream) -> dict[str, Any]:
    """A key of one field is told as a text."""
    told: dict[str, Any] = {}
    if len(stream.key) == 1:
        told["key"] = stream.key[0]
    if stream.records and not any("." in r or "*" in r for r in stream.records):
        told["records"] = ".".join(stream.records)
    return told


def _path(stream: Stream) -> str:
    path = stream.path.partition("#")[0]
    asked = {p.name: _asked(p) for p in stream.asked if p.place == "path"}
    given = _given(stream)
    for name in placeholders(path):
        value = given.get(name, f"config.{asked.get(name, plain(name))}")
        path = path.replace(f"{{{name}}}", f"{{{{ {value} }}}}")
    return path


def _given(stream: Stream) -> dict[str, str]:
    """What expressions call the values that parents give, by the parameter.

    The nearest's is the part that is read; those above came along with its records.
    """
    names = list(stream.parents)
    told = {n: f"stream_slice.extra_fields.{stream.parents[n].field}" for n in names[:-1]}
    return told | {n: f"stream_partition.{stream.parents[n].field}" for n in names[-1:]}


def _transformations(stream: Stream, shapes: Shapes) -> list[dict[str, Any]]:
    """Records keep what they were read for, so that rows know it, and streams below."""
    own = shapes.of(stream.item).fields
    fields = [
        {"path": [stream.parents[name].field], "value": f"{{{{ {value} }}}}"}
        for name, value in _given(stream).items()
        if stream.parents[name].field not in own
    ]
    return [{"kind": "AddFields", "fields": fields}] if fields else []


def _incremental(told: Mapping[str, Any]) -> dict[str, Any]:
    cursor = {
        "kind": "DatetimeBasedCursor",
        "cursorField": told["cursor_field"],
        "datetimeFormat": told["format"],
        "startDatetime": "{{ config.start_date }}",
        "startTimeOption": told["parameter"],
    }
    return cursor | ({"endTimeOption": told["until"]} if "until" in told else {})


def _partitions(stream: Stream) -> dict[str, Any] | None:
    """The nearest parent; what it was itself read for comes along with its records."""
    names = list(stream.parents)
    if not names:
        return None
    nearest = stream.parents[names[-1]]
    router: dict[str, Any] = {
        "kind": "SubstreamPartitionRouter",
        "stream": nearest.stream,
        "parentKey": nearest.key,
        "partitionField": nearest.field,
    }
    further = [[stream.parents[n].field] for n in names[:-1]]
    return router | ({"extraFields": further} if further else {})
