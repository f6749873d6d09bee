"""What all kinds of pagination share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct

from weft.connectors.rest.cursors.base import FieldPath
from weft.connectors.rest.expressions import Template
from weft.connectors.rest.manifest.option import MaybeOption
from weft.errors import Invalid
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.expressions import Names


class Seen(Struct, frozen=True):
    """A page that was read."""

    count: int
    """Records in it, before any filter."""
    names: Names
    """response, headers, last_record, last_page_size and what always is."""


class Paging(Kind):
    """How a list goes on: a token for each page, none when there is no further one."""

    page_size: Template | None = None
    """Records of a page: a number or an expression."""
    page_token_option: MaybeOption = None
    """Where the token goes; none: an expression uses `next_page_token.next_page_token`."""
    page_size_option: MaybeOption = None
    """Where the page's size goes."""
    stop_condition: Template | None = None
    """An expression that is true on the last page; with it a short or empty page is no end."""

    distinct: FieldPath = ()
    """A field that no two records of a list share, said where the system gives its pages in no certain order: a record
    that comes twice tells that another did not come, and the list is read again until all have come."""

    def size(self, names: Names) -> int | None:
        """Records of a page.

        Raises:
            Invalid: it is no number.
        """
        value = None if self.page_size is None else self.page_size.render(names)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Invalid(
                "'pageSize' is no whole number", hint="Mend the manifest, or the source's configuration that it names."
            ) from None

    def smaller(self, rows: int, names: Names) -> Self:
        """The same with pages of at most so many records, where requests say how many."""
        size = self.size(names)
        return self if size is None or size <= rows else self.model_copy(update={"page_size": Template(rows)})

    def begin(self, names: Names) -> Any:
        """The token of the first page; none = nothing is sent."""
        return None

    def after(self, seen: Seen, token: Any) -> Any:
        """The token of the next page.

        Args:
            seen: the page that was read.
            token: its own.

        Returns:
            None when it was the last.
        """
        raise NotImplementedError

    def joined(self, token: Any) -> Any:
        """The token of a page that begins with the record before; none: records are not counted."""
        return None

    def back(self, token: Any, pages: int, size: int) -> Any:
        """The token of the page that begins so many pages of that size before, or is the first; none: not counted."""
        return None

    def ended(self, seen: Seen) -> bool:
        """Whether a page that counts its records was the last."""
        if self.stop_condition is not None:
            return bool(self.stop_condition.render(seen.names))
        size = self.size(seen.names)
        return seen.count < size if size else not seen.count
