"""Search with facets: what fits, how it is, and whether the viewer may read it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pydantic import Field

from weft import catalog
from weft.flow import find
from weft.flow.views.marks import FACETS, marks
from weft.flow.views.parts import State, Who, owner
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Sight
    from weft.model import Declared
    from weft.seams import World

PAGE = 20


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


def search(world: World, viewer: Viewer, wanted: Wanted | None = None) -> SearchView:
    """What fits, best first, with the facets to narrow it by.

    Raises:
        Invalid: nothing is applied yet.
    """
    wanted = wanted or Wanted()
    find.catch_up(world)
    with looking(world, viewer) as sight:
        asked = catalog.Asked(wanted.text, find.lexicon(world, sight.unit))
        keys = find.keys(world, sight.unit, asked)
        found = marks(sight).of(sight, keys)
        narrowed = _Narrowed(found, wanted)
        fit = [(key, mark) for key, mark in zip(keys, found, strict=True) if mark in narrowed.fit]
        page = dict(fit[wanted.offset : wanted.offset + wanted.limit])
        return SearchView(
            text=wanted.text,
            items=tuple(_found(sight, asked.hit(one), page[one.key]) for one in sight.unit.search.get([*page])),
            total=len(fit),
            offset=wanted.offset,
            facets=tuple(_facet(sight.known, name, narrowed) for name in FACETS),
            behind=sight.behind,
        )


class _Narrowed:
    """The marks of all that was found, and which of them the chosen values let through."""

    def __init__(self, marks: list[tuple[str, ...]], wanted: Wanted) -> None:
        self.count = Counter(marks)
        chosen = {n: frozenset(getattr(wanted, name)) for n, name in enumerate(FACETS)}
        self.chosen = {n: values for n, values in chosen.items() if values}
        self.fit = {mark for mark in self.count if self.passes(mark)}

    def passes(self, mark: tuple[str, ...], but: int = -1) -> bool:
        return all(n == but or mark[n] in values for n, values in self.chosen.items())

    def counts(self, place: int) -> dict[str, int]:
        """How many things each value of a facet has, of those that the other facets let through."""
        found = dict.fromkeys(self.chosen.get(place, ()), 0)
        for mark, times in self.count.items():
            if mark[place] and self.passes(mark, but=place):
                found[mark[place]] = found.get(mark[place], 0) + times
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
