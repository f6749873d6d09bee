"""A mesh as a Python object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from weft.client.answer import Result
from weft.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from weft.catalog import Hit
    from weft.flow.views.board import BoardView
    from weft.model import Run
    from weft.seams import World


class Mesh:
    """An open mesh; a context manager. Made by `weft.open`."""

    def __init__(self, world: World, actor: str) -> None:
        self._opened = world
        self._closed = False
        self._actor = actor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<weft.Mesh {self._opened.mesh.name} as {self._actor}>"

    @property
    def _world(self) -> World:
        if self._closed:
            raise Unavailable("this mesh was closed", hint="Open it again: weft.open(...).")
        return self._opened

    def search(self, text: str, limit: int = 20) -> tuple[Hit, ...]:
        """Products, tables and columns that fit, best first."""
        from weft.flow.find import find

        return find(self._world, text, limit)

    def product(self, name: str) -> dict[str, Any]:
        """What there is to know about `domain.product` or `domain.product.table`."""
        from weft.flow import base
        from weft.flow.show import describe

        return describe(self._world, base.declared(self._world), name)

    def apply(self, *, prune: bool = False) -> int:
        """Apply the documents of the mesh's folder; returns how many changed."""
        from weft.flow.apply import apply
        from weft.flow.plan import plan
        from weft.mesh import judges

        return apply(self._world, plan(self._world, judges(), self._world.folder), prune=prune)

    def run(self, *products: str, full_refresh: bool = False) -> tuple[Run, ...]:
        """Run products (all when none are named): bring in, derive, check, publish."""
        from weft.flow.ingest import Options
        from weft.flow.run import run

        return run(self._world, products, Options(full_refresh=full_refresh))

    def ask(self, sql: str, *, actor: str = "", purpose: str = "") -> Result:
        """Ask one SELECT under policy, as `actor` (default: whom the mesh was opened as).

        Raises:
            weft.errors.Invalid: not one SELECT, or a name is unknown.
            weft.errors.Denied: policy refuses a table.
            weft.errors.Unavailable: not published, or a limit is passed.
        """
        from weft.flow.ask import ask

        return Result(ask(self._world, sql, actor or self._actor, purpose))

    def board(self, name: str, *, actor: str = "", purpose: str = "") -> BoardView:
        """A board of KPIs as `actor` may see it."""
        from weft.flow.views.board import board
        from weft.flow.views.viewer import Viewer

        return board(self._world, Viewer(actor=actor or self._actor, purpose=purpose), name)

    def close(self) -> None:
        """End the workers and release the registry."""
        if not self._closed:
            self._closed = True
            self._opened.close()


def open(folder: str | Path = ".", *, actor: str = "") -> Mesh:  # noqa: A001 - weft.open is what it is
    """Open the mesh in a folder (the one with mesh.yaml).

    Args:
        folder: the mesh's folder.
        actor: id of the person who asks; default: WEFT_AS, else this machine's user.
    """
    import os

    from weft.mesh import open_world

    world = open_world(folder)
    return Mesh(world, actor or os.environ.get("WEFT_AS") or world.user)
