"""Make a derived table from published tables, as the product's own actor: policy holds for products too."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from weft import contracts, policy
from weft.errors import Invalid
from weft.flow import access, base
from weft.flow.land import Load, land, position, row_checks
from weft.flow.places import candidate, ensure, target
from weft.model import QueryScan, TableResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Decision, Declared, Event, Governed, Placed, Publication
    from weft.seams import World


def derive(world: World, known: Declared, placed: Placed, run: str, *, again: bool = False) -> TableResult:
    """Overwrite a derived table in one commit; nothing happens when neither its inputs nor its definition changed.

    Raises:
        Denied: the product may not read one of its inputs.
        Unavailable: an input is not published yet.
    """
    goal = target(world, known, placed)
    ensure(world, goal)
    governed, decisions, seen = _inputs(world, known, placed)
    mark = _mark(placed, governed, seen)
    if not again and position(world, goal)[1].get("cursor") == mark:
        return TableResult(table=placed.name)
    scan = QueryScan(sql=placed.shape.sql, governed=governed)
    split = contracts.compile(placed, world.engine.describe(scan), scan, row_checks(world, known, goal))
    base.tell(world, *(_told(world, placed, d, run) for d in decisions))
    landed = land(world, goal, Load(scan=scan, cursor=mark, run=run, mode="replace"), split)
    return landed.model_copy(update={"masked": tuple(_masked(world, placed, decisions))})


def _masked(world: World, placed: Placed, decisions: list[Decision]) -> Iterator[str]:
    """What the product may not see as it is, of what its SQL names: a count of hidden values is no count."""
    named = world.engine.inspect(placed.shape.sql).columns
    for decision in decisions:
        for column, mask in sorted(decision.masks.items()):
            if named is None or column.lower() in named:
                yield f"{decision.table}.{column} is read as {mask.kind}: {decision.actor} may not see more"
        if decision.filters:
            yield f"{decision.table} is read with its rows filtered for {decision.actor}"


def _inputs(
    world: World, known: Declared, placed: Placed
) -> tuple[tuple[Governed, ...], list[Decision], list[Publication]]:
    """What the SQL reads, by the names that it uses, as the product may see it."""
    actor = policy.actor(known, f"product:{placed.product}")
    names = world.engine.inspect(placed.shape.sql).tables
    inputs = [known.table(name) for name in names]
    unseen = [name for name, there in zip(names, inputs, strict=True) if there.name not in placed.shape.inputs]
    if unseen:
        raise Invalid(
            f"the engine finds the table {unseen[0]} in the SQL of {placed.name}, where no check has seen it",
            hint="Write the statement more plainly: the lineage of what cannot be read with certainty is not known.",
        )
    decisions = [access.decide(world, known, there, actor, "") for there in inputs]
    for decision in decisions:
        if not decision.allowed:
            error = access.refusal(known, decision)
            data = {"actor": actor.id, "purpose": "", "why": error.message, "for": placed.name.key}
            base.tell(world, base.event(world, "read.refused", decision.table.key, data))
            raise error
    with world.registry.transaction() as unit:
        seen = [
            candidate(world, target(world, known, there), "")
            if _together(placed, there)
            else access.published(unit, there)
            for there in inputs
        ]
    governed = [access.govern(world, *each) for each in zip(inputs, decisions, seen, strict=True)]
    named = tuple(g.model_copy(update={"name": name}) for g, name in zip(governed, names, strict=True))
    return named, decisions, seen


def _together(placed: Placed, there: Placed) -> bool:
    """Tables of one contract are published together: one reads of another what stands there now."""
    return (there.contract.id, there.name.major) == (placed.contract.id, placed.name.major)


def _told(world: World, placed: Placed, decision: Decision, run: str) -> Event:
    read, made = decision.table.key, placed.name.key
    data = {"actor": decision.actor, "purpose": "", "run": run, "for": made, **access.audited(decision)}
    return base.event(world, "read.allowed", read, data, key=f"{run}:{made}:{read}")


def _mark(placed: Placed, governed: tuple[Governed, ...], seen: list[Publication]) -> dict[str, str]:
    """Digest of everything that the rows follow from: versions and obligations of the inputs, SQL, contract."""
    parts = {
        "inputs": [[p.table.key, p.version, p.log_version] for p in seen],
        "governed": [g.key for g in governed],
        "sql": placed.shape.sql,
        "contract": placed.table.model_dump_json(),
    }
    return {"made_from": hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()}
