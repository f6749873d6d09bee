"""The kind `NoPagination`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.paging.base import Paging

if TYPE_CHECKING:
    from weft.connectors.rest.paging.base import Seen


class NoPagination(Paging):
    """Everything is on one page."""

    def after(self, seen: Seen, token: Any) -> Any:
        """None."""
        return None
