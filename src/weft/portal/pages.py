"""How a page is declared: an address, a template, and a function from parameters to what one flow view returns."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from msgspec import Struct, field
from starlette.responses import Response

from weft.web import Route, wants_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.model import Noun
    from weft.portal.look import Look, Part


def routes() -> APIRouter:
    """The addresses of one module of views."""
    return APIRouter(route_class=Route)


class Shown(Struct, frozen=True):
    """A view, and what else its page shows but its twin does not."""

    view: Noun
    parts: Mapping[str, Part | Any] = field(default_factory=dict)


def page(router: APIRouter, address: str, template: str) -> Callable[[Callable[..., Noun | Shown | Response]], Any]:
    """Serve what the function returns: as the page `template`, or as JSON to who wants the twin.

    The function takes `look: Looking` and what FastAPI reads from the address; the template sees the noun as `view`.
    """

    def declared(function: Callable[..., Noun | Shown | Response]) -> Callable[..., Response]:
        @wraps(function)
        def answered(*, look: Look, **parameters: Any) -> Response:
            shown = function(look=look, **parameters)
            if isinstance(shown, Response):
                return shown
            shown = shown if isinstance(shown, Shown) else Shown(shown)
            if wants_json(look.request):
                return Response(
                    shown.view.model_dump_json(),
                    media_type="application/json",
                    headers={"Vary": "Cookie, Accept, Weft-As"},
                )
            return look.page(template, view=shown.view, **shown.parts)

        router.add_api_route(address, answered, methods=["GET", "HEAD"], response_model=None)
        return answered

    return declared
