"""Lineage out to other tools and in from them, as OpenLineage events."""

from __future__ import annotations

import hashlib
import json
import math
import time
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from weft import lineage
from weft.errors import Invalid, WeftError
from weft.flow import base
from weft.model import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.lineage import ForeignJob
    from weft.model import Declared, Event, EventType
    from weft.seams import Outlet, Unit, World

_RUNS: tuple[EventType, ...] = ("run.started", "run.finished")
SECONDS = 5.0
"""Time that a run spends at most on handing over; the next one goes on."""


def hand_over(world: World, outlet: Outlet, place: str, *, new: bool = False, seconds: float = math.inf) -> int:
    """Hand over the events of the runs, oldest first; returns how many. Columns are told as they are declared now.

    Args:
        world: the open mesh.
        outlet: takes them.
        place: its address.
        new: only of runs that were not handed over there with `new` before. The bookmark moves with each of them, so
            that whatever happens nothing is left out, and at most one is told twice.
        seconds: nothing more is begun after that time.

    Raises:
        Unavailable: an event was not taken, or another process is handing over to that place.
    """
    known, end = base.declared(world), time.monotonic() + seconds
    graph, mark = lineage.graph(known), f"openlineage:{hashlib.sha256(place.encode()).hexdigest()[:16]}"
    count = 0
    with base.Held(world, mark) if new else nullcontext():
        with world.registry.transaction() as unit:
            told = list(base.every_event(unit, _RUNS, after=unit.projections.bookmark(mark) if new else 0))
        for event in told:
            if time.monotonic() > end:
                break
            run = _run(event)
            said = [lineage.run_event(known, run, graph), lineage.quality_event(known, run)]
            for one in said:
                if one is not None:
                    outlet.put(json.dumps(one))
                    count += 1
            if new:
                with world.registry.transaction(write=True) as unit:
                    unit.projections.put(mark, {}, event.sequence)
    return count


def after(world: World) -> None:
    """Hand over what is new to where `mesh.yaml` says. What is away is told by `doctor`; nothing is lost."""
    if world.outlet is not None:
        with suppress(WeftError):
            hand_over(world, world.outlet, world.mesh.lineage, new=True, seconds=SECONDS)


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
