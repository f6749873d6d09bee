"""How many records a whole list has, where an answer tells it beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weft.connectors.rest.rows.page import Page

_NAMES = (
    *("total", "totalSize", "totalCount", "total_count", "totalResults", "total_results"),
    *("totalRecords", "totalElements", "@odata.count"),
)
_HOLDERS = ("meta", "pagination", "paging", "page")


def total(page: Page) -> int | None:
    """The number that the answer gives under a usual name; none = it gives none."""
    told = page.response
    if not isinstance(told, Mapping):
        return None
    places = [told, *(held for name in _HOLDERS if isinstance(held := told.get(name), Mapping))]
    found = (place.get(name) for place in places for name in _NAMES)
    return next((n for n in found if isinstance(n, int) and not isinstance(n, bool)), None)
