"""Where data comes from and who is hurt when it is late."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from weft.flow.views.lineage import Around, lineage
from weft.portal.look import Look, Looking
from weft.portal.pages import Shown, page, routes
from weft.portal.views.product import Named, head_of

router = routes()


class Part(BaseModel):
    """Which part is drawn."""

    by: Literal["product", "table", "column"] = "product"
    up: int = Field(1, ge=-1, le=50)
    down: int = Field(1, ge=-1, le=50)


Drawn = Annotated[Part, Query()]


@page(router, "/p/{domain}/{product}/lineage", "product_lineage.html")
def of_product(look: Looking, which: Named, part: Drawn, table: str = "") -> Shown:
    """Around a product."""
    name = f"{which.name}.{table}" if table and part.by != "product" else which.name
    shown = _around(look, name, part)
    return Shown(shown.view, {**shown.parts, "head": head_of(look, which), "table": "", "extra": {}})


@page(router, "/lineage", "lineage.html")
def of_anything(look: Looking, of: str, part: Drawn) -> Shown:
    """Around a source, a metric, a table or a column."""
    shown = _around(look, of, part)
    return Shown(shown.view, {**shown.parts, "extra": {"of": of}})


def _around(look: Look, name: str, part: Part) -> Shown:
    asked: dict[str, Any] = part.model_dump()
    view = lineage(look.world, look.viewer, name, Around(**asked))
    return Shown(view, {"asked": asked, "boxes": {node.id: node for node in view.nodes}})
