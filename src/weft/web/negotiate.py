"""Which form of a page is wanted: every page has a JSON twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.types import ASGIApp, Receive, Scope, Send

_TWIN = ".json"


class Twins:
    """`/some/page.json` is `/some/page` asked for as JSON; `/index.json` is the front page's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the ending off and remember it."""
        if scope["type"] == "http" and scope["path"].endswith(_TWIN):
            path = scope["path"].removesuffix(_TWIN).removesuffix("/index") or "/"
            scope = {
                **scope,
                "path": path,
                "raw_path": path.encode(),
                "state": {**scope.get("state", {}), "twin": True},
            }
        await self._app(scope, receive, send)


def wants_json(request: HTTPConnection) -> bool:
    """Whether the twin is wanted: by the address, or because JSON is preferred to a page."""
    if request.scope.get("state", {}).get("twin"):
        return True
    wanted = dict(_accepted(request.headers.get("accept", "")))
    return wanted.get("application/json", 0.0) > max(wanted.get("text/html", 0.0), wanted.get("text/*", 0.0))


def _accepted(header: str) -> list[tuple[str, float]]:
    """Media types and how much each is wanted."""
    found = []
    for part in header.split(","):
        kind, *options = (piece.strip() for piece in part.split(";"))
        quality = next((o[2:] for o in options if o.startswith("q=")), "1")
        try:
            found.append((kind.lower(), float(quality)))
        except ValueError:
            continue
    return found
