"""Runs and what happened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, get_args

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from weft.flow import deeds
from weft.flow.views.events import Wanted
from weft.flow.views.events import events as view_events
from weft.flow.views.runs import RunsView, RunView
from weft.flow.views.runs import run as view_run
from weft.flow.views.runs import runs as view_runs
from weft.model import EventType
from weft.portal.look import Looking
from weft.portal.pages import Shown, page, routes
from weft.web import site_of

router = routes()


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
    identifier, execute = deeds.run(look.world, look.form.get("product", ""), look.viewer.actor)
    site_of(look.request).begin(execute)
    return look.done(f"/runs/{identifier}")


@page(router, "/events", "events.html")
def events(look: Looking, asked: Annotated[Asked, Query()]) -> Shown:
    """What happened, the newest first."""
    view = view_events(look.world, look.viewer, asked.wanted())
    return Shown(view, {"asked": asked.model_dump(mode="json", exclude={"before"}), "types": get_args(EventType)})
