"""What every address shares: the open mesh, who asks, what a name looks like, how a view is answered."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response

from weft.flow.views.viewer import Viewer
from weft.model import Noun
from weft.seams import World
from weft.web import Route, site_of, viewer_of

MOST = 2**53 - 1
"""Numbers beyond are not exact everywhere."""
NAME = r"^[^\x00-\x1f/]+$"


def routes(subject: str) -> APIRouter:
    """The addresses of one subject."""
    return APIRouter(route_class=Route, tags=[subject])


def _world(request: Request) -> World:
    return site_of(request).world


As = Header(alias="Weft-As", description="Who asks: id of a person, or service:x.", examples=["ida@messy.example"])
For = Header(alias="Weft-For", description="What for: one of the mesh's purposes.", examples=["reporting"])


def _viewer(request: Request, _as: Annotated[str, As] = "", _for: Annotated[str, For] = "") -> Viewer:
    """`viewer_of` reads the headers; they stand here so that the description tells them."""
    return viewer_of(request)


def _actor(request: Request, _as: Annotated[str, As], _for: Annotated[str, For] = "") -> Viewer:
    return viewer_of(request)


Opened = Annotated[World, Depends(_world)]
Looking = Annotated[Viewer, Depends(_viewer)]
Acting = Annotated[Viewer, Depends(_actor)]
"""Of what changes something or carries a statement: its sender says who it is."""


def named(what: str, example: str) -> Any:
    """A name in the address."""
    return Path(pattern=NAME, description=what, examples=[example])


ProductName = Annotated[str, named("domain.product", "sales.pipeline")]
TableName = Annotated[
    str, named("domain.product.table, with @major for an older major version", "sales.pipeline.opportunities")
]
Domain = Annotated[str, Query(description="Only of this domain; empty = of all.", examples=["sales"])]
Offset = Annotated[int, Query(ge=0, le=MOST, description="How many to leave out from the first on.")]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
Before = Annotated[int, Query(ge=0, le=MOST, description="`next` of the page before; 0 = from the newest.")]
Rows = Annotated[int, Query(ge=0, le=200, description="Rows at most.")]


def answer(view: Noun, status: int = 200, **headers: str) -> Response:
    """A view as JSON; it depends on who asks."""
    headers["Vary"] = "Cookie, Weft-As, Weft-For"
    return Response(view.model_dump_json(), status, headers, media_type="application/json")
