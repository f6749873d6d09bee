"""What of a contract cannot be compiled: told before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from weft.contracts.formats import strptime
from weft.contracts.options import failing
from weft.contracts.shape import check_shape
from weft.contracts.text import ident
from weft.errors import Invalid
from weft.model import Position, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Placed, Property, Table


def problems(table: Table) -> tuple[Problem, ...]:
    """Formats, patterns, bounds and zones of a table that cannot be read, each with its place."""
    return tuple(found for prop in table.properties for found in _property(prop, table))


def unmade(placed: Placed) -> tuple[Problem, ...]:
    """Columns of a contract that its shape SQL does not make: they would always be NULL."""
    if placed.shape.kind != "shape":
        return ()
    shape = check_shape(placed.shape.sql)
    made = {o.name.lower() for o in shape.outputs}
    position = Position(file=placed.shape.path)
    return tuple(
        Problem(
            position=position,
            message=f"the SQL makes no column '{p.name}', which the contract of '{placed.table.name}' has",
            severity="error" if p.required or p.key else "warning",
        )
        for p in placed.table.properties
        if p.name.lower() not in made and not shape.star
    )


def _property(prop: Property, table: Table) -> Iterator[Problem]:
    position = prop.position or table.position or Position(file=table.name)
    try:
        if prop.type in ("date", "timestamp", "time"):
            strptime(str(prop.options.get("format", "")))
            _zone(prop)
        list(failing(prop, ident(prop.name), prop.name))
    except Invalid as error:
        yield Problem(position=position, message=error.message)
    except (TypeError, ValueError) as error:
        yield Problem(position=position, message=f"the options of '{prop.name}' cannot be read: {error}")
    for part in (*prop.properties, *([prop.items] if prop.items else [])):
        yield from (p for p in _property(part, table) if part.type in ("date", "timestamp", "time"))


def _zone(prop: Property) -> None:
    name = prop.options.get("defaultTimezone")
    if name is None:
        return
    try:
        ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise Invalid(f"'{name}' is no time zone that is known, allowed are names such as Europe/Berlin") from None
