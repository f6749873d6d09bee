"""The facets of what search finds, kept from one search to the next: all that was found is counted each time."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct

from weft import catalog, lineage
from weft.flow import base
from weft.flow.views.healths import healths
from weft.flow.views.parts import State, worst
from weft.flow.views.trust import checks_state, fresh_state, fresh_until
from weft.flow.views.viewer import by_product
from weft.flow.visible import visible
from weft.model import CLASSIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from weft.flow.views.viewer import Sight
    from weft.flow.visible import Visible
    from weft.model import Declared, Placed
    from weft.seams import World

FACETS = ("kind", "domain", "status", "owner", "classification", "freshness", "quality", "access")
"""In the order in which they are shown."""
_KEPT = 16
"""Viewers whose marks are kept."""


@dataclass(frozen=True)
class _Thing:
    """What documents alone say of a thing."""

    domain: str = ""
    status: str = ""
    owner: str = ""
    tables: tuple[Placed, ...] = field(default=(), repr=False)
    """Whose state, classification and access are its own; none = it has neither."""
    classified: bool = True


class _Things(Struct, frozen=True):
    known: Declared
    by_key: Mapping[str, _Thing]
    holding: Mapping[str, list[str]]
    """Keys of the things that show the state of a table, by its key."""


class Marks:
    """The facets of things for one viewer, in the order of FACETS.

    A mark is made when it is first asked for, and anew when something happened to one of its tables, or when a
    promise of one ran out since.
    """

    def __init__(self, things: _Things, seen: Visible) -> None:
        self._things, self._seen = things, seen
        self._lock = Lock()
        self._healths: Mapping[str, catalog.Health] = {}
        self._at: datetime | None = None
        self._states: dict[str, tuple[State, State]] = {}
        self._ends: dict[str, datetime] = {}
        """When the state of a table changes by itself."""
        self._marks: dict[str, tuple[str, ...]] = {}
        self._same: dict[tuple[str, ...], tuple[str, ...]] = {}
        """Equal marks are one: they are counted faster, and take no room."""

    def of(self, sight: Sight, keys: Iterable[str]) -> list[tuple[str, ...]]:
        """The marks of those things, as they are now."""
        with self._lock:
            self._catch_up(sight)
            return [self._marks.get(key) or self._made(sight, key) for key in keys]

    def _catch_up(self, sight: Sight) -> None:
        now, found = sight.world.clock.now(), healths(sight.world, sight.unit)
        stale = {table for table, end in self._ends.items() if end <= now}
        if found is not self._healths:
            stale |= {table for table in self._states if found.get(table) is not self._healths.get(table)}
        if self._at is not None and now < self._at:
            stale = set(self._states)
        for table in stale:
            self._states.pop(table, None)
            self._ends.pop(table, None)
            for key in self._things.holding[table]:
                self._marks.pop(key, None)
        self._healths, self._at = found, now

    def _made(self, sight: Sight, key: str) -> tuple[str, ...]:
        thing = self._things.by_key.get(key)
        kind = key.partition(" ")[0]
        if thing is None:  # documents were applied since the search was brought up
            return (kind, *[""] * (len(FACETS) - 1))
        states = [self._of_table(sight, placed) for placed in thing.tables]
        fresh, judged = (worst(s[n] for s in states) for n in (0, 1)) if states else ("", "")
        strictest = _strictest(sight.world, sight.known, thing.tables) if thing.classified else ""
        access = ""
        if thing.tables:
            access = "read" if any(p in self._seen for p in thing.tables) else "ask"
        mark = (kind, thing.domain, thing.status, thing.owner, strictest, fresh, judged, access)
        self._marks[key] = self._same.setdefault(mark, mark)
        return self._marks[key]

    def _of_table(self, sight: Sight, placed: Placed) -> tuple[State, State]:
        key = placed.name.key
        if key not in self._states:
            health = self._healths.get(key) or catalog.Health(table=key)
            end = fresh_until(sight, placed, health)
            if end is not None:
                self._ends[key] = end
            self._states[key] = fresh_state(sight, placed, health), checks_state(health)
        return self._states[key]


def marks(sight: Sight) -> Marks:
    """Those of the viewer."""
    seen = visible(sight.world, sight.known, sight.who, sight.viewer.purpose)
    kept: OrderedDict[Visible, Marks] = sight.world.memo.setdefault("marks", OrderedDict())
    found = kept.pop(seen, None) or Marks(_things(sight.world, sight.known), seen)
    kept[seen] = found
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return found


def _things(world: World, known: Declared) -> _Things:
    """Made once for each state of the documents."""
    found: _Things | None = world.memo.get("things")
    if found is None or found.known is not known:
        found = world.memo["things"] = _gathered(world, known)
    return found


def _gathered(world: World, known: Declared) -> _Things:
    owners = {name: domain.owner for name, domain in known.domains.items()}
    found: dict[str, _Thing] = {}
    for placed in known.placed:
        domain = placed.name.domain
        thing = _Thing(domain, placed.contract.status, owners.get(domain, ""), (placed,))
        found[f"table {lineage.label(known, placed)}"] = thing
    of_product = by_product(world, known)
    for name, product in known.products.items():
        tables = tuple(of_product.get(name, ()))
        found[f"product {name}"] = _Thing(product.domain, product.status, owners.get(product.domain, ""), tables)
    found |= {f"domain {name}": _Thing(name, owner=of) for name, of in owners.items()}
    found |= {f"source {n}": _Thing(s.domain, owner=owners.get(s.domain, "")) for n, s in known.sources.items()}
    found |= {f"term {key}": _Thing(key.rpartition("/")[0]) for key in known.glossary}
    for name, metric in known.metrics.items():
        base_of = known.tables.get(metric.table)
        found[f"metric {name}"] = _Thing(owner=metric.owner, tables=(base_of,) if base_of else (), classified=False)
    found |= {f"board {name}": _Thing(owner=board.owner) for name, board in known.boards.items()}
    holding: dict[str, list[str]] = defaultdict(list)
    for key, thing in found.items():
        for placed in thing.tables:
            holding[placed.name.key].append(key)
    return _Things(known, found, holding)


def _strictest(world: World, known: Declared, tables: Iterable[Placed]) -> str:
    words = {e.classification for placed in tables for e in base.effective(world, known, placed.name).values()}
    places = [CLASSIFICATIONS.index(w) if w in CLASSIFICATIONS else len(CLASSIFICATIONS) - 1 for w in words]
    return CLASSIFICATIONS[max(places)] if places else ""
