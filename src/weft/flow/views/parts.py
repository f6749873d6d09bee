"""Parts that several views share: people, states, and what a rule found."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from weft import quality
from weft.errors import Invalid
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.flow.views.viewer import Sight
    from weft.model import Declared, Placed

State = Literal["good", "watch", "bad", "quiet"]
"""good: as promised; watch: look at it; bad: a promise is broken; quiet: nothing is promised, or nothing is there."""
_WORST: tuple[State, ...] = ("bad", "watch", "good", "quiet")


class Who(Noun):
    """Somebody, for people."""

    id: str
    """E-mail, `service:x`, `team:x`, `product:domain.product`."""
    name: str = ""
    """As people call them; empty = nobody said."""
    left: bool = False
    """No longer active, or no document names them any more."""


class Told(Noun):
    """What a rule found, as this viewer may know it."""

    rule: str
    column: str = ""
    severity: str = "error"
    passed: bool = False
    found: float | None = None
    """Measured value; none = not measured, or not for this viewer."""
    allowed: str = ""
    text: str = ""
    """One sentence; empty = not for this viewer, who sees no values of this table."""


def worst(states: Iterable[State]) -> State:
    """The state that matters most: bad before watch before good; quiet when there is nothing else."""
    found = set(states)
    return next((state for state in _WORST if state in found), "quiet")


def who(known: Declared, identifier: str) -> Who:
    """Somebody by id."""
    kind, _, rest = identifier.partition(":")
    if kind == "team" and rest:
        return Who(id=identifier, name=rest, left=rest not in known.teams)
    if kind == "service" and rest:
        account = known.services.get(rest)
        return Who(id=identifier, name=rest, left=account is None or not account.active)
    if kind == "product" and rest:
        product = known.products.get(rest)
        return Who(id=identifier, name=product.title if product else rest, left=product is None)
    person = known.people.get(identifier)
    return Who(id=identifier, name=person.name if person else "", left=person is None or not person.active)


def owner(known: Declared, domain: str) -> Who | None:
    """Owner of a domain; none = nobody is named."""
    found = known.domains.get(domain)
    return who(known, found.owner) if found and found.owner else None


def seconds_since(sight: Sight, at: str) -> int | None:
    """Seconds from a time of the journal until now; none when there is no time."""
    if not at:
        return None
    return max(0, int((sight.world.clock.now() - datetime.fromisoformat(at)).total_seconds()))


def hours_promised(placed: Placed, *levels: str) -> float | None:
    """What the contract's slaProperties promise under one of these names, in hours; none = nothing that can be read."""
    for level in placed.contract.sla:
        about = level.element.partition(".")[0]
        if level.property.lower() in levels and about in ("", placed.table.name):
            try:
                return quality.hours(f"{level.value}{level.unit}", level.property)
            except Invalid:
                return None
    return None
