"""Lists that are read from the newest record back: a page is what came `before` the last record of the one before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.connectors.openapi.words import plain, singular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.connectors.openapi.operations import Operation, Parameter
    from weft.connectors.openapi.shapes import Shape, Shapes

_NAMES = ("before", "ending_before", "end_before", "before_id", "max_id", "page_before", "older_than", "until")
_BOUNDS = ("older_than", "until")
"""Names that bound an interval as often; where its beginning may be given too, they do."""
_BEGINNINGS = ("since", "from", "start", "start_time", "start_date", "oldest", "newer_than", "min_id", "after")
_NEWEST = re.compile(
    r"newest|most recent|latest first|descending|reverse[ -]chronological|\b(messages?|history|logs?|feed|timeline)\b",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"timestamp|iso ?-?8601|\bdate\b|\btime\b", re.IGNORECASE)
_USUAL = ("created_at", "created", "timestamp", "time", "date", "occurred_at")


class Back(Struct, frozen=True):
    """How a list is read backwards."""

    parameter: Parameter
    value: tuple[str, ...]
    """Field of the last record."""
    sure: float
    why: str


def find(operation: Operation, item: Any, shapes: Shapes, *, more: bool) -> Back | None:
    """How it is; none where it is not.

    Args:
        operation: the list.
        item: schema of its records.
        shapes: of the document.
        more: whether the answer tells that there are more.
    """
    by_name = {plain(p.name): p for p in operation.query}
    name = next((n for n in _NAMES if n in by_name), "")
    if not name or (name in _BOUNDS and (not more or any(n in by_name for n in _BEGINNINGS))):
        return None
    parameter = by_name[name]
    fields = list(_fields(shapes.of(item), shapes))
    field = _moment(operation, fields) if _dated(parameter) else _id(fields)
    if not field or not (more or _newest(operation)):
        return None
    text = f"'{parameter.name}' takes what the last record has in '{'.'.join(field)}': the newest come first"
    return Back(parameter, field, 0.75 if more else 0.55, text)


def first(operation: Operation) -> bool:
    """Whether a list that can be read both ways begins with its newest record."""
    return _newest(operation) and any(plain(p.name) in _NAMES for p in operation.query)


def _newest(operation: Operation) -> bool:
    path = operation.path.rpartition("/")[2].replace("-", " ").replace("_", " ")
    return bool(_NEWEST.search(f"{path} {operation.summary} {operation.description}"))


def _dated(parameter: Parameter) -> bool:
    said = parameter.schema.get("format")
    return said in ("date-time", "date") or (not said and bool(_MOMENT.search(parameter.description)))


def _id(fields: Iterable[tuple[tuple[str, ...], Shape]]) -> tuple[str, ...]:
    return next((path for path, _ in fields if path == ("id",)), ())


def _moment(operation: Operation, fields: list[tuple[tuple[str, ...], Shape]]) -> tuple[str, ...]:
    """The moment that the list is ordered by: what the path speaks of (`archived`: `archive_timestamp`), else usual."""
    dated = [path for path, shape in fields if shape.format in ("date-time", "date")]
    spoken = [singular(plain(word)) for word in re.split(r"[/._-]", operation.path) if len(word) > 3]  # noqa: PLR2004
    told = [path for path in dated if any(_akin(path[-1], word) for word in spoken)]
    usual = [path for name in _USUAL for path in dated if plain(path[-1]) == name]
    return next(iter((*told, *usual, *dated)), ())


def _akin(name: str, word: str) -> bool:
    return any(len(part) > 2 and (word.startswith(part) or part.startswith(word)) for part in plain(name).split("_"))  # noqa: PLR2004


def _fields(shape: Shape, shapes: Shapes) -> Iterator[tuple[tuple[str, ...], Shape]]:
    """Plain fields of a record, then those of the objects in it."""
    inner = {name: shapes.of(schema) for name, schema in shape.fields.items()}
    yield from (((name,), one) for name, one in inner.items() if not one.fields)
    for name, one in inner.items():
        yield from (((name, below), shapes.of(schema)) for below, schema in one.fields.items())
