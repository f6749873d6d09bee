"""Lineage out to other tools and in from them, as OpenLineage events."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from weft import lineage
from weft.errors import Invalid
from weft.flow import base
from weft.model import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.lineage import ForeignJob
    from weft.model import Declared, Event, EventType
    from weft.seams import Unit, World

_RUNS: tuple[EventType, ...] = ("run.started", "run.finished")
_MARK = "openlineage"


def outgoing(world: World, *, new: bool = False) -> Iterator[dict[str, Any]]:
    """Events of the runs, oldest first: START, then COMPLETE or FAIL. Columns are told as they are declared now.

    Args:
        world: the open mesh.
        new: only what was not handed out with `sent` before.
    """
    known = base.declared(world)
    graph = lineage.graph(known)
    with world.registry.transaction() as unit:
        after = unit.projections.bookmark(_MARK) if new else 0
        told = [e for e in base.every_event(unit, _RUNS) if e.sequence > after]
    for event in told:
        yield lineage.run_event(known, _run(event), graph)


def sent(world: World) -> None:
    """All events up to now arrived: `outgoing(new=True)` goes on after them."""
    with world.registry.transaction(write=True) as unit:
        unit.projections.put(_MARK, {}, unit.journal.head()[0])


def _run(event: Event) -> Run:
    if event.type == "run.finished":
        return Run.model_validate(event.data["result"])
    return Run(id=event.data["run"], product=event.data["product"], started=event.at)


def take(world: World, text: str, name: str) -> int:
    """Note down what the events of other tools say; returns how many jobs say something new.

    Args:
        world: the open mesh.
        text: JSON events, one a line, or all in one list.
        name: what to call the file in messages.

    Raises:
        Invalid: something is no such event; nothing is noted down then.
    """
    jobs = []
    for number, event in _events(text, name):
        try:
            job = lineage.foreign(event)
        except (KeyError, TypeError, AttributeError):
            raise Invalid(f"{name}:{number}: this is no OpenLineage event", hint=_LINES) from None
        except Invalid as error:
            raise Invalid(f"{name}:{number}: {error.message}", hint=error.hint) from None
        if job is not None:
            jobs.append(job)
    return note(world, jobs)


_LINES = "Write one JSON event a line, or a list of them."


def _events(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """Events with the number of their line, or of their place in the list."""
    if text.lstrip().startswith("["):
        try:
            yield from enumerate(json.loads(text), start=1)
        except ValueError:
            raise Invalid(f"{name}: the list of events is no JSON", hint=_LINES) from None
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                raise Invalid(f"{name}:{number}: this is no OpenLineage event", hint=_LINES) from None


def note(world: World, jobs: Iterable[ForeignJob]) -> int:
    """Tell of jobs of other tools; returns how many say something new."""
    events = []
    for job in jobs:
        said = job.model_dump(mode="json")
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        events.append(base.event(world, "lineage.imported", f"{job.namespace}/{job.name}", said, key=digest))
    with world.registry.transaction(write=True) as unit:
        return unit.journal.append(events)


def whole(unit: Unit, known: Declared) -> lineage.Graph:
    """The graph of the mesh with the jobs of other tools; of each what it said last."""
    jobs = {e.subject: lineage.ForeignJob.model_validate(e.data) for e in base.every_event(unit, ("lineage.imported",))}
    graph = lineage.graph(known)
    return lineage.joined(graph, known, jobs.values()) if jobs else graph
