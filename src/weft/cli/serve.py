"""weft serve: the portal and the API."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli.face import AsOption, opened, say
from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.seams import World
    from weft.serve import Served

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
        with needed():
            at = served(port, host)
            with opened(folder) as world:
                serve_at(world, at, actor)


@contextmanager
def needed() -> Iterator[None]:
    """What serves is an extra: without it, say how to get it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in {"babel", "fastapi", "jinja2", "starlette", "uvicorn"}:
            raise
        raise Unavailable(f"{error.name} is not installed", hint="pip install 'weft[portal]'") from None


def served(port: int, host: str = "127.0.0.1") -> Served:
    """Take the address; refuses one that is not of this machine alone, or taken."""
    from weft.serve import Served

    return Served(host, port)


def serve_at(world: World, at: Served, actor: str) -> None:
    """Serve there, and tell the address."""
    from weft.serve import serve

    def ready() -> None:
        say(f"{world.mesh.name} is served at {at.address}   (Ctrl-C stops it)")
        sys.stdout.flush()  # who reads a pipe wants to know now

    serve(world, at, actor, ready)
    say("stopped")
