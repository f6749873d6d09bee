"""Search with facets: what fits, how it is, and whether the viewer may read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import Field

from weft import catalog
from weft.flow import base, find
from weft.flow.views.healths import healths
from weft.flow.views.parts import State, Who, owner, worst
from weft.flow.views.trust import checks_state, fresh_state
from weft.flow.views.viewer import Viewer, looking
from weft.flow.visible import visible
from weft.model import CLASSIFICATIONS, Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.flow.views.viewer import Sight
    from weft.model import Declared, Placed
    from weft.seams import World

PAGE = 20
FACETS = ("kind", "domain", "status", "owner", "classification", "freshness", "quality", "access")
"""In the order in which they are shown."""


class Wanted(Noun):
    """What to look for. A facet's values are alternatives; several facets narrow."""

    text: str = ""
    """Words, or a name."""
    kind: tuple[str, ...] = ()
    """table, product, domain, source, term, metric, board."""
    domain: tuple[str, ...] = ()
    """Names of domains."""
    status: tuple[str, ...] = ()
    """draft, active, deprecated, ..."""
    owner: tuple[str, ...] = ()
    """Id of a person."""
    classification: tuple[str, ...] = ()
    """The strictest of its columns: public, internal, confidential, restricted."""
    freshness: tuple[str, ...] = ()
    """good, watch, bad, quiet."""
    quality: tuple[str, ...] = ()
    """good, watch, bad, quiet."""
    access: tuple[str, ...] = ()
    """read: may be read; ask: may be asked for."""
    offset: int = Field(default=0, ge=0, le=2**53 - 1)
    """How many to leave out from the first on."""
    limit: int = Field(default=PAGE, ge=1, le=500)
    """How many at most."""


class FacetValue(Noun):
    """One value that things have."""

    value: str
    title: str = ""
    """For people; empty = the value itself."""
    count: int
    """Things that have it, of those that all other facets let through."""
    chosen: bool = False


class Facet(Noun):
    """A way to narrow what was found."""

    name: str
    values: tuple[FacetValue, ...]


class Found(Noun):
    """One thing that was found."""

    kind: str
    name: str
    title: str = ""
    description: str = ""
    found: tuple[str, ...] = ()
    """Where each word was found: `name`, `column amount`, `tag pii`."""
    domain: str = ""
    status: str = ""
    owner: Who | None = None
    classification: str = ""
    freshness: State = "quiet"
    quality: State = "quiet"
    access: str = ""
    """read, ask, or empty for what needs no access."""


class SearchView(Noun):
    """One page of what was found."""

    text: str
    items: tuple[Found, ...]
    total: int
    """On all pages."""
    offset: int = 0
    facets: tuple[Facet, ...] = ()
    behind: int = 0
    """Events that what is shown does not know of yet."""


@dataclass(frozen=True)
class _Thing:
    """What documents alone say of a thing."""

    domain: str = ""
    status: str = ""
    owner: str = ""
    classification: str = ""
    tables: tuple[Placed, ...] = field(default=(), repr=False)
    """Whose state and access are its own."""


def search(world: World, viewer: Viewer, wanted: Wanted | None = None) -> SearchView:
    """What fits, best first, with the facets to narrow it by.

    Raises:
        Invalid: nothing is applied yet.
    """
    wanted = wanted or Wanted()
    find.catch_up(world)
    with looking(world, viewer) as sight:
        asked = catalog.Asked(wanted.text, find.lexicon(world, sight.unit))
        keys = asked.keys(sight.unit.search)
        marks = _Marks(sight)
        narrowed = _Narrowed([marks.of(key) for key in keys], wanted)
        fit = [key for key, mark in zip(keys, narrowed.marks, strict=True) if narrowed.passes(mark)]
        page = fit[wanted.offset : wanted.offset + wanted.limit]
        return SearchView(
            text=wanted.text,
            items=tuple(_found(sight, asked.hit(thing), marks.of(thing.key)) for thing in sight.unit.search.get(page)),
            total=len(fit),
            offset=wanted.offset,
            facets=tuple(_facet(sight.known, name, narrowed) for name in FACETS),
            behind=sight.behind,
        )


class _Marks:
    """The facets of things, in the order of FACETS."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._things = _things(sight.world, sight.known)
        self._seen = visible(sight.world, sight.known, sight.who, sight.viewer.purpose)
        self._healths = healths(sight.world, sight.unit)
        self._states: dict[str, tuple[State, State]] = {}

    def of(self, key: str) -> tuple[str, ...]:
        thing = self._things.get(key)
        kind = key.partition(" ")[0]
        if thing is None:  # documents were applied since the search was brought up
            return (kind, *[""] * (len(FACETS) - 1))
        states = [self._of_table(placed) for placed in thing.tables]
        fresh, judged = (worst(s[n] for s in states) for n in (0, 1)) if states else ("", "")
        access = ""
        if thing.tables:
            access = "read" if any(p.name.key in self._seen for p in thing.tables) else "ask"
        return (kind, thing.domain, thing.status, thing.owner, thing.classification, fresh, judged, access)

    def _of_table(self, placed: Placed) -> tuple[State, State]:
        key = placed.name.key
        if key not in self._states:
            health = self._healths.get(key) or catalog.Health(table=key)
            self._states[key] = fresh_state(self._sight, placed, health), checks_state(health)
        return self._states[key]


def _things(world: World, known: Declared) -> Mapping[str, _Thing]:
    """By key; made once for each state of the documents."""
    if world.memo.get("things", (None,))[0] is not known:
        world.memo["things"] = (known, _made(world, known))
    return world.memo["things"][1]  # type: ignore[no-any-return]  # the memo holds anything


def _made(world: World, known: Declared) -> dict[str, _Thing]:
    owners = {name: domain.owner for name, domain in known.domains.items()}
    found: dict[str, _Thing] = {}
    by_product: dict[str, list[Placed]] = {}
    for placed in known.placed:
        by_product.setdefault(str(placed.product), []).append(placed)
        name = str(placed.name) if known.tables[str(placed.name)] is placed else placed.name.key
        domain = placed.name.domain
        strictest = _strictest(world, known, [placed])
        found[f"table {name}"] = _Thing(domain, placed.contract.status, owners.get(domain, ""), strictest, (placed,))
    for name, product in known.products.items():
        tables = by_product.get(name, [])
        strictest = _strictest(world, known, tables)
        owned = owners.get(product.domain, "")
        found[f"product {name}"] = _Thing(product.domain, product.status, owned, strictest, tuple(tables))
    found |= {f"domain {name}": _Thing(name, owner=of) for name, of in owners.items()}
    found |= {f"source {n}": _Thing(s.domain, owner=owners.get(s.domain, "")) for n, s in known.sources.items()}
    found |= {f"term {key}": _Thing(key.rpartition("/")[0]) for key in known.glossary}
    for name, metric in known.metrics.items():
        base_of = known.tables.get(metric.table)
        found[f"metric {name}"] = _Thing(owner=metric.owner, tables=(base_of,) if base_of else ())
    found |= {f"board {name}": _Thing(owner=board.owner) for name, board in known.boards.items()}
    return found


def _strictest(world: World, known: Declared, tables: Iterable[Placed]) -> str:
    words = {e.classification for placed in tables for e in base.effective(world, known, placed.name).values()}
    places = [CLASSIFICATIONS.index(w) if w in CLASSIFICATIONS else len(CLASSIFICATIONS) - 1 for w in words]
    return CLASSIFICATIONS[max(places)] if places else ""


class _Narrowed:
    """The marks of all that was found, and which of them the chosen values let through."""

    def __init__(self, marks: list[tuple[str, ...]], wanted: Wanted) -> None:
        self.marks = marks
        chosen = {n: frozenset(getattr(wanted, name)) for n, name in enumerate(FACETS)}
        self.chosen = {n: values for n, values in chosen.items() if values}

    def passes(self, mark: tuple[str, ...], but: int = -1) -> bool:
        return all(n == but or mark[n] in values for n, values in self.chosen.items())

    def counts(self, place: int) -> Counter[str]:
        """How many things each value of a facet has, of those that the other facets let through."""
        left = self.marks
        if self.chosen.keys() - {place}:
            left = [mark for mark in left if self.passes(mark, but=place)]
        found = Counter(mark[place] for mark in left)
        del found[""]
        for value in self.chosen.get(place, ()):
            found.setdefault(value, 0)
        return found


def _facet(known: Declared, name: str, narrowed: _Narrowed) -> Facet:
    place = FACETS.index(name)
    chosen, count = narrowed.chosen.get(place, ()), narrowed.counts(place)
    ordered = sorted(count, key=lambda value: (-count[value], value))
    values = (FacetValue(value=v, title=_title(known, name, v), count=count[v], chosen=v in chosen) for v in ordered)
    return Facet(name=name, values=tuple(values))


def _title(known: Declared, facet: str, value: str) -> str:
    if facet == "domain" and value in known.domains:
        return known.domains[value].title
    if facet == "owner" and value in known.people:
        return known.people[value].name
    return ""


def _found(sight: Sight, hit: catalog.Hit, mark: tuple[str, ...]) -> Found:
    told = dict(zip(FACETS, mark, strict=True))
    return Found(
        kind=hit.kind,
        name=hit.name,
        title=hit.title,
        description=hit.description,
        found=hit.found,
        domain=told["domain"],
        status=told["status"],
        owner=owner(sight.known, told["domain"]) if told["domain"] else None,
        classification=told["classification"],
        freshness=told["freshness"] or "quiet",
        quality=told["quality"] or "quiet",
        access=told["access"],
    )
