"""What a viewer may know of a table: the one decision of every list and every detail.

Of a table that he may not read a viewer knows that it is there, what it is, who owns it, how it is (fresh, checked,
how many rows) and who to ask. He does not know its rows, values measured in them, rows in quarantine, or its readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import policy, quality
from weft.flow.views.parts import State, Told, Who, owner, worst
from weft.model import Noun
from weft.model.run import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from weft.flow.views.viewer import Sight
    from weft.model import Decision, Placed


class Knows(Noun):
    """What a viewer may know of a table besides that it is there."""

    rows: bool
    """Its published rows, as masks and filters show them."""
    unpublished: bool
    """Rows in quarantine, rows that break a rule, held rows: for owner and stewards of the domain."""
    readers: bool
    """Who reads it, by name: for owner, stewards and the council; others see how many."""
    values: bool
    """Values measured over all its rows: for owner and stewards, and for those who see it whole."""


class Masked(Noun):
    """A column that the viewer does not see as it is."""

    column: str
    mask: str
    """deny (not there at all), null, redact, hash, partial, bucket or year."""
    why: tuple[str, ...] = ()
    """Reasons, one sentence each."""


class Access(Noun):
    """What the viewer sees of a table, or of all tables of a product, and whom to ask for more."""

    state: State
    """good: everything as it is; watch: masked, filtered or in part; quiet: not readable, it can be asked for."""
    allowed: bool
    """May read it; of a product: any of its tables."""
    masks: tuple[Masked, ...] = ()
    filters: tuple[str, ...] = ()
    """Columns by which rows are left out."""
    until: str = ""
    """When it ends, UTC, ISO 8601; empty = open."""
    why: tuple[str, ...] = ()
    """Reasons of the way in, or of the refusal; one sentence each."""
    refused: tuple[str, ...] = ()
    """Of a product: its tables that may not be read."""
    ask: Who | None = None
    """Whom to ask for more; none = nobody is named."""


def knows(sight: Sight, placed: Placed) -> Knows:
    """What the viewer may know of that table."""
    decision = sight.decide(placed)
    answers = bool({"owner", "steward"} & set(sight.who.domains.get(placed.name.domain, ())))
    council = sight.who.known and sight.who.id in sight.known.mesh.council
    return Knows(
        rows=decision.allowed,
        unpublished=answers,
        readers=answers or council,
        values=answers or decision.whole,
    )


def table_access(sight: Sight, placed: Placed) -> Access:
    """What the viewer sees of one table."""
    decision = sight.decide(placed)
    if not decision.allowed:
        why = tuple(r.text for r in decision.reasons if r.effect in ("deny", "note"))
        return Access(state="quiet", allowed=False, why=why, ask=owner(sight.known, placed.name.domain))
    return Access(
        state="good" if decision.whole else "watch",
        allowed=True,
        masks=tuple(
            Masked(column=column, mask=mask.kind, why=tuple(r.text for r in decision.columns.get(column, ())))
            for column, mask in decision.masks.items()
        ),
        filters=tuple(dict.fromkeys(one.column for one in decision.filters)),
        until=_until(sight, placed, decision),
        why=tuple(r.text for r in decision.reasons if r.effect != "deny"),
        ask=owner(sight.known, placed.name.domain),
    )


def product_access(sight: Sight, tables: Iterable[Placed]) -> Access:
    """What the viewer sees of a product's tables together."""
    found = {str(placed.name): table_access(sight, placed) for placed in tables}
    readable = {name: one for name, one in found.items() if one.allowed}
    some: State = "watch" if readable and len(readable) < len(found) else "quiet"
    masks = (
        mask.model_copy(update={"column": f"{name.rpartition('.')[2]}.{mask.column}"})
        for name, one in readable.items()
        for mask in one.masks
    )
    return Access(
        state=worst((some, *(one.state for one in readable.values()))),
        allowed=bool(readable),
        masks=tuple(masks),
        filters=tuple(dict.fromkeys(f"{n.rpartition('.')[2]}.{c}" for n, one in readable.items() for c in one.filters)),
        until=min((one.until for one in readable.values() if one.until), default=""),
        why=tuple(dict.fromkeys(w for one in (readable or found).values() for w in one.why)),
        refused=tuple(name for name in found if name not in readable),
        ask=next((one.ask for one in found.values()), None),
    )


def told(sight: Sight, placed: Placed, finding: Mapping[str, Any]) -> Told:
    """A finding as the viewer may know it: numbers of rows for everybody, values for those who see the rows."""
    rules = {rule.name: rule for rule in quality.rules_of(placed)}
    rule = rules.get(str(finding.get("rule")))
    shown = (rule is not None and rule.type == "library") or knows(sight, placed).values
    kept = Told.model_fields if shown else Told.model_fields.keys() - {"found", "text"}
    return Told(**{name: finding[name] for name in kept if finding.get(name) is not None})


def _until(sight: Sight, placed: Placed, decision: Decision) -> str:
    """The last end of the grants that let in; empty when something without an end does."""
    ways = [r.rule for r in decision.reasons if r.effect == "allow"]
    grants = {g.name: g for g in sight.known.grants if g.domain == placed.name.domain}
    ends: list[datetime | None] = [policy.ends(grants[way]) if way in grants else None for way in ways]
    last = [end for end in ends if end is not None]
    return iso(max(last)) if last and len(last) == len(ends) else ""
