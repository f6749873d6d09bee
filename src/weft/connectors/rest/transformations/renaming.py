"""What transformations of keys share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.rows.record import nested
from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.connectors.rest.rows.record import Record


def renamed(record: Record, name: Callable[[str], str]) -> None:
    """Give every key of a record, and of the objects in it, another name.

    Raises:
        Broken: two keys would bear one name.
    """
    fields = {name(key): _inside(nested(value), name) for key, value in record.fields.items()}
    if len(fields) != len(record):
        raise _one_name(list(record), name)
    record.fields = fields


def _inside(value: Any, name: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_inside(item, name) for item in value]
    if not isinstance(value, dict):
        return value
    fields = {name(key): _inside(item, name) for key, item in value.items()}
    if len(fields) != len(value):
        raise _one_name(list(value), name)
    return fields


def _one_name(keys: list[str], name: Callable[[str], str]) -> Broken:
    seen: dict[str, str] = {}
    for key in keys:
        other = seen.setdefault(name(key), key)
        if other != key:
            return Broken(
                f"the keys '{other}' and '{key}' of a record would both be '{name(key)}'",
                hint="Take one of them out before (RemoveFields), or leave the names as they are.",
            )
    return Broken("two keys of a record would bear one name")
