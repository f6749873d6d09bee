"""Make a derived table from published tables, as the product's own actor: policy holds for products too."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from weft import contracts, policy
from weft.flow import access, base
from weft.flow.land import Load, land, position, row_checks
from weft.flow.places import ensure, target
from weft.model import QueryScan, TableResult

if TYPE_CHECKING:
    from weft.model import Decision, Declared, Governed, Placed, Publication
    from weft.seams import World


def derive(world: World, known: Declared, placed: Placed, run: str, *, again: bool = False) -> TableResult:
    """Overwrite a derived table in one commit; nothing happens when neither its inputs nor its definition changed.

    Raises:
        Denied: the product may not read one of its inputs.
        Unavailable: an input is not published yet.
    """
    goal = target(world, known, placed)
    ensure(world, goal)
    world.engine.inspect(placed.shape.sql)
    decisions, seen = _inputs(world, known, placed)
    governed = tuple(_governed(world, d, p) for d, p in zip(decisions, seen, strict=True))
    mark = _mark(placed, governed, seen)
    if not again and position(world, goal)[1].get("cursor") == mark:
        return TableResult(table=placed.name)
    scan = QueryScan(sql=placed.shape.sql, governed=governed)
    split = contracts.compile(placed, world.engine.describe(scan), scan, row_checks(world, known, goal))
    actor = f"product:{placed.product}"
    told = [
        base.event(world, "read.allowed", d.table.key, {"actor": actor, "run": run}, key=f"{run}:{d.table.key}")
        for d in decisions
    ]
    base.tell(world, *told)
    return land(world, goal, Load(scan=scan, cursor=mark, run=run, mode="replace"), split)


def _inputs(world: World, known: Declared, placed: Placed) -> tuple[list[Decision], list[Publication]]:
    actor = policy.actor(known, f"product:{placed.product}")
    inputs = [known.tables[name.key] for name in placed.shape.inputs]
    decisions = [access.decide(world, known, there, actor, "") for there in inputs]
    refused = next((d for d in decisions if not d.allowed), None)
    if refused:
        data = {"actor": actor.id, "why": access.refusal(refused).message}
        base.tell(world, base.event(world, "read.refused", refused.table.key, data))
        raise access.refusal(refused)
    with world.registry.transaction() as unit:
        return decisions, [access.published(unit, there) for there in inputs]


def _governed(world: World, decision: Decision, publication: Publication) -> Governed:
    return access.govern(world, decision, publication)


def _mark(placed: Placed, governed: tuple[Governed, ...], seen: list[Publication]) -> dict[str, str]:
    """Digest of everything that the rows follow from: versions and obligations of the inputs, SQL, contract."""
    parts = {
        "inputs": [[p.table.key, p.version, p.log_version] for p in seen],
        "governed": [g.key for g in governed],
        "sql": placed.shape.sql,
        "contract": placed.table.model_dump_json(),
    }
    return {"made_from": hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()}
