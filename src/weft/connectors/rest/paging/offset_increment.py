"""The kind `OffsetIncrement`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.paging.base import Paging

if TYPE_CHECKING:
    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.paging.base import Seen


class OffsetIncrement(Paging):
    """Records are counted, as many as came; fewer than `pageSize` (without it: none) are the last."""

    inject_on_first_request: bool = False
    """Whether the first request names its offset, 0."""

    def begin(self, names: Names) -> Any:
        """0, where it is sent."""
        return 0 if self.inject_on_first_request else None

    def joined(self, token: Any) -> Any:
        """One less."""
        return max((token or 0) - 1, 0)

    def back(self, token: Any, pages: int, size: int) -> Any:
        """So many less."""
        return max((token or 0) - pages * size, 0)

    def after(self, seen: Seen, token: Any) -> Any:
        """The next offset."""
        return None if self.ended(seen) else (token or 0) + seen.count
