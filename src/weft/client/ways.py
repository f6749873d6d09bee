"""Two ways to one mesh: in this process, or over HTTP. Both answer with the same nouns."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar, cast

from weft.errors import Unavailable
from weft.flow import deeds
from weft.flow.ask import ask
from weft.flow.views.board import BoardView, board
from weft.flow.views.metric import MetricView, metric
from weft.flow.views.product import ProductView, product
from weft.flow.views.runs import RunView, run
from weft.flow.views.sample import SampleView, sample
from weft.flow.views.search import SearchView, Wanted, search
from weft.flow.views.table import TableView, table
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.client.remote import Remote
    from weft.flow.ask import Asked
    from weft.flow.views.viewer import Viewer
    from weft.seams import World

View = TypeVar("View", bound=Noun)
_LOOK_SECONDS = 0.3


class Way(Protocol):
    """What a mesh is asked."""

    def view(self, kind: type[View], viewer: Viewer, *names: str, **given: Any) -> View:
        """One view of a name, with its parameters."""

    def ask(self, viewer: Viewer, sql: str) -> Asked:
        """One SELECT under policy."""

    def run(self, viewer: Viewer, product: str) -> RunView:
        """Run a product as that person, to its end."""

    def close(self) -> None:
        """Release what is held."""


def _search(world: World, viewer: Viewer, **given: Any) -> SearchView:
    return search(world, viewer, Wanted(**given))


_VIEWS: dict[type[Noun], tuple[Callable[..., Noun], tuple[str, ...]]] = {
    SearchView: (_search, ("search",)),
    ProductView: (product, ("products", "")),
    TableView: (table, ("tables", "")),
    SampleView: (sample, ("tables", "", "sample")),
    MetricView: (metric, ("metrics", "")),
    BoardView: (board, ("boards", "")),
}
"""The call in this process, and the address in the API; the empty part is the name."""


class Local:
    """A mesh in this process."""

    def __init__(self, world: World) -> None:
        self.world = world

    def view(self, kind: type[View], viewer: Viewer, *names: str, **given: Any) -> View:
        """Ask the view itself."""
        return cast("View", _VIEWS[kind][0](self.world, viewer, *names, **given))

    def ask(self, viewer: Viewer, sql: str) -> Asked:
        """Ask under policy."""
        return ask(self.world, sql, viewer.actor, viewer.purpose)

    def run(self, viewer: Viewer, product: str) -> RunView:
        """Run it here."""
        identifier, execute = deeds.run(self.world, product, viewer.actor)
        execute()
        return run(self.world, viewer, identifier)

    def close(self) -> None:
        """End the workers and release the registry."""
        self.world.close()


class Far:
    """A mesh that is served elsewhere."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def view(self, kind: type[View], viewer: Viewer, *names: str, **given: Any) -> View:
        """Ask the API."""
        path = (part or names[0] for part in _VIEWS[kind][1])
        return kind.model_validate_json(self._remote.get(viewer, *path, **given))

    def ask(self, viewer: Viewer, sql: str) -> Asked:
        """Ask the API; the rows come as they are read."""
        return self._remote.ask(viewer, sql)

    def run(self, viewer: Viewer, product: str) -> RunView:
        """Have it run there, and look how far it is until it has ended."""
        found = RunView.model_validate_json(self._remote.post(viewer, "products", product, "runs"))
        while found.run.run == "running":
            time.sleep(_LOOK_SECONDS)
            found = RunView.model_validate_json(self._remote.get(viewer, "runs", found.run.id))
        return found

    def close(self) -> None:
        """Nothing is held."""


class Closed:
    """What a mesh that was closed answers."""

    @property
    def world(self) -> NoReturn:
        """See `view`."""
        self.view()

    def view(self, *_: Any, **__: Any) -> NoReturn:
        """Nothing.

        Raises:
            Unavailable: always.
        """
        raise Unavailable("this mesh was closed", hint="Open it again: weft.open(...).")

    ask = run = view

    def close(self) -> None:
        """It is."""
