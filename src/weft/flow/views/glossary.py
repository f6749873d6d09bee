"""What words mean, and which tables and columns name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.errors import Unknown
from weft.flow.views.tables import name_of
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Sight
    from weft.seams import World


class TermView(Noun):
    """A word of the business."""

    key: str
    """`term`, or `domain/term` of a domain's own."""
    title: str
    definition: str
    domain: str = ""
    """Empty = everybody's."""
    synonyms: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    """Keys of related terms."""
    used: tuple[str, ...] = ()
    """Tables and columns (`domain.product.table.column`) that name it."""


class GlossaryView(Noun):
    """Words by their titles."""

    terms: tuple[TermView, ...]
    behind: int = 0


def glossary(world: World, viewer: Viewer, domain: str = "", key: str = "") -> GlossaryView:
    """All words, those that hold in a domain, or one.

    Raises:
        Unknown: there is no such word.
    """
    with looking(world, viewer) as sight:
        keys = [k for k in sight.known.glossary if not domain or k.rpartition("/")[0] in ("", domain)]
        if key:
            keys = [k for k in keys if k == key]
            if not keys:
                raise Unknown(f"there is no term '{key}'", hint="`weft search` finds terms by any of their words.")
        terms = sorted((term(sight, k) for k in keys), key=lambda t: (t.title.casefold(), t.key))
        return GlossaryView(terms=tuple(terms), behind=sight.behind)


def term(sight: Sight, key: str) -> TermView:
    """One word: the same in every list."""
    found, domain = sight.known.glossary[key], key.rpartition("/")[0]
    return TermView(
        key=key,
        title=found.title or found.name,
        definition=found.definition,
        domain=domain,
        synonyms=found.synonyms,
        see=tuple(f"{domain}/{s}" if f"{domain}/{s}" in sight.known.glossary else s for s in found.see),
        used=_used(sight).get(key, ()),
    )


def _used(sight: Sight) -> dict[str, tuple[str, ...]]:
    """Tables and columns by the term that they name; computed once for each state of the documents."""
    world, known = sight.world, sight.known
    if world.memo.get("terms", (None,))[0] is not known:
        found: dict[str, list[str]] = {}
        for placed in known.placed:
            name, domain = name_of(sight.known, placed), placed.name.domain
            for key, _ in known.terms(placed.table.definitions, domain):
                found.setdefault(key, []).append(name)
            for prop in placed.table.properties:
                for key, _ in known.terms(prop.definitions, domain):
                    found.setdefault(key, []).append(f"{name}.{prop.name}")
        world.memo["terms"] = (known, {key: tuple(dict.fromkeys(names)) for key, names in found.items()})
    return world.memo["terms"][1]  # type: ignore[no-any-return]  # the memo holds anything
