"""How every table is, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow.views.tables import name_of
from weft.flow.views.trust import Trust, trust
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from weft.seams import World

PAGE = 50
_ORDER = ("bad", "watch", "good", "quiet")


class HealthItem(Noun):
    """How one table is."""

    table: str
    product: str
    """domain.product."""
    trust: Trust


class HealthView(Noun):
    """One page of tables, the worst first, then by name."""

    items: tuple[HealthItem, ...]
    total: int
    offset: int = 0
    domain: str = ""
    behind: int = 0


def health(world: World, viewer: Viewer, domain: str = "", *, offset: int = 0, limit: int = PAGE) -> HealthView:
    """How the tables of the mesh, or of one domain, are."""
    with looking(world, viewer) as sight:
        found = [
            HealthItem(table=name_of(sight.known, p), product=str(p.product), trust=trust(sight, p))
            for p in sight.known.placed
            if domain in ("", p.name.domain)
        ]
        found.sort(key=lambda one: (_ORDER.index(one.trust.state), one.table))
        return HealthView(
            items=tuple(found[offset : offset + limit]),
            total=len(found),
            offset=offset,
            domain=domain,
            behind=sight.behind,
        )
