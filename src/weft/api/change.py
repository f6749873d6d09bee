"""Documents: plan and apply a part of the mesh that is sent as an archive or as JSON."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from weft.api.asked import Acting, Opened, answer, routes
from weft.api.upload import KINDS, Upload, unpacked
from weft.flow import base
from weft.flow.changing import PlanView, change
from weft.flow.plan import plan
from weft.mesh import judges
from weft.model import Noun

router = routes("change")
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Upload.model_json_schema(ref_template="#/components/schemas/{model}")},
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
        },
    }
}


async def _body(request: Request) -> bytes:
    return await request.body()


class Part(Noun):
    """Which part of the mesh is sent, and what to do with it."""

    prefix: str = Field(
        default="", pattern=r"^(domains/[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)?)?$", examples=["domains/sales"]
    )
    """domains/sales, domains/sales/pipeline; empty = all of it."""
    dry_run: bool = False
    """Only plan: say what would change."""


@router.post("/apply", response_model=PlanView, openapi_extra=_BODY)
def apply(
    request: Request,
    world: Opened,
    viewer: Acting,
    body: Annotated[bytes, Depends(_body)],
    part: Annotated[Part, Query()],
) -> Response:
    """Make the documents that are sent the applied ones: what is missing below the prefix is retired.

    Send a ZIP or tar archive whose paths begin below the prefix, or JSON. For owner and stewards of the domain, and for
    the council.
    """
    with TemporaryDirectory(dir=world.scratch, prefix="sent-") as folder:
        unpacked(body, request.headers.get("content-type", ""), Path(folder))
        planned = plan(world, judges(), Path(folder), part.prefix)
        known = base.declared(world)
        return answer(change(world, known, planned, viewer.actor, carry_out=not part.dry_run))
