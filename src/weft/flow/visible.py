"""Which tables somebody may read: kept for each actor, what documents say of them, and the state of the documents."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from weft import policy
from weft.flow import access

if TYPE_CHECKING:
    from datetime import datetime

    from weft.model import Actor, Declared, Placed
    from weft.seams import World

_KEPT = 64
"""Actors whose tables are kept."""


class Visible:
    """Tables that one actor may read, by the decision of every read; each is decided when it is first asked for."""

    def __init__(self, world: World, known: Declared, who: Actor, purpose: str) -> None:
        self._world, self.known, self._who, self._purpose = world, known, who, purpose
        self._at = world.clock.now()
        self._until = _next_end(known, self._at)
        self._timed = any("time" in str(rule.parameters) for rule in known.policies)
        self._allowed: dict[str, bool] = {}

    def __contains__(self, placed: Placed) -> bool:
        key = placed.name.key
        found = self._allowed.get(key)
        if found is None:
            found = access.decide(self._world, self.known, placed, self._who, self._purpose).allowed
            self._allowed[key] = found
        return found

    def holds(self, now: datetime) -> bool:
        """Whether time has changed nothing since. A condition may ask for the time: then it holds for this minute."""
        if now < self._at or (self._until is not None and now >= self._until):
            return False
        return not self._timed or (now - self._at).total_seconds() < 60  # noqa: PLR2004 - seconds of a minute


def visible(world: World, known: Declared, who: Actor, purpose: str = "") -> Visible:
    """The tables that the actor may read; the same as long as nothing has changed."""
    kept: OrderedDict[str, Visible] = world.memo.setdefault("visible", OrderedDict())
    mark = f"{purpose}|{who.model_dump_json()}"
    found = kept.pop(mark, None)
    if found is None or found.known is not known or not found.holds(world.clock.now()):
        found = Visible(world, known, who, purpose)
    kept[mark] = found
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return found


def _next_end(known: Declared, now: datetime) -> datetime | None:
    ends = (policy.ends(grant) for grant in known.grants)
    return min((end for end in ends if end is not None and end > now), default=None)
