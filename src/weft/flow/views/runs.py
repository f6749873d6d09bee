"""Runs: what was executed for which product, what came of it, and how far those are that still run."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from weft import catalog
from weft.errors import Unknown
from weft.flow import deeds
from weft.flow.views.access import told
from weft.flow.views.parts import State, Told, Who, owner
from weft.flow.views.product import find
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.views.viewer import Sight
    from weft.model import Event, TableResult
    from weft.seams import World

PAGE = 50
_BATCHES = 1000
"""Batches of a table that progress is counted from."""
_STATES: dict[str, State] = {"succeeded": "good", "held": "watch", "failed": "bad", "broken off": "bad"}


class TableRun(Noun):
    """What a run did to one table."""

    table: str
    state: str = "unchanged"
    """published, held, unchanged, failed, refused; running while it is at it."""
    rows: int = 0
    deleted: int = 0
    """Rows that the source deleted."""
    quarantined: int = 0
    batches: int = 0
    by_reason: dict[str, int] = {}
    """Rows in quarantine by the rule that they break."""
    findings: tuple[Told, ...] = ()
    drift: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    error: str = ""


class RunItem(Noun):
    """A run in a list."""

    id: str
    product: str
    title: str = ""
    owner: Who | None = None
    run: Literal["running", "succeeded", "held", "failed", "broken off"]
    """What became of it; broken off: its process is gone and never said how it ended."""
    state: State
    started: str
    finished: str = ""
    seconds: float | None = None
    """It took, or takes until now."""
    rows: int = 0
    """Good rows that it wrote; so far, when it still runs."""
    quarantined: int = 0
    error: str = ""


class RunsView(Noun):
    """One page of runs, the newest first."""

    items: tuple[RunItem, ...]
    product: str = ""
    """Only of this product; empty = all."""
    may_run: bool = False
    """Whether the viewer may run this product now: owner, stewards and producers of its domain."""
    next: int | None = None
    """Ask for those before this number; none = there are no older ones."""
    behind: int = 0


class RunView(Noun):
    """A run and what it did to each table."""

    run: RunItem
    tables: tuple[TableRun, ...] = ()
    may_run: bool = False
    """Whether the viewer may run the product again."""
    behind: int = 0


def runs(world: World, viewer: Viewer, product: str = "", *, before: int = 0, limit: int = PAGE) -> RunsView:
    """Runs, the newest first.

    Args:
        world: the open mesh.
        viewer: who looks.
        product: `domain.product`; empty = all.
        before: number of an earlier page's `next`; 0 = from the newest.
        limit: runs on a page.

    Raises:
        Unknown: there is no such product.
    """
    with looking(world, viewer) as sight:
        if product:
            find(sight.known, product)
        read = sight.unit.journal.read
        started = read(before, types=("run.started",), subject=product, limit=limit + 1, newest=True)
        return RunsView(
            items=tuple(_item(sight, _of(sight, event)) for event in started[:limit]),
            product=product,
            may_run=bool(product) and deeds.may_run(sight.known, product, viewer.actor),
            next=started[limit - 1].sequence if len(started) > limit else None,
            behind=sight.behind,
        )


def run(world: World, viewer: Viewer, identifier: str) -> RunView:
    """One run by its id.

    Raises:
        Unknown: no run has it.
    """
    with looking(world, viewer) as sight:
        found = _found(sight, identifier)
        if found is None:
            raise Unknown(f"there is no run '{identifier}'", hint="`weft events --type run.started` lists runs.")
        one = _item(sight, found)
        tables = _progress(sight, found) if one.run == "running" else (_table(sight, t) for t in found.tables)
        again = one.product in sight.known.products and deeds.may_run(sight.known, one.product, viewer.actor)
        return RunView(run=one, tables=tuple(tables), may_run=again, behind=sight.behind)


def _found(sight: Sight, identifier: str) -> Run | None:
    """The run of that id, also one that has begun just now and is not counted in yet."""
    found = catalog.run(sight.unit.projections, identifier)
    if found:
        return _now(sight, found)
    begun = sight.unit.journal.read(types=("run.started",), limit=PAGE, newest=True) if sight.behind else ()
    return next((_of(sight, event) for event in begun if event.data.get("run") == identifier), None)


def _now(sight: Sight, one: Run) -> Run:
    """The run as it is: that it has ended may not be counted in yet, and is no reason to call it broken off."""
    if one.state != "running" or _held(sight, one):
        return one
    ended = sight.unit.journal.read(types=("run.finished",), subject=one.product, limit=1, newest=True)
    told = next((event.data.get("result") for event in ended if event.data.get("run") == one.id), None)
    return Run.model_validate(told) if told else one


def _held(sight: Sight, one: Run) -> bool:
    """Whether somebody who lives is at work on its product."""
    holder = sight.unit.leases.holder(f"product:{one.product}")
    return holder is not None and sight.world.alive(holder[0])


def _of(sight: Sight, event: Event) -> Run:
    """The run that began with that event."""
    identifier = str(event.data.get("run") or event.id)
    found = catalog.run(sight.unit.projections, identifier)
    return _now(sight, found or Run(id=identifier, product=event.subject, started=event.at))


def _item(sight: Sight, one: Run) -> RunItem:
    product = sight.known.products.get(one.product)
    state: Any = one.state
    tables: tuple[TableRun, ...] = ()
    if one.state == "running":
        if not _held(sight, one):
            state = "broken off"
        tables = tuple(_progress(sight, one))
    end = datetime.fromisoformat(one.finished) if one.finished else sight.world.clock.now()
    running = state == "broken off"
    return RunItem(
        id=one.id,
        product=one.product,
        title=product.title if product else "",
        owner=owner(sight.known, one.product.partition(".")[0]),
        run=state,
        state=_STATES.get(state, "quiet"),
        started=one.started,
        finished=one.finished,
        seconds=None if running else max(0.0, (end - datetime.fromisoformat(one.started)).total_seconds()),
        rows=sum(t.rows for t in (tables or one.tables)),
        quarantined=sum(t.quarantined for t in (tables or one.tables)),
        error=one.error,
    )


def _progress(sight: Sight, one: Run) -> Iterator[TableRun]:
    """Tables of a run that has not ended, by the batches that it committed."""
    product = sight.known.products.get(one.product)
    for placed in sight.tables(product) if product else ():
        read = sight.unit.journal.read
        events = read(types=("batch.committed",), subject=placed.name.key, limit=_BATCHES, newest=True)
        own = [event.data for event in events if event.data.get("run") == one.id]
        yield TableRun(
            table=str(placed.name),
            state="running" if own else "",
            rows=sum(int(data.get("rows", 0)) for data in own),
            deleted=sum(int(data.get("deleted", 0)) for data in own),
            quarantined=sum(int(data.get("quarantined", 0)) for data in own),
            batches=len(own),
        )


def _table(sight: Sight, result: TableResult) -> TableRun:
    placed = sight.known.tables.get(result.table.key)
    findings = () if placed is None else (told(sight, placed, f.model_dump()) for f in result.findings)
    kept = ("state", "rows", "deleted", "quarantined", "batches", "by_reason", "drift", "vanished", "masked", "error")
    return TableRun(table=str(result.table), findings=tuple(findings), **{name: getattr(result, name) for name in kept})
