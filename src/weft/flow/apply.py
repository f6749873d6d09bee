"""Make a folder of documents the applied ones: all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.errors import Invalid, Unavailable
from weft.flow import base, life, scope, sound
from weft.model import TableName

if TYPE_CHECKING:
    from weft.flow.plan import Plan
    from weft.model import Change, Event, EventType
    from weft.seams import Unit, World


def apply(world: World, planned: Plan, *, prune: bool = False, keep: int = 0) -> int:
    """Carry out a plan in one registry transaction; returns how many documents changed.

    Args:
        world: the open mesh.
        planned: of `plan`; what it compared with must still be applied.
        prune: delete the data of tables below the plan's prefix that no document declares any more.
        keep: not of those that were retired less than so many days ago.

    Raises:
        Invalid: a breaking change of an active contract has no new major version.
        Unavailable: somebody else applied documents since the plan was made, or is at work on what is pruned.
    """
    _refuse(planned)
    doomed = orphans(world, planned, keep) if prune else ()
    by_path = {d.path: d for d in planned.documents}
    at = base.now(world)
    with world.registry.transaction(write=True) as unit:
        _unchanged(unit, planned)
        revision = unit.documents.revision()
        events: list[Event] = []
        for change in planned.changes:
            if change.action == "retire":
                unit.documents.retire(change.path, at=at, actor=world.user)
                events.append(_event(world, unit, change, ""))
            else:
                unit.documents.put(by_path[change.path], at=at, actor=world.user)
                events.append(_event(world, unit, change, by_path[change.path].digest))
        fresh = [by_path[change.path] for change in planned.changes if change.action != "retire"]
        gone = [change.path for change in planned.changes if change.action == "retire"]
        scope.note(unit, revision, fresh, gone)
        ended = life.ended(world, unit, *planned.meshes) if planned.meshes else []
        unit.journal.append([*events, *ended])
    life.tell(world, ended)
    for name in map(TableName.parse, doomed):
        with base.Held(world, f"product:{name.domain}.{name.product}"):
            sound.drop(world, name, "no document declares it")
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
    if unit.documents.revision() != planned.revision:
        raise Unavailable(
            "documents were applied by somebody else since the plan was made", hint="Plan again, look, and apply."
        )


def _event(world: World, unit: Unit, change: Change, digest: str) -> Event:
    kind: EventType = "document.retired" if change.action == "retire" else "document.applied"
    data: dict[str, Any] = {"kind": change.kind, "id": change.id, "action": change.action, "digest": digest}
    if change.breaking:
        data["breaking"] = list(change.breaking)
    return base.event(world, kind, change.path, data, key=f"{change.path}:{unit.documents.revision()}")


def orphans(world: World, planned: Plan, keep: int = 0) -> tuple[str, ...]:
    """Tables (with their major) below the plan's prefix that have data, and that no document would declare.

    Args:
        world: the open mesh.
        planned: of `plan`.
        keep: without those that were retired less than so many days ago.
    """
    kept = {p.name.key for p in planned.meshes[1].placed} if planned.meshes else set()
    stored = {place.name.key: place.name for place in world.store.places()}
    left = [key for key, name in stored.items() if key not in kept and _inside(name, planned.prefix)]
    return tuple(sorted(key for key in left if not keep or life.days_retired(world, key) >= keep))


def _inside(name: TableName, prefix: str) -> bool:
    """Whether the table belongs to the subtree: `domains/<domain>/<product>/...`."""
    _, domain, product, *_ = (*prefix.split("/"), "", "")
    return domain in {"", name.domain} and product in {"", name.product}
