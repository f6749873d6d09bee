"""Runs and what happened."""

from __future__ import annotations

from concurrent.futures import wait
from datetime import date, timedelta
from typing import Annotated, Literal, get_args
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from weft.errors import Unavailable, Unknown
from weft.flow import deeds
from weft.flow.views.events import Wanted
from weft.flow.views.events import events as view_events
from weft.flow.views.runs import RunsView, RunView
from weft.flow.views.runs import run as view_run
from weft.flow.views.runs import runs as view_runs
from weft.model import EventType
from weft.portal.look import Look, Looking
from weft.portal.pages import Shown, page, routes
from weft.web import site_of

router = routes()
_LOOKS, _LOOK_SECONDS = 50, 0.1
"""How often and how long is waited for a run to begin."""


class Asked(BaseModel):
    """The address of a page of events."""

    type: EventType | Literal[""] = ""
    subject: str = ""
    actor: str = ""
    day: date | Literal[""] = ""
    """UTC; empty = any."""
    since: str = ""
    until: str = ""
    before: int = Field(default=0, ge=0, le=2**53 - 1)

    def wanted(self) -> Wanted:
        """The same for the view."""
        said = self.model_dump(exclude={"type", "day"})
        if self.day:
            said |= {"since": self.day.isoformat(), "until": (self.day + timedelta(days=1)).isoformat()}
        return Wanted(types=(self.type,) if self.type else (), **said)


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
def events(look: Looking, asked: Annotated[Asked, Query()]) -> Shown:
    """What happened, the newest first."""
    view = view_events(look.world, look.viewer, asked.wanted())
    return Shown(view, {"asked": asked.model_dump(mode="json", exclude={"before"}), "types": get_args(EventType)})
