"""What an answer itself shows: where its records lie, and the schema that they follow."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from weft.connectors.openapi.words import ENVELOPE, IDS, RECORDS, plain, same

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS = 2_000
_FIELDS = 300
"""Fields of an object; more make it a map."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?\Z")
_ADDRESS = re.compile(r"https?://\S+\Z|/\S+\?\S+=\S*\Z")
"""An address, or what asks for something at a known one."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


def records_in(answer: Any, word: str = "") -> tuple[str, ...] | None:
    """Where in an answer its records lie; None = it holds no list of objects.

    Args:
        answer: as parsed from JSON, or its text.
        word: what the records are called in the path.
    """
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except (ValueError, RecursionError):
            return None
    if isinstance(answer, list):
        return () if any(isinstance(part, dict) for part in answer) else None
    scored = [(_score(path, rows, holder, word), path) for path, rows, holder in _lists(answer)]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, ()))
    return best[1] if best[0] > 0 else None


def _lists(answer: Any) -> Iterator[tuple[tuple[str, ...], list[Any], dict[str, Any]]]:
    """Lists of objects in an answer: where they lie, they, what holds them."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), answer)]
    while waiting:
        path, holder = waiting.pop(0)
        for name, value in holder.items() if isinstance(holder, dict) else ():
            if isinstance(value, dict) and len(path) < 2:  # noqa: PLR2004
                waiting.append(((*path, name), value))
            elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
                yield (*path, name), value, holder


def _score(path: tuple[str, ...], rows: list[Any], holder: dict[str, Any], word: str) -> float:
    name = plain(path[-1])
    own = [n for n in holder if n != path[-1] and plain(n) not in ENVELOPE]
    score = 1.0 + 2.0 * (name in RECORDS) + 2.5 * same(name, word)
    score -= sum(0.2 if plain(part) in RECORDS else 0.8 for part in path[:-1])  # `response.data` only wraps
    score += 1.0 * (len(rows) > 1) - 3.0 * (name in ("errors", "warnings", "links", "included"))
    return score - 2.0 * any(plain(n) in IDS for n in own) - 0.3 * len(own)


def schema_of(values: list[Any], depth: int = 0) -> dict[str, Any]:
    """A JSON Schema that the values follow; names what was seen, requires nothing."""
    seen = [v for v in values[:_ROWS] if v is not None]
    nullable = {"nullable": True} if len(seen) < len(values[:_ROWS]) else {}
    kinds = {_kind(v) for v in seen}
    if kinds == {"object"} and depth < 10:  # noqa: PLR2004
        names = list(dict.fromkeys(name for v in seen for name in v))
        if len(names) > _FIELDS:
            return {"type": "object", "additionalProperties": {}}
        fields = {n: schema_of([v.get(n) for v in seen], depth + 1) for n in names}
        return {"type": "object", "properties": fields, **nullable}
    if kinds == {"array"}:
        return {"type": "array", "items": schema_of([part for v in seen for part in v], depth + 1), **nullable}
    if kinds == {"string"}:
        return {"type": "string", **_format(seen), **nullable}
    if kinds <= {"integer", "number"} and kinds:
        return {"type": "integer" if kinds == {"integer"} else "number", **nullable}
    return {"type": next(iter(kinds)), **nullable} if len(kinds) == 1 else nullable


def inside(schema: dict[str, Any], path: tuple[str, ...]) -> Any:
    """The schema of a record, where a path leads to the list of them."""
    for name in path:
        schema = schema.get("properties", {}).get(name, {})
    return schema.get("items")


def _kind(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "string")


def _format(seen: list[str]) -> dict[str, str]:
    if all(_TIME.match(v) for v in seen):
        return {"format": "date-time"}
    if all(_DATE.match(v) for v in seen):
        return {"format": "date"}
    return {"format": "uri"} if all(_ADDRESS.match(v) for v in seen) else {}
