"""Which operations answer a list of records, and where in the answer the records lie."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.connectors.openapi.decision import Weighing
from weft.connectors.openapi.paging import is_paged
from weft.connectors.openapi.sample import inside, records_in, schema_of
from weft.connectors.openapi.words import ENVELOPE, IDS, RECORDS, is_plural, plain, same

if TYPE_CHECKING:
    from weft.connectors.openapi.operations import Operation
    from weft.connectors.openapi.shapes import Shape, Shapes

_VERB = re.compile(
    r"^\W*(list|lists?\b|get all|get a list|gets? .{0,30}\blist|search|find|query|retrieve all|retrieves? a? ?list"
    r"|fetch all|returns? (a |the )?(list|all|collection|array)|browse)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"^(list|search|find|query|index|getAll|get_all|browse)|(list|index|search)$", re.IGNORECASE)
_ONE = re.compile(
    r"^\W*(gets?|retrieves?|returns?|show|read|fetch|view) (an?|one|the current|your|this)\b"
    r"(?! list| collection| page| set)",
    re.IGNORECASE,
)
_SEARCH = re.compile(r"/(search|query|list|_search)$|[.:](list|search|query)$|:search$")
_ENOUGH = 0.5


class Collection(Struct, frozen=True):
    """A list of records in an answer."""

    path: tuple[str, ...]
    """Fields that lead to the records; empty = the answer itself."""
    item: Any
    """Schema of a record; None = not known."""
    envelope: Shape | None
    """The answer's shape where the records lie inside of an object."""
    list_confidence: float
    list_evidence: tuple[str, ...]
    path_confidence: float
    path_evidence: tuple[str, ...]


class _Found(Struct, frozen=True):
    """An array in an answer."""

    path: tuple[str, ...]
    item: Any
    beside: tuple[str, ...]
    """Other fields of the object that holds it."""
    holder: Shape


def last_word(path: str) -> str:
    """The last part of a path that is no parameter, in snake_case: `users` of `/v1/users/{id}`."""
    parts = [p for p in re.split(r"[/.]", path) if p and "{" not in p and p not in ("json", "xml")]
    return plain(parts[-1]) if parts else ""


def find(operation: Operation, shapes: Shapes) -> Collection | str:
    """The list of records that an operation answers, or why it answers none."""
    if operation.method == "post" and not _reads(operation, shapes):
        return "it is a POST that does not read as a search, or needs to be told what for"
    if operation.media and not any(word in operation.media for word in ("json", "*/*", "text/plain")):
        return f"it answers {operation.media}, not JSON"
    shape = shapes.of(operation.answer)
    if shape.kind == "array":
        return _root(operation, shape, shapes)
    if shape.fields:
        return _enveloped(operation, shape, shapes)
    otherwise = f"it answers one {shape.kind}" if shape.kind else operation.lost or "its answer is not described"
    return otherwise if shape.plain else _unsaid(operation, otherwise, shapes)


def _reads(operation: Operation, shapes: Shapes) -> bool:
    """Whether a POST only searches, and needs nothing to be said."""
    told = shapes.of(operation.body).required if operation.body is not None else frozenset()
    return bool(_SEARCH.search(operation.path)) and not operation.deprecated and not told


def _root(operation: Operation, shape: Shape, shapes: Shapes) -> Collection | str:
    item = shapes.of(shape.item)
    if item.plain:
        return "it answers a list of plain values"
    weighing = Weighing(2.0, ["the answer is a list"])
    weighing.add(operation.of_one, -1.0, "the path ends with a parameter")
    weighing.add(is_paged(operation), 1.5, "it takes parameters of paging")
    weighing.add(item.kind == "object", 1.0, "of objects")
    weighing.add(shape.choices, -0.5, "it may answer something else as well")
    return Collection(
        (), shape.item, None, weighing.confidence, tuple(weighing.texts), 0.95, ("the answer itself is the list",)
    )


def _enveloped(operation: Operation, shape: Shape, shapes: Shapes) -> Collection | str:
    arrays = _arrays(shape, shapes)
    if not arrays:
        if any(shapes.of(s).kind == "array" for s in shape.fields.values()):
            return "its lists hold plain values"
        return _unsaid(operation, "it answers one object", shapes)
    ranked = sorted(((_path(operation, a, arrays, shapes), a) for a in arrays), key=lambda pair: -pair[0].odds)
    chosen, best = ranked[0]
    if chosen.odds <= 0:
        return _unsaid(operation, f"it answers one object, with '{'.'.join(best.path)}' in it", shapes)
    weighing = _listed(operation, shape, best, chosen)
    if weighing.confidence < _ENOUGH:
        why = "; ".join(dict.fromkeys(weighing.texts))
        return _unsaid(operation, f"it seems to answer one object: {why}", shapes)
    sure = chosen.confidence if len(ranked) > 1 else max(chosen.confidence, 0.9)
    return Collection(
        best.path, best.item, shape, weighing.confidence, tuple(weighing.texts), sure, tuple(chosen.texts)
    )


def _arrays(shape: Shape, shapes: Shapes) -> list[_Found]:
    """Lists of objects in an answer, and in the objects of its fields."""
    found: list[_Found] = []
    waiting: list[tuple[tuple[str, ...], Shape]] = [((), shape)]
    while waiting:
        path, holder = waiting.pop(0)
        for name, schema in holder.fields.items():
            inner = shapes.of(schema)
            if inner.kind == "array" and not shapes.of(inner.item).plain:
                found.append(_Found((*path, name), inner.item, tuple(n for n in holder.fields if n != name), holder))
            elif inner.kind == "object" and inner.fields and len(path) < 2:  # noqa: PLR2004
                waiting.append(((*path, name), inner))
    return found


def _path(operation: Operation, array: _Found, arrays: list[_Found], shapes: Shapes) -> Weighing:
    """How well an array fits as the records."""
    name, word = plain(array.path[-1]), last_word(operation.path)
    weighing = Weighing()
    depth = len(array.path) - 1
    weighing.add(name in RECORDS, 2.0, f"'{array.path[-1]}' is a usual name of records")
    weighing.add(same(name, word), 2.5, f"'{array.path[-1]}' is named as the path")
    weighing.add(
        bool(depth) and any(same(part, word) for part in array.path[:-1]), 1.5, "it lies in what is named as the path"
    )
    weighing.add(
        not same(name, word) and bool(word) and (word.endswith(name) or name.endswith(word)),
        1.0,
        "its name is part of the path's",
    )
    weighing.add(shapes.of(array.item).kind == "object", 0.5, "it holds objects")
    weighing.add(len(arrays) == 1, 1.0, "it is the only list of the answer")
    weighing.add(bool(depth), -0.8 * depth - (0.0 if plain(array.path[0]) in RECORDS else 0.7), "it lies deeper")
    weighing.add(
        name in ("errors", "warnings", "links", "messages", "included", "includes", "parameters"),
        -3.0,
        "it tells of the answer, not of records",
    )
    return weighing


def _listed(operation: Operation, shape: Shape, best: _Found, chosen: Weighing) -> Weighing:
    """Whether an object with a list in it is an envelope, or a record that has a list."""
    weighing = Weighing(-0.6, [])
    name, word = plain(best.path[-1]), last_word(operation.path)
    beside = [plain(n) for n in best.beside] + [plain(n) for n in shape.fields if n not in best.path]
    foreign = [n for n in dict.fromkeys(beside) if n not in ENVELOPE]
    weighing.add(operation.of_one, -1.6, "the path ends with a parameter")
    weighing.add(is_paged(operation), 2.2, "it takes parameters of paging")
    weighing.add(not foreign, 1.8, "what stands beside the list tells of the answer")
    weighing.add(len(foreign) > 2, -0.5 * min(len(foreign), 6), f"{len(foreign)} other fields stand beside the list")  # noqa: PLR2004
    weighing.add(any(n in IDS for n in foreign), -1.5, "the answer has an id itself")
    weighing.add(name in RECORDS, 1.0, f"'{best.path[-1]}' is a usual name of records")
    weighing.add(same(name, word) or chosen.odds >= 3, 1.6, f"'{best.path[-1]}' fits the path")  # noqa: PLR2004
    weighing.add(is_plural(word), 0.5, "the path ends with a plural")
    text = operation.summary or operation.description
    weighing.add(says_lists(operation), 1.2, "it says that it lists")
    weighing.add(bool(_ONE.match(text)), -0.8, "it says that it gets one")
    weighing.add(
        len(best.path) > 1 and plain(best.path[0]) not in RECORDS and not same(best.path[0], word),
        -0.8,
        "the list lies deep in the answer",
    )
    return weighing


def _unsaid(operation: Operation, otherwise: str, shapes: Shapes) -> Collection | str:
    """A list whose description is missing or wrong: paged, named in the plural, said to list."""
    if operation.of_one or operation.method != "get" or shapes.of(operation.answer).kind == "map":
        return otherwise
    weighing = Weighing(-2.6, [otherwise])
    paged = weighing.add(is_paged(operation), 2.4, "but it takes parameters of paging")
    lists = weighing.add(says_lists(operation), 1.6, "but it says that it lists")
    weighing.add(is_plural(last_word(operation.path)), 0.8, "but the path ends with a plural")
    example = _in_example(operation)
    weighing.add(example is not None, 2.5, "but its example holds a list")
    if weighing.confidence < _ENOUGH or not (paged or lists or example is not None):
        return otherwise
    if example is not None:
        found = schema_of([operation.example])
        return Collection(
            example, inside(found, example), shapes.of(found) if example else None,
            weighing.confidence, tuple(weighing.texts), 0.7, ("the example has the records there",),
        )  # fmt: skip
    shape = shapes.of(operation.answer)
    item = operation.answer if shape.kind == "object" else None
    return Collection(
        (), item, None, weighing.confidence, tuple(weighing.texts), 0.3, ("not described: probe to see it",)
    )


def says_lists(operation: Operation) -> bool:
    """Whether it says that it lists."""
    said = _VERB.match(operation.summary) or _VERB.match(operation.description)
    return bool(said) or bool(_NAMED.search(operation.name))


def _in_example(operation: Operation) -> tuple[str, ...] | None:
    return records_in(operation.example, last_word(operation.path)) if operation.example is not None else None
