"""A mesh as a Python object, in a folder or served elsewhere: the same methods, answers and errors."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Self

from weft.client.answer import Result
from weft.client.ways import Closed, Far, Local
from weft.flow.views.board import BoardView
from weft.flow.views.metric import MetricView
from weft.flow.views.product import ProductView
from weft.flow.views.sample import SampleView
from weft.flow.views.search import SearchView
from weft.flow.views.table import TableView
from weft.flow.views.viewer import Viewer

if TYPE_CHECKING:
    from pathlib import Path

    from weft.client.ways import Way
    from weft.flow.views.runs import RunView
    from weft.flow.views.search import Found
    from weft.model import Run
    from weft.seams import World


class Mesh(AbstractContextManager["Mesh"]):
    """An open mesh; a context manager. Made by `weft.open` and `weft.connect`."""

    def __init__(self, way: Way, name: str, viewer: Viewer) -> None:
        self._way, self._name, self._viewer = way, name, viewer

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<weft.Mesh {self._name} as {self._viewer.actor}>"

    def search(self, text: str, limit: int = 20) -> tuple[Found, ...]:
        """Products, tables, columns and words that fit, the exact name first, then the best fits."""
        return self._way.view(SearchView, self._viewer, text=text, limit=limit).items

    def product(self, name: str) -> ProductView:
        """All there is to know about `domain.product` for somebody who judges it."""
        return self._way.view(ProductView, self._viewer, name)

    def table(self, name: str) -> TableView:
        """The columns of `domain.product.table`, as you see them."""
        return self._way.view(TableView, self._viewer, name)

    def sample(self, name: str, rows: int = 20) -> SampleView:
        """The first rows of `domain.product.table` as you see them, or whom to ask."""
        return self._way.view(SampleView, self._viewer, name, rows=rows)

    def metric(self, name: str) -> MetricView:
        """A metric: figure, definition, and the way back to its rows."""
        return self._way.view(MetricView, self._viewer, name)

    def board(self, name: str) -> BoardView:
        """A board with its tiles, as you may see them."""
        return self._way.view(BoardView, self._viewer, name)

    def ask(self, sql: str, *, actor: str = "", purpose: str = "") -> Result:
        """Ask one SELECT under policy, as `actor` (default: whom the mesh was opened as).

        Raises:
            weft.errors.Invalid: not one SELECT, or a name is unknown.
            weft.errors.Denied: policy refuses a table.
            weft.errors.Unavailable: not published, or a limit is passed.
        """
        given = {"actor": actor or self._viewer.actor, "purpose": purpose or self._viewer.purpose}
        return Result(self._way.ask(Viewer(**given), sql))

    def run_now(self, product: str) -> RunView:
        """Run `domain.product` to its end, as its owner, a steward or producer of its domain; what came of it.

        Raises:
            weft.errors.Denied: you have no such role.
            weft.errors.Conflict: somebody else runs it.
        """
        return self._way.run(self._viewer, product)

    def close(self) -> None:
        """Release what is held: the workers, the registry."""
        way, self._way = self._way, Closed()
        way.close()


class OwnMesh(Mesh):
    """A mesh whose folder is here: it is changed and run too."""

    def __init__(self, world: World, viewer: Viewer) -> None:
        super().__init__(Local(world), world.mesh.name, viewer)

    def __enter__(self) -> Self:
        return self

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

    @property
    def _world(self) -> World:
        world: World = self._way.world  # type: ignore[attr-defined]  # Local, or Closed which says so
        return world


def open(folder: str | Path = ".", *, actor: str = "", purpose: str = "") -> OwnMesh:  # noqa: A001 - weft.open it is
    """Open the mesh in a folder (the one with mesh.yaml).

    Args:
        folder: the mesh's folder.
        actor: id of the person who asks; default: WEFT_AS, else this machine's user.
        purpose: what for: one of the mesh's purposes; empty = none named.
    """
    from weft.mesh import open_world

    world = open_world(folder)
    return OwnMesh(world, Viewer(actor=actor or os.environ.get("WEFT_AS") or world.user, purpose=purpose))


def connect(url: str, *, actor: str = "", purpose: str = "", seconds: float = 300) -> Mesh:
    """Open a mesh that `weft serve` serves: as `open`, but that documents are not applied from here.

    Args:
        url: its address, `http://127.0.0.1:4600`.
        actor: id of the person who asks; default: WEFT_AS, else this machine's user.
        purpose: what for: one of the mesh's purposes; empty = none named.
        seconds: how long to wait for a sign of life.

    Raises:
        weft.errors.Invalid: this is no address.
    """
    from getpass import getuser

    from weft.client.remote import Remote

    remote = Remote(url, seconds)
    who = actor or os.environ.get("WEFT_AS") or os.environ.get("WEFT_USER") or getuser()
    return Mesh(Far(remote), remote.address, Viewer(actor=who, purpose=purpose))
