"""What is going on: runs, quarantine, sources, events, dark data, KPIs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from weft.api.asked import (
    Acting,
    Before,
    Domain,
    Limit,
    Looking,
    Opened,
    ProductName,
    Rows,
    TableName,
    answer,
    named,
    routes,
)
from weft.flow import deeds
from weft.flow.views import dark as darkness
from weft.flow.views import events as audit
from weft.flow.views.board import BoardRow, BoardView, board, boards
from weft.flow.views.connectors import ConnectorsView, ConnectorView, connector, connectors
from weft.flow.views.metric import MetricView, metric
from weft.flow.views.quarantine import QuarantineView, TableQuarantine, quarantine, table_quarantine
from weft.flow.views.runs import PAGE, RunsView, RunView, run, runs
from weft.flow.views.sample import ROWS
from weft.flow.views.sources import SourcesView, SourceView, source, sources
from weft.model import Grain, Noun, TableResult, Tile
from weft.web import site_of

router = routes("operate")
_FOLLOWED: dict[str, Any] = {
    "headers": {"Location": {"description": "Address of the run, to follow it.", "schema": {"type": "string"}}}
}


class BoardsView(Noun):
    """The boards."""

    items: tuple[BoardRow, ...]


@router.get("/runs", response_model=RunsView)
def list_runs(
    world: Opened,
    viewer: Looking,
    product: Annotated[str, Query(description="domain.product; empty = all.", examples=["sales.pipeline"])] = "",
    before: Before = 0,
    limit: Limit = PAGE,
) -> Response:
    """Runs, the newest first."""
    return answer(runs(world, viewer, product, before=before, limit=limit))


@router.get("/runs/{name}", response_model=RunView)
def get_run(
    world: Opened, viewer: Looking, name: Annotated[str, named("Id of a run", "20261001T060000-5f3a9c1d")]
) -> Response:
    """A run and what it did to each table, or how far it is."""
    return answer(run(world, viewer, name))


@router.post("/products/{name}/runs", response_model=RunView, status_code=202, responses={202: _FOLLOWED})
def run_product(request: Request, world: Opened, viewer: Acting, name: ProductName) -> Response:
    """Begin a run of a product; for owner, stewards and producers of its domain. 409 while somebody else runs it."""
    identifier, execute = deeds.run(world, name, viewer.actor)
    begun = run(world, viewer, identifier)
    site_of(request).begin(execute)
    return answer(begun, 202, Location=f"/api/v1/runs/{identifier}")


@router.get("/quarantine", response_model=QuarantineView)
def get_quarantine(world: Opened, viewer: Looking, domain: Domain = "") -> Response:
    """Tables with rows in quarantine."""
    return answer(quarantine(world, viewer, domain))


@router.get("/tables/{name}/quarantine", response_model=TableQuarantine)
def get_table_quarantine(world: Opened, viewer: Looking, name: TableName, rows: Rows = ROWS) -> Response:
    """Why rows of a table wait; the rows themselves for owner and stewards."""
    return answer(table_quarantine(world, viewer, name, rows=rows))


@router.post("/tables/{name}/quarantine/replay", response_model=TableResult)
def replay_quarantine(world: Opened, viewer: Acting, name: TableName) -> Response:
    """Send the waiting rows through the contract as it is now; for owner and stewards."""
    return answer(deeds.replay(world, name, viewer.actor))


@router.get("/sources", response_model=SourcesView)
def list_sources(world: Opened, viewer: Looking, domain: Domain = "") -> Response:
    """Sources, their streams and how reading them goes."""
    return answer(sources(world, viewer, domain))


@router.get("/sources/{name}", response_model=SourceView)
def get_source(
    world: Opened, viewer: Looking, name: Annotated[str, named("domain.source", "sales.salesforce")]
) -> Response:
    """A source; its settings, never a secret, for who works with it."""
    return answer(source(world, viewer, name))


@router.get("/connectors", response_model=ConnectorsView)
def list_connectors(world: Opened, viewer: Looking) -> Response:
    """What can be connected."""
    return answer(connectors(world, viewer))


@router.get("/connectors/{name}", response_model=ConnectorView)
def get_connector(world: Opened, viewer: Looking, name: Annotated[str, named("name", "salesforce")]) -> Response:
    """A connector, and the form of its sources."""
    return answer(connector(world, viewer, name))


@router.get("/events", response_model=audit.EventsView)
def list_events(
    world: Opened,
    viewer: Looking,
    wanted: Annotated[audit.Wanted, Query()],
) -> Response:
    """What happened, the newest first, as you may know it."""
    return answer(audit.events(world, viewer, wanted))


@router.get("/dark", response_model=darkness.DarkView)
def get_dark(world: Opened, viewer: Looking, wanted: Annotated[darkness.Wanted, Query()]) -> Response:
    """Data that is collected and that nobody uses or knows."""
    return answer(darkness.dark(world, viewer, wanted))


@router.get("/boards", response_model=BoardsView)
def list_boards(world: Opened, viewer: Looking) -> Response:
    """Boards."""
    return answer(BoardsView(items=boards(world, viewer)))


@router.get("/boards/{name}", response_model=BoardView)
def get_board(world: Opened, viewer: Looking, name: Annotated[str, named("Name of a board", "company")]) -> Response:
    """A board with its tiles, computed as you may see them."""
    return answer(board(world, viewer, name))


@router.get("/metrics/{name}", response_model=MetricView)
def get_metric(
    world: Opened,
    viewer: Looking,
    name: Annotated[str, named("Name of a metric", "gross-margin")],
    by: Annotated[str, Query(description="One of its dimensions.", examples=["region"])] = "",
    grain: Annotated[Grain | None, Query(description="Coarser than its own.")] = None,
) -> Response:
    """A metric: figure, definition, and the way back to its rows."""
    return answer(metric(world, viewer, name, Tile(metric=name, by=by, grain=grain or "") if by or grain else None))
