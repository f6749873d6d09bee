"""Which tables somebody may read: kept for each actor, what documents say of them, and the state of the documents."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weft import policy
from weft.flow import access

if TYPE_CHECKING:
    from datetime import datetime

    from weft.model import Actor, Declared
    from weft.seams import World

_KEPT = 64
"""Actors whose tables are kept."""


@dataclass(frozen=True)
class _Kept:
    known: Declared
    at: datetime
    until: datetime | None
    """When a grant ends, and it must be decided anew; none = never."""
    keys: frozenset[str]


def visible(world: World, known: Declared, who: Actor, purpose: str = "") -> frozenset[str]:
    """Keys of the tables that the actor may read, by the decision of every read."""
    kept: OrderedDict[str, _Kept] = world.memo.setdefault("visible", OrderedDict())
    mark = f"{purpose}|{who.model_dump_json()}"
    now = world.clock.now()
    found = kept.get(mark)
    if found is None or found.known is not known or not _holds(known, found, now):
        keys = (p.name.key for p in known.placed if access.decide(world, known, p, who, purpose).allowed)
        found = _Kept(known, now, _next_end(known, now), frozenset(keys))
    kept[mark] = found
    kept.move_to_end(mark)
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return found.keys


def _holds(known: Declared, found: _Kept, now: datetime) -> bool:
    """Whether time has changed nothing since. A condition may ask for the time: then it holds for this minute."""
    if now < found.at or (found.until is not None and now >= found.until):
        return False
    timed = any("time" in str(rule.parameters) for rule in known.policies)
    return not timed or (now - found.at).total_seconds() < 60  # noqa: PLR2004 - seconds of a minute


def _next_end(known: Declared, now: datetime) -> datetime | None:
    ends = (policy.ends(grant) for grant in known.grants)
    return min((end for end in ends if end is not None and end > now), default=None)
