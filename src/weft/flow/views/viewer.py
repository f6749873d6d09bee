"""Who looks, and what a view is made from: one transaction for reading, projections nearly caught up."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, field

from weft import catalog, policy
from weft.errors import Unavailable
from weft.flow import access, base
from weft.flow.views.healths import healths
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Actor, DataProduct, Decision, Declared, Placed
    from weft.seams import Unit, World

AT_ONCE = 500
"""Events that are folded at most before something is shown, and in one transaction: others may write in between."""
FOLLOWED = "followed"
"""In a world's memo while a thread folds for all who look: then nobody does it for himself, or waits for it."""


class Viewer(Noun):
    """Who looks, and for what."""

    actor: str
    """Id of a person, `service:x`, `product:domain.product`; a name that nobody has is a stranger."""
    purpose: str = ""
    """One of the mesh's purposes; empty = none named."""


class Sight(Struct, frozen=True):
    """What a view is made from."""

    world: World
    unit: Unit
    known: Declared
    who: Actor
    viewer: Viewer
    behind: int
    """Events that the projections have not seen yet."""
    _decided: dict[str, Decision] = field(default_factory=dict)
    _healths: dict[str, catalog.Health] = field(default_factory=dict)

    def decide(self, placed: Placed) -> Decision:
        """What the viewer may see of a table: the decision of every read."""
        key = placed.name.key
        if key not in self._decided:
            self._decided[key] = access.decide(self.world, self.known, placed, self.who, self.viewer.purpose)
        return self._decided[key]

    def health(self, placed: Placed) -> catalog.Health:
        """What the journal says about a table."""
        key = placed.name.key
        if key not in self._healths:
            self._healths[key] = catalog.health(self.unit.projections, key)
        return self._healths[key]

    def read_all(self) -> None:
        """Read the healths of all tables at once: for who looks at most of them."""
        found = healths(self.world, self.unit)
        for key in (placed.name.key for placed in self.known.placed):
            self._healths.setdefault(key, found.get(key) or catalog.Health(table=key))

    def tables(self, product: DataProduct) -> list[Placed]:
        """The tables of a product, of all offered majors."""
        return by_product(self.world, self.known).get(str(product), [])


def by_product(world: World, known: Declared) -> dict[str, list[Placed]]:
    """Tables by `domain.product`; computed once for each state of the documents."""
    if world.memo.get("tables", (None,))[0] is not known:
        found: dict[str, list[Placed]] = {}
        for placed in known.placed:
            found.setdefault(str(placed.product), []).append(placed)
        world.memo["tables"] = (known, found)
    return world.memo["tables"][1]  # type: ignore[no-any-return]  # the memo holds anything


@contextmanager
def looking(world: World, viewer: Viewer) -> Iterator[Sight]:
    """One look at the mesh. What is read in it is of one state.

    Raises:
        Invalid: nothing is applied yet.
    """
    if FOLLOWED not in world.memo:
        follow(world)
    with world.registry.transaction() as unit:
        known = base.declared(world, unit)
        who = policy.actor(known, viewer.actor)
        yield Sight(world, unit, known, who, viewer, catalog.behind(unit))


def follow(world: World, limit: int = AT_ONCE) -> int:
    """Fold at most so many events; returns how many are left. Somebody who writes is not waited for long."""
    with world.registry.transaction() as unit:
        left = catalog.behind(unit)
    if left:
        try:
            with world.registry.transaction(write=True) as unit:
                catalog.catch_up(unit, limit=limit)
                return catalog.behind(unit)
        except Unavailable:
            return left
    return 0
