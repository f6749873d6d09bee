"""The kind `AddFields`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import astuple

from weft.connectors.rest.expressions import Template, Tree, said
from weft.connectors.rest.expressions.nodes import Name, Node
from weft.connectors.rest.rows.record import Record
from weft.errors import Invalid
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

_CASTS: dict[str, Callable[[Any], Any]] = {
    "string": said,
    "integer": int,
    "number": float,
    "boolean": lambda value: value not in (False, "", "false", "False", 0, "0"),
}


class AddedField(Kind):
    """One field."""

    path: tuple[str, ...]
    """Keys down to it; objects on the way are made."""
    value: Tree
    """Its value."""
    value_type: Literal["string", "integer", "number", "boolean"] | None = None
    """What it is turned into; none: as it is."""


class AddFields(Kind):
    """Sets fields of each record to values."""

    fields: tuple[AddedField, ...]
    """One after the other; a later one sees what an earlier one set."""
    condition: Template | None = None
    """Only where this is true."""

    def change(self, names: dict[str, Any]) -> Callable[[Record], None]:
        """What sets them; values that do not name the record are computed once."""
        fields = [(field, None if _names_record(field.value) else (_value(field, names),)) for field in self.fields]

        def change(record: Record) -> None:
            if self.condition is not None and not self.condition.render(names):
                return
            for field, known in fields:
                _put(record, field.path, known[0] if known else _value(field, names))

        return change


def _value(field: AddedField, names: dict[str, Any]) -> Any:
    value = field.value.render(names)
    if field.value_type is None or value is None:
        return value
    try:
        return _CASTS[field.value_type](value)
    except (TypeError, ValueError):
        raise Invalid(
            f"the value of the added field '{'.'.join(field.path)}' is no {field.value_type}",
            hint="Mend 'value' or 'valueType' of the transformation.",
        ) from None


def _names_record(tree: Tree) -> bool:
    return any(_speaks(part) for template in tree.templates for part in template.parts)


def _speaks(node: Any) -> bool:
    """Whether a part of an expression names what differs from record to record."""
    if isinstance(node, Name):
        return node.name in ("record", "now")
    if isinstance(node, tuple):
        return any(map(_speaks, node))
    return isinstance(node, Node) and any(map(_speaks, astuple(node)))


def _put(record: Any, path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        inner = record.get(key)
        if not isinstance(inner, dict):
            inner = record[key] = {}
        record = inner
    record[path[-1]] = value
