"""Make a folder of documents the applied ones: all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.errors import Invalid, Unavailable
from weft.flow import base
from weft.model import Place, TableName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.flow.plan import Plan
    from weft.model import Change, Event, EventType
    from weft.seams import Unit, World


def apply(world: World, planned: Plan, *, prune: bool = False) -> int:
    """Carry out a plan in one registry transaction; returns how many documents changed.

    Args:
        world: the open mesh.
        planned: of `plan`; what it compared with must still be applied.
        prune: delete the data of tables that no document declares any more.

    Raises:
        Invalid: a breaking change of an active contract has no new major version.
        Unavailable: somebody else applied documents since the plan was made.
    """
    _refuse(planned)
    by_path = {d.path: d for d in planned.documents}
    at = base.now(world)
    with world.registry.transaction(write=True) as unit:
        _unchanged(unit, planned)
        events: list[Event] = []
        for change in planned.changes:
            if change.action == "retire":
                unit.documents.retire(change.path, at=at, actor=world.user)
                events.append(_event(world, unit, change, ""))
            else:
                unit.documents.put(by_path[change.path], at=at, actor=world.user)
                events.append(_event(world, unit, change, by_path[change.path].digest))
        unit.journal.append(events)
    if prune:
        _prune(world)
    return len(planned.changes)


def _refuse(planned: Plan) -> None:
    if not planned.refused:
        return
    lines = [f"{c.path}: {text}" for c in planned.refused for text in c.breaking]
    raise Invalid(
        "a breaking change of an active contract needs a new major version: " + "; ".join(lines),
        hint="Raise the contract's version to the next major, or keep what consumers rely on. "
        "`weft plan` shows whom it breaks.",
    )


def _unchanged(unit: Unit, planned: Plan) -> None:
    applied = {d.path: d.digest for d in unit.documents.all()}
    for change in planned.changes:
        if (change.path in applied) == (change.action == "add"):
            raise Unavailable(
                f"{change.path} was applied by somebody else in the meantime", hint="Plan again, look, and apply."
            )


def _event(world: World, unit: Unit, change: Change, digest: str) -> Event:
    kind: EventType = "document.retired" if change.action == "retire" else "document.applied"
    data: dict[str, Any] = {"kind": change.kind, "id": change.id, "action": change.action, "digest": digest}
    if change.breaking:
        data["breaking"] = list(change.breaking)
    return base.event(world, kind, change.path, data, key=f"{change.path}:{unit.documents.revision()}")


def _prune(world: World) -> None:
    known = base.declared(world)
    kept = {p.name.key for p in known.placed}
    for name in sorted(_stored(world.store.places()) - kept):
        table = TableName.parse(name)
        with world.registry.transaction(write=True) as unit:
            unit.publications.drop(name)
            unit.publications.drop(name, held=True)
        for part in ("log", "quarantine", "table"):
            world.store.drop(Place(name=table, part=part))


def _stored(places: Iterable[Place]) -> set[str]:
    return {place.name.key for place in places}
