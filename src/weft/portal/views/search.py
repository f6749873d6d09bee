"""Find: what fits, with facets to narrow it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel

from weft.flow.views.search import PAGE, Wanted, search
from weft.portal.look import Looking
from weft.portal.pages import Shown, page, routes

router = routes()


class Asked(BaseModel):
    """The address of a search: all of its state."""

    q: str = ""
    kind: list[str] = []
    domain: list[str] = []
    status: list[str] = []
    owner: list[str] = []
    classification: list[str] = []
    freshness: list[str] = []
    quality: list[str] = []
    access: list[str] = []
    offset: int = 0

    def wanted(self) -> Wanted:
        """The same for the view."""
        said: dict[str, Any] = self.model_dump(exclude={"q"})
        return Wanted(text=self.q, **said)


@page(router, "/search", "search.html")
def found(look: Looking, asked: Annotated[Asked, Query()]) -> Shown:
    """What fits, best first."""
    return Shown(search(look.world, look.viewer, asked.wanted()), {"asked": asked.model_dump(), "size": PAGE})
