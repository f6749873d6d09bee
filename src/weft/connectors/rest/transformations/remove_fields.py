"""The kind `RemoveFields`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.rows.record import Record
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable


class RemoveFields(Kind):
    """Takes fields out of each record."""

    field_pointers: tuple[tuple[str, ...], ...]
    """Keys down to each; `*` = every key or item there, `**` = at any depth."""
    condition: Template | None = None
    """Only those whose value, `property`, makes this true."""

    def change(self, names: dict[str, Any]) -> Callable[[Record], None]:
        """What takes them out."""
        condition = self.condition

        def goes(inside: Any, key: Any) -> bool:
            return condition is None or bool(condition.render({**names, "property": inside[key]}))

        def change(record: Record) -> None:
            for pointer in self.field_pointers:
                _remove(record, pointer, goes)

        return change


def _remove(inside: Any, pointer: tuple[str, ...], goes: Callable[[Any, Any], bool]) -> None:
    head, rest = pointer[0], pointer[1:]
    if head == "**" and rest:
        _remove(inside, rest, goes)
        for key in _keys(inside, "*"):
            _remove(inside[key], pointer, goes)
        return
    for key in _keys(inside, head):
        if rest:
            _remove(inside[key], rest, goes)
        elif not isinstance(inside, list) and goes(inside, key):
            del inside[key]


def _keys(inside: Any, wanted: str) -> list[Any]:
    """Keys of an object, or places in a list, that a step of a pointer means."""
    if isinstance(inside, list):
        places = range(len(inside))
        return list(places) if wanted.startswith("*") else [place for place in places if str(place) == wanted]
    if not isinstance(inside, Record | dict):
        return []
    return list(inside) if wanted.startswith("*") else [wanted] if wanted in inside else []
