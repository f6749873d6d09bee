"""Find things: the search, kept up to the applied documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft import catalog
from weft.flow import base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.seams import Unit, World


def find(world: World, text: str, limit: int = 20) -> tuple[catalog.Hit, ...]:
    """Products, tables, columns, terms and whatever else fits, best first."""
    catch_up(world)
    with world.registry.transaction() as unit:
        asked = catalog.Asked(text, lexicon(world, unit))
        return tuple(asked.hit(thing) for thing in unit.search.get(keys(world, unit, asked)[:limit]))


def catch_up(world: World) -> int:
    """Bring the search up to the applied documents; returns how many things changed.

    Raises:
        Invalid: nothing is applied yet.
    """
    with world.registry.transaction() as unit:
        if unit.documents.revision() and unit.search.bookmark() == unit.documents.revision():
            return 0
        known = base.declared(world, unit)
    with world.registry.transaction(write=True) as unit:
        if world.memo["declared"][0] != unit.documents.revision():
            known = base.declared(world, unit)
        return catalog.index(unit, known)


def keys(world: World, unit: Unit, asked: catalog.Asked) -> Sequence[str]:
    """Keys of everything that was found, best first. Everything there is, which nothing ranks, is read once."""
    if asked.alike:
        return asked.keys(unit.search)
    state = unit.search.bookmark()
    if world.memo.get("everything", (None,))[0] != state:
        world.memo["everything"] = (state, asked.keys(unit.search))
    return world.memo["everything"][1]  # type: ignore[no-any-return]  # the memo holds anything


def lexicon(world: World, unit: Unit) -> catalog.Lexicon:
    """The words of the search as they are now; made once for each state of it."""
    state = unit.search.bookmark()
    if world.memo.get("lexicon", (None,))[0] != state:
        world.memo["lexicon"] = (state, catalog.Lexicon(unit.search.words()))
    return world.memo["lexicon"][1]  # type: ignore[no-any-return]  # the memo holds anything
