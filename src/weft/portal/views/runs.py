"""Runs, sources, and what happened."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from weft.flow.views.events import EventsView, Wanted
from weft.flow.views.events import events as view_events
from weft.flow.views.runs import RunsView, RunView
from weft.flow.views.runs import run as view_run
from weft.flow.views.runs import runs as view_runs
from weft.flow.views.sources import SourcesView, SourceView
from weft.flow.views.sources import source as view_source
from weft.flow.views.sources import sources as view_sources
from weft.portal.look import Looking
from weft.portal.pages import page, routes

router = routes()


class Asked(BaseModel):
    """The address of a page of events."""

    type: list[str] = []
    subject: str = ""
    actor: str = ""
    since: str = ""
    until: str = ""
    before: int = 0


@page(router, "/runs", "runs.html")
def runs(look: Looking, product: str = "", before: int = 0) -> RunsView:
    """Runs, the newest first."""
    return view_runs(look.world, look.viewer, product, before=before)


@page(router, "/runs/{run}", "run.html")
def run(look: Looking, run: str) -> RunView:
    """One run and what it did to each table."""
    return view_run(look.world, look.viewer, run)


@page(router, "/sources", "sources.html")
def sources(look: Looking, domain: str = "") -> SourcesView:
    """Sources and how they are."""
    return view_sources(look.world, look.viewer, domain)


@page(router, "/sources/{domain}/{source}", "source.html")
def source(look: Looking, domain: str, source: str) -> SourceView:
    """One source and its streams."""
    return view_source(look.world, look.viewer, f"{domain}.{source}")


@page(router, "/events", "events.html")
def events(look: Looking, asked: Annotated[Asked, Query()]) -> EventsView:
    """What happened, the newest first."""
    said = asked.model_dump(exclude={"type", "before"})
    return view_events(look.world, look.viewer, Wanted(types=tuple(asked.type), **said), before=asked.before)
