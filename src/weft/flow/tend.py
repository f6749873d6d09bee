"""What runs by itself after a run, within a budget: rows whose time is over, many small files, files nobody needs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from weft.errors import WeftError
from weft.flow import base, repair, retain, upkeep
from weft.flow.places import target, together
from weft.flow.publish import publish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.model import Declared, Placed
    from weft.seams import World

BYTES_A_SECOND = 50_000_000
"""What is rewritten in a second, guessed low: work that will not fit into what is left of the budget is not begun."""


def after(world: World, known: Declared, products: Sequence[str]) -> None:
    """Tend the tables of products that have just run. What cannot be done raises an incident, never an error."""
    end = time.monotonic() + world.mesh.engine.upkeep
    live = [p for p in known.placed if p.shape.kind != "none" and p.contract.status != "retired"]
    for placed in live if world.mesh.engine.upkeep else ():
        if str(placed.product) not in products:
            continue
        try:
            _tend(world, known, placed, end)
        except WeftError as error:
            _trouble(world, placed, error)


def _tend(world: World, known: Declared, placed: Placed, end: float) -> None:
    if _fits(world, known, placed, end):
        _expire(world, known, placed)
    if _many(world, known, placed) and _fits(world, known, placed, end):
        upkeep.compact(world, known, placed)
    if time.monotonic() < end:
        upkeep.vacuum(world, known, placed)


def _expire(world: World, known: Declared, placed: Placed) -> None:
    """Rows go in a commit of their own; consumers see it when the checks have passed."""
    goal = target(world, known, placed)
    limited = retain.limit(world, goal) is not None
    if not limited and not any(world.store.snapshot(place).files for place in (goal.quarantine, goal.failing)):
        return
    with base.Held(world, f"product:{placed.product}"):
        run = base.new_id(world)
        repair.product(world, known, str(placed.product), [p for p in known.placed if p.product == placed.product])
        retain.expire_bad(world, known, placed, run)
        if limited and retain.expire(world, known, placed, run):
            publish(world, known, together(known, placed), run)


def _many(world: World, known: Declared, placed: Placed) -> bool:
    """Whether there are so many small files that reading them costs more than rewriting them once."""
    goal = target(world, known, placed)
    small = [f for f in world.store.snapshot(goal.table).files if f.bytes < upkeep.SMALL]
    log = world.store.snapshot(goal.log).files if goal.keyed else ()
    return max(len(small), len(log)) >= upkeep.MANY


def _fits(world: World, known: Declared, placed: Placed, end: float) -> bool:
    goal = target(world, known, placed)
    places = (goal.table, goal.log) if goal.keyed else (goal.table,)
    size = sum(f.bytes for place in places for f in world.store.snapshot(place).files)
    return time.monotonic() + size / BYTES_A_SECOND < end


def _trouble(world: World, placed: Placed, error: WeftError) -> None:
    day = base.now(world)[:10]
    data = {"rule": "upkeep", "severity": "warning", "text": error.message, "run": ""}
    base.tell(world, base.event(world, "incident.raised", placed.name.key, data, key=f"{placed.name.key}:upkeep:{day}"))
