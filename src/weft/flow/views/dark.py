"""Dark data: what sources hold and no product covers, what nobody reads, what people left behind."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from weft import catalog
from weft.flow import dark as deeds
from weft.flow.views.parts import Who, who
from weft.flow.views.viewer import Viewer, looking
from weft.model import DarkKind, Handled, Join, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.views.viewer import Sight
    from weft.model import DataProduct, Placed, SeenStream
    from weft.seams import World

UNREAD_DAYS = 90
"""A table that nobody has read for so many days is dark."""
PAGE = 50

State = Literal["open", "asked", "answered", "adopted", "retired"]


class DarkItem(Noun):
    """One piece of dark data, and the facts that say whether to look at it first."""

    subject: str
    """`stream:domain.source.stream`, `table:domain.product.table` or `product:domain.product`: its name for deeds."""
    kind: DarkKind
    state: State
    """What was done last about it."""
    domain: str
    title: str = ""
    """As people call it; empty = its name."""
    rows: int | None = None
    """none = nobody knows."""
    bytes: int | None = None
    since: str = ""
    """When it was first seen, or last read, UTC; empty = never."""
    days: int | None = None
    """Days from then until now."""
    columns: int = 0
    joins: tuple[Join, ...] = ()
    """Keys of products that its columns name."""
    private: tuple[str, ...] = ()
    """Kinds of likely personal data in it; only for those who answer for it."""
    people: tuple[Who, ...] = ()
    """Who may know it."""
    left: tuple[Who, ...] = ()
    """Who answered for it and has left."""
    handled: Handled = Handled()
    decides: bool = False
    """Whether the viewer may adopt and retire it."""
    undo_days: int | None = None
    """Days for which a retirement can be taken back; none = it is not retired."""


class DarkView(Noun):
    """One page of dark data, what matters most first."""

    items: tuple[DarkItem, ...]
    total: int
    """That fit, on all pages."""
    offset: int = 0
    counts: dict[str, int] = {}
    """By kind, whatever was asked for; retired ones are counted as `retired` only."""
    unseen: tuple[str, ...] = ()
    """Sources that nobody has looked into yet, or that could not be looked into."""
    behind: int = 0
    """Events that what is shown does not know of yet."""


class Wanted(Noun):
    """What to show."""

    kind: DarkKind | None = None
    """Only of this kind."""
    domain: str = ""
    """Only of this domain; empty = all."""
    retired: bool = False
    """The retired ones instead of the others."""
    offset: int = Field(default=0, ge=0, le=2**53 - 1)
    """How many to leave out from the first on."""
    limit: int = Field(default=PAGE, ge=1, le=500)
    """How many at most."""


def dark(world: World, viewer: Viewer, wanted: Wanted | None = None) -> DarkView:
    """What is dark, ranked by size, what it could be joined with, what it gives away and for how long.

    Everybody knows that it is there and how large it is; what it may hold of people only those who answer for it.

    Raises:
        Invalid: nothing is applied yet.
    """
    wanted = wanted or Wanted()
    with looking(world, viewer) as sight:
        sight.read_all()
        found = sorted(_all(sight), key=lambda item: (-_rank(item), item.subject))
        shown = [i for i in found if _fits(i, wanted)]
        kinds = [i.kind if i.state != "retired" else "retired" for i in found]
        return DarkView(
            items=tuple(_seen(i) for i in shown[wanted.offset : wanted.offset + wanted.limit]),
            total=len(shown),
            offset=wanted.offset,
            counts={kind: kinds.count(kind) for kind in ("stream", "unread", "left", "retired")},
            unseen=_unseen(sight),
            behind=sight.behind,
        )


def dark_in(sight: Sight, domain: str) -> int:
    """How much of a domain is dark: what the list of that domain shows."""
    return sum(_fits(item, Wanted(domain=domain)) for item in _all(sight, domain))


def _all(sight: Sight, domain: str = "") -> Iterator[DarkItem]:
    """Everything, or what is of a domain."""
    covered = {(p.source, p.stream) for p in sight.known.placed if p.source}
    keys = catalog.keys(sight.known)
    for seen in catalog.streams(sight.unit.projections):
        here = domain in ("", seen.source.partition(".")[0])
        if here and seen.source in sight.known.sources and (seen.source, seen.name) not in covered:
            named = catalog.joins((c.name for c in seen.columns), keys)
            proven = {(join.column, join.table) for join in seen.joins}
            yield _stream(sight, seen, (*seen.joins, *(j for j in named if (j.column, j.table) not in proven)))
    serving = _serving(sight)
    for placed in sight.known.placed:
        if domain in ("", placed.name.domain) and placed.name.key not in serving and placed.contract.status == "active":
            yield from _unread(sight, placed)
    for product in sight.known.products.values():
        if domain in ("", product.domain):
            yield from _left(sight, product)


def _stream(sight: Sight, seen: SeenStream, joins: tuple[Join, ...]) -> DarkItem:
    domain = seen.source.partition(".")[0]
    item = _item(sight, f"stream:{seen}", "stream", domain, since=seen.first)
    return item.model_copy(
        update={
            "rows": seen.rows,
            "bytes": seen.bytes,
            "columns": len(seen.columns),
            "joins": joins,
            "private": tuple(dict.fromkeys(tag for column in seen.columns for tag in column.tags)),
        }
    )


def _serving(sight: Sight) -> set[str]:
    """Keys of tables that something declared reads: other products, metrics."""
    tables = sight.known.tables
    inputs = {tables[str(name)].name.key for p in sight.known.placed for name in p.shape.inputs if str(name) in tables}
    return inputs | {tables[m.table].name.key for m in sight.known.metrics.values() if m.table in tables}


def _unread(sight: Sight, placed: Placed) -> Iterator[DarkItem]:
    """A published table that nobody outside of its product has read for long."""
    health = sight.health(placed)
    reads = catalog.reads(sight.unit.projections, placed.name.key)
    since = reads.last or health.published
    if not health.published or (_days(sight, since) or 0) < UNREAD_DAYS:
        return
    item = _item(sight, f"table:{placed.name}", "unread", placed.name.domain, since=reads.last)
    facts = {"title": placed.table.business_name, "rows": health.rows, "columns": len(placed.table.properties)}
    yield item.model_copy(update=facts)


def _left(sight: Sight, product: DataProduct) -> Iterator[DarkItem]:
    """A product of which everybody who answered for it has left."""
    domain = sight.known.domains.get(product.domain)
    named = [domain.owner, *domain.stewards] if domain else []
    people = [who(sight.known, one) for one in dict.fromkeys(filter(None, named))]
    if not people or not all(one.left for one in people):
        return
    tables = sight.tables(product)
    item = _item(sight, f"product:{product}", "left", product.domain)
    rows = sum(sight.health(placed).rows for placed in tables)
    columns = sum(len(placed.table.properties) for placed in tables)
    update = {"title": product.title, "rows": rows, "columns": columns, "left": tuple(people)}
    yield item.model_copy(update=update)


def _item(sight: Sight, subject: str, kind: DarkKind, domain: str, *, since: str = "") -> DarkItem:
    done = catalog.handled(sight.unit.projections, subject)
    owner = sight.known.domains[domain]
    people = [who(sight.known, one) for one in dict.fromkeys(filter(None, (owner.owner, *owner.stewards)))]
    gone = _days(sight, done.retired_at)
    return DarkItem(
        subject=subject,
        kind=kind,
        state=_state(done),
        domain=domain,
        since=since,
        days=_days(sight, since),
        people=tuple(one for one in people if not one.left),
        left=tuple(one for one in people if one.left),
        handled=done,
        decides=deeds.may_decide(sight.known, subject, sight.viewer.actor),
        undo_days=None if gone is None else max(deeds.UNDO_DAYS - gone, 0),
    )


def _state(done: Handled) -> State:
    if done.retired_at:
        return "retired"
    if done.adopted:
        return "adopted"
    return "answered" if done.answers else "asked" if done.asked_at else "open"


def _rank(item: DarkItem) -> float:
    # What nobody was ever seen to read has been dark for as long as one can count.
    days = float(item.days) if item.days is not None else 365.0
    tables = {join.table for join in item.joins}
    return catalog.Facts(rows=item.rows or 0, joins=len(tables), tags=len(item.private), days=days).rank


def _fits(item: DarkItem, wanted: Wanted) -> bool:
    kind = wanted.kind in (None, item.kind)
    return kind and wanted.domain in ("", item.domain) and (item.state == "retired") == wanted.retired


def _seen(item: DarkItem) -> DarkItem:
    return item if item.decides else item.model_copy(update={"private": ()})


def _unseen(sight: Sight) -> tuple[str, ...]:
    events = sight.unit.journal.read(types=("source.looked",), newest=True)
    good = {event.subject for event in events if not event.data.get("error")}
    return tuple(sorted(name for name in sight.known.sources if name not in good))


def _days(sight: Sight, at: str) -> int | None:
    return (sight.world.clock.now() - datetime.fromisoformat(at)).days if at else None
