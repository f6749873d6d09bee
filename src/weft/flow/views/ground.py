"""What a figure rests on: its tables, how they are, and what the viewer sees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft import catalog, policy
from weft.flow import access
from weft.flow.views.measure import leaves, named
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Viewer
    from weft.model import Decision, Declared, Metric
    from weft.seams import Unit, World


class Ground(Noun):
    """A table that a figure rests on."""

    table: str
    """`domain.product.table`, with `@major` when it is an older one."""
    owner: str = ""
    """Owner of its domain, whom one asks for access."""
    allowed: bool = True
    """Whether the viewer may read it."""
    filtered: bool = False
    """True when the viewer sees some of its rows only: the figure is that of these rows."""
    masked: dict[str, str] = {}
    """Kind of mask by column, of the columns that the figure names: it is computed from what the mask shows."""
    published: str = ""
    """When the version that is shown was published; empty = never."""
    fresh: str = ""
    """When a run last said that there is no more to see."""
    rows: int = 0
    held: bool = False
    """True when a newer version is held back by its checks: the figure is that of the older one."""
    failed: tuple[str, ...] = ()
    """Rules that failed when it was last checked."""
    passed: int = 0
    """Rules that passed."""
    waiting: int = 0
    """Rows in quarantine, which the figure lacks."""


def grounds(world: World, unit: Unit, known: Declared, metric: Metric, viewer: Viewer) -> tuple[Ground, ...]:
    """Every table of a metric, each once, with the columns that the metric names there."""
    who = policy.actor(known, viewer.actor)
    columns: dict[str, frozenset[str]] = {}
    for leaf in leaves(known, metric):
        columns[leaf.table] = columns.get(leaf.table, frozenset()) | named(leaf)
    found = []
    for table, names in columns.items():
        placed = known.tables[table]
        decision = access.decide(world, known, placed, who, viewer.purpose)
        found.append(_ground(unit, known, table, decision).model_copy(update=_seen(decision, names)))
    return tuple(found)


def _seen(decision: Decision, names: frozenset[str]) -> dict[str, object]:
    masked = {column: mask.kind for column, mask in decision.masks.items() if column.lower() in names}
    return {
        "allowed": decision.allowed,
        "filtered": bool(decision.filters),
        "masked": masked if decision.allowed else {},
    }


def _ground(unit: Unit, known: Declared, table: str, decision: Decision) -> Ground:
    name = decision.table
    health = catalog.health(unit.projections, name.key)
    domain = known.domains.get(name.domain)
    return Ground(
        table=table,
        owner=domain.owner if domain else "",
        published=health.published,
        fresh=health.fresh,
        rows=health.rows,
        held=unit.publications.held(name.key) is not None,
        failed=tuple(f.rule for f in health.failed),
        passed=health.passed,
        waiting=health.waiting,
    )
