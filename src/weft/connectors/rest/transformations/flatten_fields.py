"""The kind `FlattenFields`."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from weft.errors import Broken
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.connectors.rest.rows.record import Record


class FlattenFields(Kind):
    """Fields of objects become fields of the record; where a name is taken by an outer one, as `object.name`.

    Items of lists are `list.0`, `list.1.name`. Empty objects and lists stay what they are.
    """

    flatten_lists: bool = True
    """Lists too; else they stay."""

    def change(self, names: dict[str, Any]) -> Callable[[Record], None]:
        """What flattens a record."""
        del names
        opened = (dict, list) if self.flatten_lists else (dict,)

        def change(record: Record) -> None:
            found: dict[str, Any] = {}
            todo: deque[tuple[Any, str, bool]] = deque([(dict(record), "", False)])
            while todo:
                value, path, listed = todo.popleft()
                for key, item in _pairs(value):
                    name = f"{path}.{key}" if listed or isinstance(value, list) or key in found else key
                    if item and isinstance(item, opened):
                        todo.append((item, name, listed or isinstance(value, list)))
                    elif name in found:
                        raise _taken(name)
                    else:
                        found[name] = item
            record.fields = found

        return change


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else [(str(place), item) for place, item in enumerate(value)]


def _taken(name: str) -> Broken:
    return Broken(
        f"two fields of a record would be called '{name}' when it is flattened",
        hint="Take one of them out before (RemoveFields), or flatten one object alone (DpathFlattenFields).",
    )
