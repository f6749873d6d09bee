"""Sources, what they hold, and a look into them."""

from __future__ import annotations

from starlette.responses import Response

from weft.flow import deeds
from weft.flow.views.quality import RowsView
from weft.flow.views.sources import SourcesView, SourceView
from weft.flow.views.sources import preview as view_preview
from weft.flow.views.sources import source as view_source
from weft.flow.views.sources import sources as view_sources
from weft.portal.look import Looking
from weft.portal.pages import page, routes

router = routes()


@page(router, "/sources", "sources.html")
def sources(look: Looking, domain: str = "") -> SourcesView:
    """Sources and how they are."""
    return view_sources(look.world, look.viewer, domain)


@page(router, "/sources/{domain}/{source}", "source.html")
def source(look: Looking, domain: str, source: str) -> SourceView:
    """One source and its streams."""
    return view_source(look.world, look.viewer, f"{domain}.{source}")


@router.post("/sources/{domain}/{source}/look", response_model=None)
def look_again(look: Looking, domain: str, source: str) -> Response:
    """See what it holds now."""
    deeds.look(look.world, f"{domain}.{source}", look.viewer.actor)
    return look.done(f"/sources/{domain}/{source}", look.reader.words.gettext("This is what it holds now."))


@page(router, "/sources/{domain}/{source}/rows", "preview.html")
def preview(look: Looking, domain: str, source: str, stream: str) -> RowsView:
    """The first rows of a stream, for who works with it."""
    return view_preview(look.world, look.viewer, f"{domain}.{source}", stream)
