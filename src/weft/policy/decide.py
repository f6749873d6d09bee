"""One decision for every way to the data: what may this actor see of this table, and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct, field

from weft.errors import Invalid, WeftError
from weft.model import CLASSIFICATIONS, Comparison, Decision, Effective, Mask, Reason
from weft.policy.access import NOTHING, Access, Wish, access, table_classification
from weft.policy.masks import NULL, combine, protection
from weft.policy.match import spread, table_tags
from weft.policy.obligation import Obligation, Seen, Subject
from weft.policy.rules import Ruling, rulings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from weft.model import Actor, Declared, Placed


class Context(Struct, frozen=True):
    """What a decision depends on besides actor and table."""

    now: datetime
    """UTC with zone; grants end by it."""
    effective: Mapping[str, Effective]
    """Protection of each column of the table after inheritance; a column that is missing here is not shown."""
    purpose: str = ""
    """One of the mesh's purposes; empty = none named."""


def decide(declared: Declared, placed: Placed, actor: Actor, context: Context) -> Decision:
    """What the actor may see of the table.

    Ways in are the actor's own domain, grants, roles of the contract and the mesh's stance; policies only narrow.
    Whatever cannot be evaluated refuses the read.

    Raises:
        Invalid: the purpose is not one of the mesh.
    """
    purpose = context.purpose
    if purpose and purpose not in declared.mesh.purposes:
        listed = ", ".join(declared.mesh.purposes) or "none"
        raise Invalid(f"'{purpose}' is not a purpose of this mesh, known are {listed}", hint="mesh.yaml lists them.")
    way = access(declared, Wish(placed, actor, purpose, context.now))
    gathered = _Gathered(list(way.reasons), frozenset(prop.name for prop in placed.table.properties))
    if way.limit > NOTHING:
        subject = subject_of(placed, actor, context)
        _by_classification(gathered, way, subject, context.effective)
        for ruling in rulings(declared, placed.name.domain):
            _by_policy(gathered, ruling, subject)
    return _decision(gathered, placed, actor, purpose)


class _Gathered(Struct):
    """What has been found so far."""

    reasons: list[Reason]
    known: frozenset[str]
    """Names of the table's columns."""
    columns: dict[str, list[Reason]] = field(default_factory=lambda: defaultdict(list))
    masks: dict[str, list[Mask]] = field(default_factory=lambda: defaultdict(list))
    filters: list[Comparison] = field(default_factory=list)

    def mask(self, column: str, mask: Mask, rule: str, text: str) -> None:
        effect = "deny" if mask.kind == "deny" else "mask"
        self.masks[column].append(mask)
        self.columns[column].append(Reason(rule=rule, effect=effect, text=text))

    def note(self, rule: str, text: str) -> None:
        self.reasons.append(Reason(rule=rule, effect="note", text=text))

    def deny(self, rule: str, text: str) -> None:
        self.reasons.append(Reason(rule=rule, effect="deny", text=text))


def subject_of(placed: Placed, actor: Actor, context: Context) -> Subject:
    """What a policy kind is asked about."""
    effective = {name.lower(): found for name, found in context.effective.items()}
    columns = []
    for prop in placed.table.properties:
        found = effective.get(prop.name.lower(), Effective(classification="restricted"))
        tags = spread((*found.tags, *prop.tags))
        # Whatever was inherited, what the contract says of the column itself holds too.
        place = max(protection(found.classification), protection(prop.classification) if prop.classification else 0)
        columns.append(Seen(prop.name, prop.type, tags, place))
    return Subject(
        placed=placed,
        actor=actor,
        purpose=context.purpose,
        columns=tuple(columns),
        tags=table_tags(placed),
        protection=protection(table_classification(placed)),
        now=context.now,
    )


def _by_classification(gathered: _Gathered, way: Access, subject: Subject, effective: Mapping[str, Effective]) -> None:
    known = {name.lower(): found for name, found in effective.items()}
    for column in subject.columns:
        found = known.get(column.name.lower())
        if found is None:
            text = f"{column.name} is not there, because nothing is known about its protection"
            gathered.mask(column.name, Mask(kind="deny"), "classification", text)
        elif column.protection > way.limit:
            source = f", inherited from {', '.join(found.inherited)}" if found.inherited else ""
            text = (
                f"{column.name} is classified {CLASSIFICATIONS[column.protection]}{source}; "
                f"without a grant, at most {CLASSIFICATIONS[way.limit]} is shown"
            )
            gathered.mask(column.name, NULL, "classification", text)


def _by_policy(gathered: _Gathered, ruling: Ruling, subject: Subject) -> None:
    label = f"Policy '{ruling.label}'"
    if ruling.kind is None:
        gathered.deny(ruling.label, f"{label} cannot be evaluated: {ruling.error}")
        return
    try:
        obligation = ruling.kind.oblige(subject, ruling.policy)
        _apply(gathered, ruling.label, obligation)
    except WeftError as error:
        gathered.deny(ruling.label, f"{label} cannot be evaluated: {error.message}")
    except Exception as error:  # noqa: BLE001 - a kind may come from anywhere; what fails in it must refuse, not allow
        gathered.deny(ruling.label, f"{label} cannot be evaluated: {type(error).__name__}")


def _apply(gathered: _Gathered, label: str, obligation: Obligation) -> None:
    for column, mask in obligation.masks.items():
        if column not in gathered.known:
            # A mask that would reach no column must not be lost.
            raise Invalid(f"it masks the column '{column}', which the table does not have")
        because = f", because {why}" if (why := obligation.because.get(column)) else ""
        shown = "is not there" if mask.kind == "deny" else f"is shown as {mask.kind}"
        gathered.mask(column, mask, label, f"{column} {shown} by policy '{label}'{because}")
    for one in obligation.filters:
        right = f"{len(one.value)} values" if isinstance(one.value, tuple) else "a value"
        text = f"Policy '{label}' shows only rows where {one.column} {one.operator} {right} that it names"
        gathered.reasons.append(Reason(rule=label, effect="filter", text=text))
    gathered.filters.extend(obligation.filters)
    if obligation.denial:
        gathered.deny(label, f"Policy '{label}' {obligation.denial}")
    if obligation.note:
        gathered.note(label, f"Policy '{label}' {obligation.note}")


def _decision(gathered: _Gathered, placed: Placed, actor: Actor, purpose: str) -> Decision:
    masks = {column: mask for column, found in gathered.masks.items() if (mask := combine(found))}
    if gathered.known and all(name in masks and masks[name].kind == "deny" for name in gathered.known):
        gathered.deny("columns", "No column of the table may be seen")
    allowed = not any(reason.effect == "deny" for reason in gathered.reasons)
    for column, mask in masks.items():
        _tell_clash(gathered, column, mask)
    return Decision(
        table=placed.name,
        actor=actor.id,
        purpose=purpose,
        allowed=allowed,
        masks=dict(sorted(masks.items())) if allowed else {},
        filters=_once(gathered.filters) if allowed else (),
        reasons=tuple(gathered.reasons),
        columns={column: tuple(found) for column, found in sorted(gathered.columns.items())},
    )


def _tell_clash(gathered: _Gathered, column: str, mask: Mask) -> None:
    if mask == NULL and NULL not in gathered.masks[column]:
        text = f"{column} is shown as null, because different masks of one rank meet on it"
        gathered.columns[column].append(Reason(rule="masks", effect="mask", text=text))


def _once(filters: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Each comparison once, in an order that does not depend on the policies' order."""
    found: dict[str, Comparison] = {one.model_dump_json(): one for one in filters}
    return tuple(found[key] for key in sorted(found))
