"""The kind `CursorPagination`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.paging.base import Paging

if TYPE_CHECKING:
    from weft.connectors.rest.paging.base import Seen


class CursorPagination(Paging):
    """Each page tells the token of the next; the page without one is the last."""

    cursor_value: Template
    """The token: an expression over response, headers, last_record, last_page_size."""

    def after(self, seen: Seen, token: Any) -> Any:
        """What the page tells."""
        if self.stop_condition is not None and self.stop_condition.render(seen.names):
            return None
        # 0 may be a token, false and an empty text mean that there is none.
        value = self.cursor_value.render(seen.names)
        return None if value is None or value is False or value == "" or value in ([], {}) else value
