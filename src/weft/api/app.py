"""The API as an application: its addresses, its errors as problems, its description."""

from __future__ import annotations

import logging
import os
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from weft.api import change, find, operate, rows
from weft.api.bounded import Bounded
from weft.api.describe import describe
from weft.errors import Fault, Invalid, Unknown, WeftError, understood
from weft.web import problem, status_of
from weft.web.errors import headers_of

if TYPE_CHECKING:
    from fastapi import Request
    from starlette.types import ASGIApp

_LOG = logging.getLogger(__name__)
PREFIX = "/api/v1"


def application() -> ASGIApp:
    """The API; asks the site that the guards put into a request's state."""
    return Bounded(described())


def described() -> FastAPI:
    """The API with its description at `/openapi.json`."""
    app = FastAPI(
        title="weft",
        version="1",
        docs_url=None,
        redoc_url=None,
        root_path_in_servers=False,
        servers=[{"url": PREFIX}],
        generate_unique_id_function=_operation,
    )
    routers = (find.router, rows.router, operate.router, change.router)
    for router in routers:
        app.include_router(router)
    for kind in (Exception, WeftError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _failed)
    app.openapi = partial(describe, app, [r for one in routers for r in one.routes if isinstance(r, APIRoute)])  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app


def _operation(route: APIRoute) -> str:
    """`listProducts` of `list_products`."""
    first, *others = route.name.split("_")
    return first + "".join(map(str.capitalize, others))


def _failed(request: Request, error: Exception) -> JSONResponse:
    known, status, headers = _known(request, error)
    if isinstance(known, Fault):
        _LOG.error("%s", known.message, exc_info=error.__cause__ if os.environ.get("WEFT_DEBUG") else None)
    return JSONResponse(problem(known, status), status, headers=headers, media_type="application/problem+json")


def _known(request: Request, error: Exception) -> tuple[WeftError, int, dict[str, str]]:
    if isinstance(error, RequestValidationError):
        wrong = tuple(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        known: WeftError = Invalid("the request cannot be read", problems=wrong)
        return known, HTTPStatus.BAD_REQUEST, {}
    if isinstance(error, HTTPException):
        what = str(error.detail) if error.detail != HTTPStatus(error.status_code).phrase else ""
        if error.status_code == HTTPStatus.NOT_FOUND:
            known = Unknown(f"there is no address '{request.url.path}'", hint=f"{PREFIX}/openapi.json lists them.")
        else:
            known = Invalid(what or f"{request.method} is not possible here", hint=f"See {PREFIX}/openapi.json.")
        headers: dict[str, Any] = dict(error.headers or {})
        return known, error.status_code, headers
    known = understood(error)
    return known, status_of(known), headers_of(known)
