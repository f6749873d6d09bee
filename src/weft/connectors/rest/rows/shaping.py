"""What happens to the records of a page before they become columns: a filter, then changes, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from weft.connectors.rest.rows.record import Record, records
from weft.connectors.rest.rows.touched import reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.connectors.rest.expressions import Template
    from weft.connectors.rest.rows.page import Page

    Change = Callable[[Record], None]


class Transformation(Protocol):
    """A change of each record."""

    def change(self, names: dict[str, Any]) -> Change:
        """What changes a record in place.

        Args:
            names: what expressions may name, of this page; the record is set in it, one after the other.
        """


class Shaping(Struct, frozen=True):
    """A stream's filter and transformations."""

    condition: Template | None = None
    """True for records that are taken; none: all."""
    transformations: tuple[Transformation, ...] = ()

    def apply(self, page: Page, names: Mapping[str, Any]) -> Page:
        """The page with the records that are taken, changed.

        Args:
            page: as it came.
            names: what expressions may name besides `record`.

        Raises:
            Invalid: an expression cannot be computed.
        """
        if self.condition is None and not self.transformations:
            return page
        here = dict(names)
        if self.condition is not None and (read := reader(self.condition)) is not None:
            page = page.replaced([raw for raw in page.records if self._takes({**here, "record": read(raw)})])
            return Shaping(None, self.transformations).apply(page, names)
        changes = [one.change(here) for one in self.transformations]
        kept: list[Any] = []
        for record, raw in zip(records(page.records), page.records, strict=True):
            here["record"] = record
            if not self._takes(here):
                continue
            for change in changes:
                change(record)
            kept.append(record.raw if changes else raw)
        return page.replaced(kept)

    def _takes(self, names: Mapping[str, Any]) -> bool:
        return self.condition is None or bool(self.condition.render(names))
