"""Rows: questions under policy, samples, what rules found, what depends on what."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from weft.api.asked import Acting, Domain, Limit, Looking, Offset, Opened, Rows, TableName, answer, named, routes
from weft.api.stream import Wanted, form_of, streamed
from weft.flow import ask as questions
from weft.flow.formats import TYPES
from weft.flow.views.health import PAGE, HealthView, health
from weft.flow.views.lineage import Around, LineageView, lineage
from weft.flow.views.quality import QualityView, RowsView, failing, table_quality
from weft.flow.views.sample import ROWS, SampleView, sample
from weft.model import Limits, Noun

router = routes("rows")
_FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The rows, as they come",
        "content": {kind: {"schema": {}} for kind in TYPES.values()},
        "headers": {"Weft-Ask": {"description": "Id of the question in the audit", "schema": {"type": "string"}}},
    }
}


class Question(Noun):
    """A question."""

    sql: str = Field(min_length=1, max_length=200_000, examples=["SELECT 1 AS one"])
    """One SELECT over tables named `domain.product.table`; `domain.product."table@1"` for an older major version."""
    purpose: str = Field(default="", examples=["reporting"])
    """One of the mesh's purposes; empty = that of the header Weft-For, or none."""
    rows: int = Field(default=2**31, ge=1, le=2**53 - 1)
    """Rows at most; the mesh's own limit holds besides. Passing it is an error, not a cut."""
    seconds: float = Field(default=3600, ge=1, le=86_400)
    """Time at most; the mesh's own limit holds besides."""


@router.post("/ask", responses=_FORMS, response_class=Response)
def ask(
    request: Request,
    world: Opened,
    viewer: Acting,
    question: Question,
    format: Wanted = None,  # noqa: A002 - its name
) -> Response:
    """Ask with SQL: you get what policy lets you see, and the read is recorded.

    The form is that of `format`, else of the header Accept, else JSON. What goes wrong after the first rows were sent
    ends the answer before its end; its last line is then the problem.
    """
    form = form_of(request, format)
    limits = Limits(rows=question.rows, seconds=question.seconds, memory=2**31, bytes=2**53, threads=1024)
    asked = questions.ask(world, question.sql, viewer.actor, question.purpose or viewer.purpose, limits)
    told = {"decisions": [d.model_dump(mode="json") for d in asked.decisions], "notes": asked.notes}
    return streamed(asked.answer, form, asked.id, json.dumps(told))


@router.get("/tables/{name}/sample", response_model=SampleView)
def get_sample(world: Opened, viewer: Looking, name: TableName, rows: Rows = ROWS) -> Response:
    """The first rows as you see them; a refusal is an answer too: whom to ask."""
    return answer(sample(world, viewer, name, rows=rows))


@router.get("/tables/{name}/quality", response_model=QualityView)
def get_quality(world: Opened, viewer: Looking, name: TableName) -> Response:
    """Rules of a table and what they found over time."""
    return answer(table_quality(world, viewer, name))


class Blamed(Noun):
    """Which rows to show."""

    rule: str = Field(min_length=1, examples=["items are known"])
    """Name of a rule."""
    run: str = ""
    """Rows kept of that run's judgement; empty = as they lie now."""
    rows: int = Field(default=ROWS, ge=0, le=200)
    """At most so many."""


@router.get("/tables/{name}/quality/rows", response_model=RowsView)
def get_failing_rows(world: Opened, viewer: Looking, name: TableName, blamed: Annotated[Blamed, Query()]) -> Response:
    """Show rows that break a rule to owner and stewards of the domain."""
    return answer(failing(world, viewer, (name, blamed.rule), blamed.run, rows=blamed.rows))


@router.get("/health", response_model=HealthView)
def get_health(
    world: Opened, viewer: Looking, domain: Domain = "", offset: Offset = 0, limit: Limit = PAGE
) -> Response:
    """How every table is, the worst first."""
    return answer(health(world, viewer, domain, offset=offset, limit=limit))


@router.get("/lineage/{name}", response_model=LineageView)
def get_lineage(
    world: Opened,
    viewer: Looking,
    name: Annotated[
        str, named("A product, table, column, source (domain.source), metric:x or board:x", "sales.pipeline")
    ],
    around: Annotated[Around, Query()],
) -> Response:
    """Where something comes from, whom it reaches, and where to draw that."""
    return answer(lineage(world, viewer, name, around))
