"""The portal as an application: its pages, its files, and its errors as pages."""

from __future__ import annotations

import logging
import os
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from weft.errors import Fault, Invalid, Unknown, WeftError, understood
from weft.portal import assets, views
from weft.portal.look import Look
from weft.web import Twins, problem, status_of, wants_json
from weft.web.errors import headers_of

if TYPE_CHECKING:
    from fastapi import Request
    from starlette.types import ASGIApp

_LOG = logging.getLogger(__name__)


def application() -> ASGIApp:
    """The portal; asks the site that the guards put into a request's state."""
    app = FastAPI(title="weft portal", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_api_route("/static/{path:path}", assets.serve, methods=["GET", "HEAD"], response_model=None)
    for module in iter_modules(views.__path__):
        app.include_router(import_module(f"{views.__name__}.{module.name}").router)
    for kind in (Exception, WeftError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _failed)
    return Twins(app)


def _failed(request: Request, error: Exception) -> Response:
    """Any error as a page, or as a problem for who wants JSON."""
    known = _known(request, error)
    if isinstance(known, Fault):
        _LOG.error("%s", known.message, exc_info=error.__cause__ if os.environ.get("WEFT_DEBUG") else None)
    status = getattr(error, "status_code", None) or status_of(known)
    if wants_json(request):
        return JSONResponse(
            problem(known, status), status, headers=headers_of(known), media_type="application/problem+json"
        )
    answer = Look(request).page("error.html", status, error=known, status=status)
    answer.headers.update(headers_of(known))
    return answer


def _known(request: Request, error: Exception) -> WeftError:
    if isinstance(error, RequestValidationError):
        wrong = [f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors()]
        return Invalid("the address cannot be read", hint="; ".join(wrong))
    if isinstance(error, HTTPException):
        if error.status_code == 404:  # noqa: PLR2004 - not found
            return Unknown(f"there is no page '{request.url.path}'", hint="Look for what you want from the front page.")
        return Invalid(f"{request.method} is not possible here", hint="Open the page and use what it offers.")
    return understood(error)
