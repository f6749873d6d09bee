"""What the fields of a record tell: its key, and the time of its last change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft.connectors.openapi.decision import Decision
from weft.connectors.openapi.words import IDS, plain, singular

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.connectors.openapi.operations import Operation, Parameter
    from weft.connectors.openapi.shapes import Shape, Shapes

_CHANGED = re.compile(
    r"^(last_)?(updated?|modified|modification|changed?|edited)(_?(at|on|date|time|timestamp|date_?time|utc))?$"
    r"|^(date|time)_(last_)?(updated|modified|changed)$|^last_?(update|modified|changed?)(_?(date|time|at|timestamp))*$|^sys_updated_on$|^updated_time$"
)
_CREATED = re.compile(
    r"^(created?|creation|inserted|started|occurred|received|logged)(_?(at|on|date|time|timestamp))?$|^date_created$|^timestamp$|^start_time$"
)
_SINCE = re.compile(
    r"(updated?|modified|changed?|edited|last_modified|created?|occurred|started)(_?(at|on|date|time|datetime))?_?(since|after|from|gte|gt|min|start|begin|ge|greater_than)(_?(date|time|datetime))?$"
    r"|^(since|min|from|start|after|begin|modified|updated|changed)_?(last_)?(updated?|modified|changed?|created?)?(_?(at|on|date|time|datetime|timestamp))?$"
    r"|^if_modified_since$|^(oldest|since|from_date|start_date|date_from|start_time|begin_time|time_from|from_time|min_date|newer_than)$"
)
_UNTIL = re.compile(
    r"_?(until|before|to|lte|lt|max|end|le|less_than)(_?(date|time|datetime))?$|^(until|latest|to_date|end_date|date_to|end_time|time_to|max_date)$"
)
_WORDS = re.compile(
    r"\b(since|after|newer than|on or after|greater than|at or after|updated|modified|starting)\b", re.IGNORECASE
)


def key_of(item: Any, shapes: Shapes, word: str) -> Decision:
    """The primary key of a record."""
    shape = shapes.of(item)
    by_name = {
        plain(name): name for name, schema in reversed(shape.fields.items()) if shapes.of(schema).plain or not schema
    }
    called = singular(word)
    own = (*IDS, *(f"{called}_{end}" for end in ("id", "uuid", "key", "guid", "number", "code")), "key", "code", "slug")
    for place, name in enumerate(own):
        if name in by_name:
            required = by_name[name] in shape.required
            sure = (0.95 if place < len(IDS) else 0.7) if required else (0.85 if place < len(IDS) else 0.55)
            text = f"the record has '{by_name[name]}'" + (", which is required" if required else "")
            return Decision("primary_key", [by_name[name]], sure, (text,))
    wanted = [
        name
        for name in shape.fields
        if plain(name).endswith("_id") and name in shape.required and shapes.of(shape.fields[name]).plain
    ]
    if len(wanted) == 1:
        return Decision("primary_key", wanted, 0.4, (f"'{wanted[0]}' is the only required id of the record",))
    why = "the record has no field that reads as a key" if shape.fields else "the record is not described"
    return Decision("primary_key", [], 0.5, (why,))


def incremental_of(operation: Operation, item: Any, shapes: Shapes, used: frozenset[str]) -> Decision:
    """Whether changed records alone can be asked for, by which parameter, and which field tells how far one is."""
    times = _times(shapes.of(item), shapes)
    since = next((p for p in operation.query if p.name not in used and _is_since(p)), None)
    changed = next((path for path in times if _CHANGED.search(plain(path[-1]))), ())
    created = next((path for path in times if _CREATED.search(plain(path[-1]))), ())
    if since is None:
        why = (
            f"the record has '{changed[-1]}', but no parameter asks for changes"
            if changed
            else "no parameter asks for changes"
        )
        return Decision("incremental", None, 0.8, (why,))
    asks_changed = re.search(r"updat|modif|chang|edit", since.name, re.IGNORECASE)
    field = changed or created if asks_changed or not created else _like(since, times) or changed or created
    if not field:
        return Decision("incremental", None, 0.5, (f"'{since.name}' asks for a time, but the record has none",))
    until = next((p for p in operation.query if p.name not in used and p != since and _is_until(p, since)), None)
    value = {"cursor_field": ".".join(field), "parameter": since.name, "format": _format(since, times[field])}
    if until is not None:
        value["until"] = until.name
    sure = 0.9 if asks_changed and changed else 0.6
    return Decision(
        "incremental", value, sure, (f"'{since.name}' asks for records since a time, which '{'.'.join(field)}' tells",)
    )


def _like(since: Parameter, times: Mapping[tuple[str, ...], Shape]) -> tuple[str, ...]:
    """The time whose name begins as the parameter's: `created_at` for `created[gte]`."""
    word = plain(since.name).split("_")[0]
    return next((path for path in times if plain(path[-1]).startswith(word) and len(word) > 3), ())  # noqa: PLR2004


def _times(shape: Shape, shapes: Shapes) -> dict[tuple[str, ...], Shape]:
    """Fields of a record that are times, also those one object deeper."""
    found: dict[tuple[str, ...], Shape] = {}
    for name, schema in shape.fields.items():
        inner = shapes.of(schema)
        if _is_time(name, inner):
            found[(name,)] = inner
    for name, schema in shape.fields.items():
        inner = shapes.of(schema)
        if inner.kind == "object" and plain(name) in (
            "meta",
            "metadata",
            "attributes",
            "fields",
            "properties",
            "data",
            "sys",
        ):
            found |= {(name, n): s for n, v in inner.fields.items() if _is_time(n, s := shapes.of(v))}
    return found


def _is_time(name: str, shape: Shape) -> bool:
    named = bool(_CHANGED.search(plain(name)) or _CREATED.search(plain(name)))
    return (shape.kind in ("string", "integer", "number", "") and named) or shape.format in ("date-time", "date")


def _is_since(parameter: Parameter) -> bool:
    kind = parameter.schema.get("type", "string")
    if kind not in ("string", "integer", "number") or not _SINCE.search(plain(parameter.name)):
        return False
    timed = parameter.schema.get("format") in ("date-time", "date", "dateTime", "unix-time", "timestamp")
    text = f"{parameter.name} {parameter.description}".lower()
    says = any(word in text for word in ("date", "time", "iso", "epoch", "timestamp", "since", "_at", "utc"))
    return timed or (says and "cursor" not in text and "page" not in text)


def _is_until(parameter: Parameter, since: Parameter) -> bool:
    if not _UNTIL.search(plain(parameter.name)):
        return False
    stem = re.split(r"_|\[", plain(since.name))[0]
    return plain(parameter.name).startswith(stem[:4]) or stem in ("since", "oldest", "start", "from", "min", "after")


def _format(since: Parameter, field: Shape) -> str:
    """How the parameter's time is written, in the manifest's notation."""
    text = since.description.lower()
    if since.schema.get("type") in ("integer", "number") or "unix" in text or "epoch" in text:
        return (
            "%ms" if "millisecond" in text or (since.schema.get("format") == "int64" and "second" not in text) else "%s"
        )
    if since.schema.get("format") == "date" or (field.format == "date" and since.schema.get("format") != "date-time"):
        return "%Y-%m-%d"
    return "%Y-%m-%dT%H:%M:%SZ"
