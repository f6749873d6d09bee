"""The kind `PageIncrement`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.paging.base import Paging

if TYPE_CHECKING:
    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.paging.base import Seen


class PageIncrement(Paging):
    """Pages are counted; a page with fewer records than `pageSize` (without it: none) is the last."""

    start_from_page: int = 0
    """Number of the first page."""
    inject_on_first_request: bool = False
    """Whether the first request names its page too."""

    def begin(self, names: Names) -> Any:
        """The first page's number, where it is sent."""
        return self.start_from_page if self.inject_on_first_request else None

    def back(self, token: Any, pages: int, size: int) -> Any:
        """So many less."""
        return max((self.start_from_page if token is None else token) - pages, self.start_from_page)

    def after(self, seen: Seen, token: Any) -> Any:
        """The next number."""
        return None if self.ended(seen) else (self.start_from_page if token is None else token) + 1
