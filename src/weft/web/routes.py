"""Routes whose failures are errors of weft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from weft.errors import understood

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.requests import Request
    from starlette.responses import Response


class Route(APIRoute):
    """Whatever goes wrong becomes an error of weft, so that nothing else is shown or logged of it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with its errors understood."""
        handle = super().get_route_handler()

        async def understanding(request: Request) -> Response:
            try:
                return await handle(request)
            except (HTTPException, RequestValidationError):
                raise
            except Exception as error:
                raise understood(error) from error

        return understanding
