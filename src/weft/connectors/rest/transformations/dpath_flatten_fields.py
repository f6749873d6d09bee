"""The kind `DpathFlattenFields`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.rows.record import path_value
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.connectors.rest.rows.record import Record


class KeyTransformation(Kind):
    """How keys are called when they are lifted."""

    prefix: Template | None = None
    """Before the name."""
    suffix: Template | None = None
    """After the name."""


class DpathFlattenFields(Kind):
    """Fields of one object inside of a record become fields of the record."""

    field_path: tuple[Template, ...]
    """Keys down to the object; `*` = of every object there."""
    delete_origin_value: bool = False
    """The object itself goes."""
    replace_record: bool = False
    """Everything else goes."""
    key_transformation: KeyTransformation | None = None
    """How the fields are called."""

    def change(self, names: dict[str, Any]) -> Callable[[Record], None]:
        """What lifts them."""

        def change(record: Record) -> None:
            path = [key.text(names) for key in self.field_path]
            for found in _objects(record, path):
                lifted = {self._name(key, names): value for key, value in found.items()}
                if self.replace_record:
                    record.fields = lifted
                    continue
                if self.delete_origin_value:
                    _delete(record, path)
                record.update(lifted)

        return change

    def _name(self, key: str, names: dict[str, Any]) -> str:
        how = self.key_transformation
        if how is None:
            return key
        return (how.prefix.text(names) if how.prefix else "") + key + (how.suffix.text(names) if how.suffix else "")


def _objects(record: Any, path: list[str]) -> list[dict[str, Any]]:
    if "*" not in path:
        found = path_value(record, path)
        return [dict(found)] if isinstance(found, dict) else []
    at = path.index("*")
    around = path_value(record, path[:at])
    inner = list(around.values()) if isinstance(around, dict) else around if isinstance(around, list) else []
    return [found for value in inner if isinstance(value, dict) for found in _objects(value, path[at + 1 :])]


def _delete(record: Any, path: list[str]) -> None:
    around = path_value(record, path[:-1])
    if path[-1] == "*" and hasattr(around, "clear"):
        around.clear()
    elif hasattr(around, "pop") and path[-1] in around:
        around.pop(path[-1])
