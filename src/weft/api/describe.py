"""OpenAPI 3.1: what FastAPI knows, what the nouns say of their fields, and how every address fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_type_hints

from fastapi.openapi.utils import get_openapi

from weft.model import Noun
from weft.model.noun import docs
from weft.web import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI
    from fastapi.routing import APIRoute

_ALWAYS = (400, 403, 404, 422, 500, 503)
_POST = (409, 413, 415)
_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong and what to do next (RFC 9457).",
    "required": ["type", "title", "status", "detail", "class", "hint", "problems"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was found, what was allowed, where."},
        "class": {
            "type": "string",
            "enum": ["Invalid", "Unknown", "Denied", "Broken", "Unavailable", "Conflict", "Fault"],
            "description": "The error's class in Python.",
        },
        "hint": {"type": "string", "description": "What to do next."},
        "problems": {"type": "array", "items": {"type": "string"}, "description": "All findings at once."},
    },
    "example": {
        "type": "about:blank",
        "title": "Denied",
        "status": 403,
        "detail": "bo@messy.example may not read finance.ledger.postings: single postings are for finance",
        "class": "Denied",
        "hint": "Ask felix@messy.example, owner of the domain finance, for a Grant.",
        "problems": [],
    },
}


def describe(app: FastAPI, routes: Iterable[APIRoute]) -> dict[str, Any]:
    """The description of all addresses; made once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            summary="Find, judge, understand and use the products of a data mesh.",
            description="Who asks says so in the header Weft-As, and for what in Weft-For. Every answer is what policy "
            "lets that person see; errors are problem documents (RFC 9457).",
            routes=app.routes,
            servers=app.servers,
        )
        schemas = found["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Problem"] = _PROBLEM
        for route in routes:
            for method in route.methods or ():
                _operation(route, method, found["paths"][route.path][method.lower()])
        app.openapi_schema = found
    return app.openapi_schema


def _operation(route: APIRoute, method: str, operation: dict[str, Any]) -> None:
    """Say what its parameters mean and how it fails."""
    hints = get_type_hints(route.endpoint).values()
    said = {k: v for one in hints if isinstance(one, type) and issubclass(one, Noun) for k, v in docs(one).items()}
    for parameter in operation.get("parameters", ()):
        parameter.setdefault("description", said.get(parameter["name"], ""))
    statuses = _ALWAYS + (_POST if method == "POST" else ()) + ((406,) if route.name == "ask" else ())
    for status in statuses:
        operation["responses"][str(status)] = {
            "description": TITLES.get(status, "Refused"),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
