"""What a figure rests on: its tables, how they are, and what the viewer sees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow.views.measure import leaves, named
from weft.flow.views.parts import State, owner, worst
from weft.flow.views.trust import trust
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Sight
    from weft.model import Metric


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
    late: State = "quiet"
    """Its age against the freshness that the contract promises: good = in time, quiet = nothing is promised."""
    rows: int = 0
    held: bool = False
    """True when a newer version is held back by its checks: the figure is that of the older one."""
    failed: tuple[str, ...] = ()
    """Rules that failed when it was last checked."""
    passed: int = 0
    """Rules that passed."""
    waiting: int = 0
    """Rows in quarantine, which the figure lacks."""
    state: State = "quiet"
    """All of that together, as on the page of the table; watch at best where the viewer sees a part of it."""


def grounds(sight: Sight, metric: Metric) -> tuple[Ground, ...]:
    """Every table of a metric, each once, with the columns that the metric names there."""
    columns: dict[str, frozenset[str]] = {}
    for leaf in leaves(sight.known, metric):
        columns[leaf.table] = columns.get(leaf.table, frozenset()) | named(leaf)
    return tuple(_ground(sight, table, names) for table, names in columns.items())


def _ground(sight: Sight, table: str, names: frozenset[str]) -> Ground:
    placed = sight.known.tables[table]
    decision, health, facts = sight.decide(placed), sight.health(placed), trust(sight, placed)
    masked = {column: mask.kind for column, mask in decision.masks.items() if column.lower() in names}
    who = owner(sight.known, placed.name.domain)
    part = decision.allowed and bool(decision.filters or masked)
    return Ground(
        table=table,
        owner=who.id if who else "",
        allowed=decision.allowed,
        filtered=decision.allowed and bool(decision.filters),
        masked=masked if decision.allowed else {},
        published=health.published,
        fresh=health.fresh,
        late=facts.fresh.state,
        rows=health.rows,
        held=bool(facts.held),
        failed=tuple(f.rule for f in health.failed),
        passed=health.passed,
        waiting=health.waiting,
        state=worst(("watch", facts.state)) if part else facts.state,
    )
