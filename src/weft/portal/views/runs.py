"""Runs and what happened."""

from __future__ import annotations

from concurrent.futures import wait
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel
from starlette.responses import Response

from weft.errors import Unavailable, Unknown
from weft.flow import deeds
from weft.flow.views.events import EventsView, Wanted
from weft.flow.views.events import events as view_events
from weft.flow.views.runs import RunsView, RunView
from weft.flow.views.runs import run as view_run
from weft.flow.views.runs import runs as view_runs
from weft.portal.look import Look, Looking
from weft.portal.pages import page, routes
from weft.web import site_of

router = routes()
_LOOKS, _LOOK_SECONDS = 50, 0.1
"""How often and how long is waited for a run to begin."""


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


@router.post("/runs", response_model=None)
def run_now(look: Looking) -> Response:
    """Run a product; the page of the run tells how far it is."""
    product = look.form.get("product", "")
    identifier, execute = deeds.run(look.world, product, look.viewer.actor)
    running = site_of(look.request).begin(execute)
    for _ in range(_LOOKS):
        wait([running], _LOOK_SECONDS)
        if _is_told(look, identifier):
            return look.done(f"/runs/{identifier}")
        if running.done():  # whoever was quicker is at work on it: such a run is not told
            raise Unavailable(running.result().error)
    return look.done(f"/runs?{urlencode({'product': product})}", look.reader.words.gettext("It waits for its turn."))


def _is_told(look: Look, identifier: str) -> bool:
    try:
        view_run(look.world, look.viewer, identifier)
    except Unknown:
        return False
    return True


@page(router, "/events", "events.html")
def events(look: Looking, asked: Annotated[Asked, Query()]) -> EventsView:
    """What happened, the newest first."""
    said = asked.model_dump(exclude={"type", "before"})
    return view_events(look.world, look.viewer, Wanted(types=tuple(asked.type), before=asked.before, **said))
