"""weft serve: the portal and the API."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli.face import AsOption, opened, say
from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.seams import World

PORT = 4600


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft serve ; weft serve messy --port 0 --as sam@messy.example")
    def serve(
        folder: Annotated[Path | None, typer.Argument(help="Folder with mesh.yaml; default: here or above.")] = None,
        port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = PORT,
        host: Annotated[str, typer.Option(help="Address of this machine alone: nobody logs in yet.")] = "127.0.0.1",
        actor: AsOption = "",
    ) -> None:
        """Serve the portal and the API. On this machine alone, until Ctrl-C."""
        with needed(), opened(folder) as world:
            serve_at(world, host, port, actor)


@contextmanager
def needed() -> Iterator[None]:
    """What serves is an extra: without it, say how to get it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in {"babel", "fastapi", "jinja2", "starlette", "uvicorn"}:
            raise
        raise Unavailable(f"{error.name} is not installed", hint="pip install 'weft[portal]'") from None


def serve_at(world: World, host: str, port: int, actor: str) -> None:
    """Serve and tell the address."""
    from weft.serve import Served, serve

    served = Served(host, port)
    serve(world, served, actor, lambda: say(f"{world.mesh.name} is served at {served.address}   (Ctrl-C stops it)"))
    say("stopped")
