"""What every flow needs: the declared mesh, events, identifiers, time."""

from __future__ import annotations

import gc
import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

from msgspec.structs import replace

from weft import catalog, lineage, spec
from weft.errors import Broken, Conflict, Invalid
from weft.flow import scope
from weft.model import Declared, Effective, Event
from weft.model.run import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.model import EventType, Placed, TableName
    from weft.seams import Connectors, Unit, World

_PARTS = 32
"""Parts of the mesh that are remembered."""
LEASE_SECONDS = 600.0
_MANY = 5_000
"""Documents of a mesh that is large."""
_AT_ONCE = 20_000
"""Events that are folded in one transaction."""


def now(world: World) -> str:
    """The world's time, UTC, ISO 8601 with milliseconds."""
    return iso(world.clock.now())


def new_id(world: World) -> str:
    """A fresh identifier that sorts by time: `20261122T201500-5f3a9c`."""
    return world.clock.now().strftime("%Y%m%dT%H%M%S") + "-" + secrets.token_hex(4)


def declared(world: World, unit: Unit | None = None) -> Declared:
    """The applied documents, resolved; computed once for each revision of them.

    Raises:
        Invalid: nothing is applied yet.
    """
    if unit is None:
        with world.registry.transaction() as opened:
            return declared(world, opened)
    revision = unit.documents.revision()
    if world.memo.get("declared", (None,))[0] != revision:
        documents = unit.documents.all()
        if not documents:
            raise Invalid(
                "no document is applied yet", hint="`weft plan` shows what would be applied, `weft apply` does."
            )
        with _staying(len(documents)):
            found, problems = spec.resolve(documents)
        errors = [p for p in problems if p.severity == "error"]
        if errors:
            raise Broken(f"the applied documents do not resolve: {errors[0]}", hint="`weft check` lists all problems.")
        world.memo["declared"] = (revision, found)
    return world.memo["declared"][1]  # type: ignore[no-any-return]  # the memo holds anything


def declared_connectors(connectors: Connectors, known: Declared) -> Connectors:
    """The known connectors, and those that the mesh describes."""
    manifests = {name: one.manifest for name, one in known.connectors.items()}
    return connectors.beside(manifests) if manifests else connectors


def as_if(world: World, known: Declared) -> World:
    """The world with these documents in the place of the applied ones: for trials that write nothing."""
    with world.registry.transaction() as unit:
        return replace(world, memo={"declared": (unit.documents.revision(), known)})


@contextmanager
def _uncollected() -> Iterator[bool]:
    """Many objects are made of which none is garbage before the end: the collector would look through them in vain.

    Yields whether this is what stopped it.
    """
    stopped = gc.isenabled()
    gc.disable()
    try:
        yield stopped
    finally:
        if stopped:
            gc.enable()


@contextmanager
def _staying(documents: int) -> Iterator[None]:
    """Of many documents millions of objects are made that stay: no later collection is to stop a page for seconds."""
    if documents < _MANY:
        yield
        return
    with _uncollected() as stopped:
        yield
    if stopped:
        gc.freeze()


def declared_around(world: World, unit: Unit, products: Iterable[str], *, readers: bool = False) -> Declared:
    """The part of the mesh that these products need; what is known of them is what `declared` knows.

    Args:
        world: the open mesh.
        unit: a transaction.
        products: `domain.product`; what is no product is left out.
        readers: with the products that name them.
    """
    revision = unit.documents.revision()
    if world.memo.get("declared", (None,))[0] == revision or not scope.known(unit):
        return declared(world, unit)
    key = (revision, frozenset(products), readers)
    parts: dict[Any, Declared] = world.memo.setdefault("parts", {})
    if key not in parts:
        wanted = set(products)
        own = unit.documents.below(f"domains/{p.replace('.', '/', 1)}" for p in wanted)
        missing = wanted - {scope.product(d.path) for d in own}
        moved, others = scope.lost(unit, missing) if missing else (set(), ())
        wanted |= moved
        if readers:
            wanted |= {scope.product(d.path) for d in scope.naming(unit, own)} - {""}
        found, _ = spec.resolve(scope.around(unit, wanted))
        _bound(parts)
        parts[key] = found.model_copy(update={"others": others})
    return parts[key]


def declared_of(world: World, name: str) -> Declared:
    """What there is to know about a product, or a table (`domain.product.table`); about all when it is neither."""
    parts = name.lower().split(".")
    if len(parts) < 2:  # noqa: PLR2004 - domain.product
        return declared(world)
    with world.registry.transaction() as unit:
        return declared_around(world, unit, [".".join(parts[:2])], readers=True)


def effective(world: World, known: Declared, name: TableName) -> dict[str, Effective]:
    """Protection of each column of a table after inheritance through lineage."""
    held: dict[int, Any] = world.memo.setdefault("effective", {})
    if id(known) not in held or held[id(known)][0] is not known:
        _bound(held)
        held[id(known)] = (known, lineage.effective(known))
    return held[id(known)][1].get(name.key, {})  # type: ignore[no-any-return]  # the memo holds anything


def _bound(held: dict[Any, Any]) -> None:
    """Make room in a memo for one more."""
    while len(held) >= _PARTS:
        held.pop(next(iter(held)))


def quiet_columns(world: World, known: Declared, placed: Placed) -> tuple[str, ...]:
    """Columns that stay out of statistics: personal data, and what is classified above internal."""
    protection = effective(world, known, placed.name)
    return tuple(
        name
        for name, e in protection.items()
        if e.classification in {"confidential", "restricted"} or any(t.lower().startswith("pii") for t in e.tags)
    )


def quiet_in_source(world: World, known: Declared, placed: Placed) -> frozenset[str] | None:
    """Names in a table's source, lower case, of what reaches its quiet columns; none = it cannot be told."""
    quiet = set(quiet_columns(world, known, placed))
    if placed.shape.kind != "shape":
        columns = [p for p in placed.table.properties if p.name in quiet]
        return frozenset(name.lower() for p in columns for name in (p.name, p.source_name))
    traced = lineage.columns(placed.shape.sql, {placed.shape.stream: ()})
    origins = [traced.get(name.lower()) for name in quiet]
    if any(found is None for found in origins):
        return None
    return frozenset(column.lower() for found in origins for _, column in found or ())


def event(world: World, kind: EventType, subject: str, data: dict[str, Any], *, key: str = "") -> Event:
    """An event now, by the world's user; `key` makes its id (fresh when empty)."""
    actor = str(data.pop("actor", world.user))
    return Event(type=kind, id=f"{kind}:{key or new_id(world)}", at=now(world), actor=actor, subject=subject, data=data)


def tell(world: World, *events: Event) -> None:
    """Append events to the journal in a transaction of their own."""
    with world.registry.transaction(write=True) as unit:
        unit.journal.append(events)


def caught_up(world: World) -> None:
    """Bring the projections up to the journal's head, piece by piece, so that others may write in between."""
    with world.registry.transaction() as unit:
        behind = catalog.behind(unit)
    while behind:
        with world.registry.transaction(write=True) as unit, _uncollected():
            catalog.catch_up(unit, limit=_AT_ONCE)
            behind = catalog.behind(unit)


def rebuild(world: World) -> None:
    """Drop all projections and fold the journal again; who reads one meanwhile goes on with that first."""
    with world.registry.transaction(write=True) as unit:
        for fold in catalog.FOLDS:
            unit.projections.drop(fold.name)
    caught_up(world)


def every_event(unit: Unit, types: tuple[EventType, ...], subject: str = "", after: int = 0) -> Iterator[Event]:
    """All events of these types after that sequence number, oldest first, read in pieces."""
    while batch := unit.journal.read(after, types=types, subject=subject, limit=1000):
        yield from batch
        after = batch[-1].sequence


def _worker(owner: str) -> str:
    """A holder of a lease (host/pid/...) for people."""
    host, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    return f"process {pid} on {host}" if pid.isdigit() else owner


def _worked_on(name: str, who: str, left: float) -> Conflict:
    return Conflict(
        f"{name.replace(':', ' ')} is being worked on by {_worker(who)}",
        hint=f"Wait until it is done (its lease ends in at most {left:.0f} s), then run again.",
    )


class Held:
    """A lease as a context: others are told who holds it; a dead holder's lease is taken over.

    It belongs to this context alone: another thread of the process is told like another process.
    """

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.owner = f"{world.owner}#{secrets.token_hex(4)}"

    def __enter__(self) -> Self:
        self.renew()
        self._before = _HELD.set(self)
        return self

    def renew(self) -> None:
        """Take or prolong it.

        Raises:
            Conflict: somebody else holds it; names who and for how long.
        """
        with self.world.registry.transaction(write=True) as unit:
            holder = unit.leases.holder(self.name)
            if holder and not self.world.alive(holder[0]):
                unit.leases.release(self.name, holder[0])
            if unit.leases.acquire(self.name, self.owner, LEASE_SECONDS):
                return
            raise _worked_on(self.name, *(unit.leases.holder(self.name) or ("another run", 0.0)))

    def __exit__(self, *_: object) -> None:
        _HELD.reset(self._before)
        with self.world.registry.transaction(write=True) as unit:
            unit.leases.release(self.name, self.owner)


_HELD: ContextVar[Held | None] = ContextVar("held", default=None)


def renew() -> None:
    """Prolong the lease that this context holds, if it holds one; long work does so at every step.

    Raises:
        Conflict: it ran out, and somebody else has taken it.
    """
    held = _HELD.get()
    if held:
        held.renew()
