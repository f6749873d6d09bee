"""Who reads a product, when and how much: by name for who answers for it, counted for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft import catalog
from weft.flow.views.access import knows
from weft.flow.views.parts import Who, who
from weft.flow.views.product import find
from weft.flow.views.products import ProductItem, item
from weft.flow.views.tables import name_of
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.catalog import Use
    from weft.flow.views.viewer import Sight
    from weft.seams import World

DAYS = 90
READERS = 100


class Count(Noun):
    """How much something was read."""

    reads: int = 0
    """Questions that policy allowed."""
    refused: int = 0
    looked: int = 0
    """Looks at unpublished rows."""
    readers: int = 0
    """People and programs who were allowed to read."""
    last: str = ""
    """When it was last read or asked for, UTC."""


class DayUse(Noun):
    """One day, UTC."""

    day: str
    count: Count


class TableUse(Noun):
    """One table."""

    table: str
    count: Count


class ReaderUse(Noun):
    """One reader."""

    who: Who
    count: Count
    purposes: tuple[str, ...] = ()
    """For which it was allowed; an empty text = none was named."""


class UsageView(Noun):
    """Use of a product."""

    product: ProductItem
    total: Count
    days: tuple[DayUse, ...] = ()
    """The last 90 days on which it was read, oldest first."""
    tables: tuple[TableUse, ...] = ()
    """Most read first; those that nobody reads too."""
    named: bool
    """Whether the viewer may know who reads it."""
    readers: tuple[ReaderUse, ...] = ()
    """Most reads first, at most 100; empty when the viewer may not know."""
    behind: int = 0


def usage(world: World, viewer: Viewer, name: str) -> UsageView:
    """Use of a product by `domain.product`.

    Raises:
        Unknown: there is no such product.
    """
    with looking(world, viewer) as sight:
        found = find(sight.known, name)
        tables = sight.tables(found)
        by_table = {name_of(sight.known, p): tuple(catalog.uses(sight.unit.projections, p.name.key)) for p in tables}
        uses = [use for some in by_table.values() for use in some]
        named = bool(tables) and all(knows(sight, placed).readers for placed in tables)
        listed = [TableUse(table=table, count=count(some)) for table, some in by_table.items()]
        return UsageView(
            product=item(sight, found),
            total=count(uses),
            days=_days(uses),
            tables=tuple(sorted(listed, key=lambda one: (-one.count.reads, one.table))),
            named=named,
            readers=_readers(sight, uses) if named else (),
            behind=sight.behind,
        )


def count(uses: Iterable[Use]) -> Count:
    """Uses together."""
    found = tuple(uses)
    return Count(
        reads=sum(use.allowed for use in found),
        refused=sum(use.refused for use in found),
        looked=sum(use.looked for use in found),
        readers=len({use.actor for use in found if use.allowed}),
        last=max((use.last for use in found), default=""),
    )


def _days(uses: list[Use]) -> tuple[DayUse, ...]:
    by: dict[str, list[Use]] = {}
    for use in uses:
        by.setdefault(use.day, []).append(use)
    return tuple(DayUse(day=day, count=count(by[day])) for day in sorted(by)[-DAYS:])


def _readers(sight: Sight, uses: list[Use]) -> tuple[ReaderUse, ...]:
    by: dict[str, list[Use]] = {}
    for use in uses:
        by.setdefault(use.actor, []).append(use)
    found = [
        ReaderUse(
            who=who(sight.known, actor),
            count=count(some),
            purposes=tuple(sorted({purpose for use in some for purpose in use.purposes})),
        )
        for actor, some in by.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.count.reads, one.who.id))[:READERS])
