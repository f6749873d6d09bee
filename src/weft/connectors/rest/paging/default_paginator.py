"""The kind `DefaultPaginator`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator

from weft.connectors.rest.paging.base import Paging
from weft.connectors.rest.parts import Part

if TYPE_CHECKING:
    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.paging.base import Seen


class DefaultPaginator(Paging):
    """A strategy, and where its token and size go: the nested way of writing it."""

    pagination_strategy: Annotated[Any, Part("paging")]
    """PageIncrement, OffsetIncrement, CursorPagination."""

    @model_validator(mode="after")
    def _sized(self) -> DefaultPaginator:
        if self.page_size is not None or self.stop_condition is not None:
            raise ValueError("'pageSize' and 'stopCondition' stand in 'paginationStrategy'")
        return self

    def size(self, names: Names) -> int | None:
        """As the strategy says."""
        return self.pagination_strategy.size(names)  # type: ignore[no-any-return]  # a kind of pagination

    def smaller(self, rows: int, names: Names) -> Self:
        """As the strategy says."""
        return self.model_copy(update={"pagination_strategy": self.pagination_strategy.smaller(rows, names)})

    def begin(self, names: Names) -> Any:
        """As the strategy says."""
        return self.pagination_strategy.begin(names)

    def joined(self, token: Any) -> Any:
        """As the strategy says."""
        return self.pagination_strategy.joined(token)

    def back(self, token: Any, pages: int, size: int) -> Any:
        """As the strategy says."""
        return self.pagination_strategy.back(token, pages, size)

    def after(self, seen: Seen, token: Any) -> Any:
        """As the strategy says."""
        return self.pagination_strategy.after(seen, token)
