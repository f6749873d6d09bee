"""The end of a table: consumers are told when it is deprecated or retired, and what to read instead."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from weft import catalog
from weft.errors import Invalid
from weft.flow import base
from weft.flow.alert import concerned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.model import Declared, Document, Event, EventType, Placed
    from weft.seams import Unit, World

KEPT = 30
"""Days for which retired documents can be brought back and the data of their tables is not pruned."""


def notes(tables: Iterable[Placed]) -> tuple[str, ...]:
    """What who reads these tables should know, one sentence each."""
    return tuple(f"{p.name} is deprecated{_more(p)}" for p in tables if p.contract.status == "deprecated")


def _more(placed: Placed) -> str:
    ends, successor = placed.contract.ends, placed.contract.successor
    return (f", it ends on {ends}" if ends else "") + (f"; read {successor} instead" if successor else "")


def ended(world: World, unit: Unit, before: Declared | None, after: Declared) -> list[Event]:
    """Events of the tables that are deprecated or retired from now on, with whom they concern."""
    events = []
    for old in before.placed if before else ():
        now = after.tables.get(old.name.key)
        was, status = old.contract.status, now.contract.status if now else "retired"
        if status == was or status not in {"deprecated", "retired"} or before is None:
            continue
        there = now or old
        data: dict[str, Any] = {"ends": there.contract.ends, "successor": there.contract.successor}
        data |= {"told": _whom(unit, before, old)}
        kind: EventType = "table.deprecated" if status == "deprecated" else "table.retired"
        events.append(base.event(world, kind, old.name.key, data))
    return events


def _whom(unit: Unit, known: Declared, old: Placed) -> list[str]:
    """Who has read it, and whom a fault of it would concern."""
    readers = catalog.readers(unit.projections, old.name.key)
    return sorted({*concerned(known, old.name), *(who for who in readers if who in known.people)})


def tell(world: World, events: Iterable[Event]) -> None:
    """Tell the people whom these events name."""
    for event in events:
        what = "deprecated" if event.type == "table.deprecated" else "retired"
        said = f"Read {event.data['successor']} instead." if event.data["successor"] else "No successor is named."
        ends = f" It ends on {event.data['ends']}." if event.data["ends"] and what == "deprecated" else ""
        world.notifier.tell(event.data["told"], f"{event.subject} is {what}", f"- {said}{ends}")


def days_retired(world: World, key: str) -> float:
    """Days since that table was retired; 0 when that is about to happen, infinite when nobody noted it down."""
    with world.registry.transaction() as unit:
        told = unit.journal.read(types=("table.retired",), subject=key, limit=1, newest=True)
        declared = key in base.declared(world, unit).tables
    if declared:
        return 0.0
    return (world.clock.now() - dt.datetime.fromisoformat(told[0].at)).total_seconds() / 86_400 if told else math.inf


def retired(world: World) -> list[dict[str, Any]]:
    """Folders with documents that are retired: since when, by whom, and for how many days --prune spares the data."""
    now = world.clock.now()
    found: dict[str, dict[str, Any]] = {}
    with world.registry.transaction() as unit:
        for path in _gone(unit):
            _, at, actor, _ = unit.documents.history(path)[-1]
            left = max(KEPT - (now - dt.datetime.fromisoformat(at)).days, 0)
            folder = path.rpartition("/")[0]
            count = found[folder]["documents"] + 1 if folder in found else 1
            found[folder] = {"folder": folder, "documents": count, "retired": at, "by": actor, "days left": left}
    return list(found.values())


def bring_back(world: World, folder: str) -> tuple[str, ...]:
    """Write the retired documents of a folder, as they were applied last, into the mesh's folder; returns their paths.

    Raises:
        Invalid: none is retired there, or a file is in the way; nothing is written then.
    """
    with world.registry.transaction() as unit:
        found = list(_last(unit, folder.rstrip("/")))
    if not found:
        raise Invalid(f"no document of '{folder}' is retired", hint="`weft retired` lists what is.")
    there = [d.path for d in found if (world.folder / d.path).exists()]
    if there:
        raise Invalid(f"the file {there[0]} is in the way", hint="Move it, then undo.")
    for document in found:
        path = world.folder / document.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document.content)
    return tuple(d.path for d in found)


def _last(unit: Unit, folder: str) -> Iterator[Document]:
    for path in _gone(unit):
        if path == folder or path.startswith(f"{folder}/"):
            yield from [d for *_, d in unit.documents.history(path) if d is not None][-1:]


def _gone(unit: Unit) -> list[str]:
    there = {d.path for d in unit.documents.all()}
    return sorted({e.subject for e in base.every_event(unit, ("document.retired",))} - there)
