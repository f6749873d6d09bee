"""Bad rows: counted, looked at by their owners, replayed after a fix. Every look is an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weft import contracts, policy
from weft.errors import Denied, Invalid
from weft.flow import base, raw
from weft.flow.land import Load, finish_replay, land, position, row_checks
from weft.flow.places import QUARANTINE, target
from weft.flow.publish import publish
from weft.flow.text import literal
from weft.model import Relation, TableResult

if TYPE_CHECKING:
    import pyarrow as pa

    from weft.flow.places import Target
    from weft.model import Actor, Declared, Placed
    from weft.seams import World


@dataclass(frozen=True)
class Waiting:
    """Bad rows of one table by the rule that they break."""

    table: str
    rows: int
    reasons: dict[str, int]


def waiting(world: World, known: Declared, table: str = "") -> tuple[Waiting, ...]:
    """Rows in quarantine, by table; a row may break several rules."""
    found = []
    for placed in known.placed:
        if table and known.table(table).name != placed.name:
            continue
        visible = _visible(world, target(world, known, placed))
        if not visible or not visible.rows:
            continue
        rows = {"bad": visible}
        count = world.engine.query("SELECT count(*) AS n FROM bad", rows).to_pylist()[0]["n"]
        by = world.engine.query(
            'SELECT reason, count(*) AS n FROM (SELECT unnest("_weft_reasons") AS reason FROM bad) '
            "GROUP BY 1 ORDER BY 2 DESC, 1",
            rows,
        ).to_pylist()
        if count:
            found.append(Waiting(str(placed.name), count, {r["reason"]: r["n"] for r in by}))
    return tuple(found)


def look(world: World, known: Declared, table: str, actor: str, rows: int = 20) -> pa.Table:
    """Bad rows as their source gave them, for owner and stewards of the domain only; personal data is masked.

    Returns:
        Columns rule (text), file (text), row (JSON text).

    Raises:
        Denied: the actor is neither owner nor steward of the domain.
    """
    placed = known.table(table)
    who = policy.actor(known, actor)
    may_look(world, placed, who)
    data = {"actor": actor, "what": "quarantine", "rows": rows}
    base.tell(world, base.event(world, "unpublished.looked", placed.name.key, data))
    visible = _visible(world, target(world, known, placed))
    hidden = _protected(world, known, placed)
    shown = '"_weft_raw"' if not hidden else f'json_merge_patch("_weft_raw", {literal(_stars(hidden))})'
    sql = (
        f'SELECT array_to_string("_weft_reasons", \', \') AS rule, "_weft_file" AS file, {shown}::VARCHAR AS row '
        f'FROM bad ORDER BY "_weft_seq", "_weft_row" LIMIT {int(rows)}'
    )
    return world.engine.query(sql, {"bad": visible or Relation(columns=QUARANTINE)})


def may_look(world: World, placed: Placed, who: Actor) -> None:
    """Refuse whoever is neither owner nor steward of the table's domain."""
    if {"owner", "steward"} & set(who.domains.get(placed.name.domain, ())):
        return
    base.tell(
        world,
        base.event(world, "read.refused", placed.name.key, {"actor": who.id, "why": "unpublished rows"}),
    )
    raise Denied(
        f"{who.id} may not look at unpublished rows of {placed.name}",
        hint=f"Only owner and stewards of the domain {placed.name.domain} may.",
    )


def _protected(world: World, known: Declared, placed: Placed) -> tuple[str, ...]:
    """Names in the source of columns that hold personal or classified data."""
    quiet = set(base.quiet_columns(world, known, placed))
    return tuple(p.source_name for p in placed.table.properties if p.name in quiet)


def _stars(names: tuple[str, ...]) -> str:
    import json

    return json.dumps(dict.fromkeys(names, "***"))


def _visible(world: World, goal: Target) -> Relation | None:
    """Quarantined rows whose batch was committed; the others belong to a batch that was read again."""
    snapshot = world.store.snapshot(goal.quarantine)
    if not snapshot.files:
        return None
    name = goal.placed.name.key
    with world.registry.transaction() as unit:
        told = [e.data for e in base.every_event(unit, ("quarantine.added",), name)]
    pairs = sorted({(str(d["run"]), int(d["sequence"])) for d in told})
    if not pairs:
        return None
    listed = ", ".join(f"({literal(run)}, {sequence})" for run, sequence in pairs)
    files = Relation(files=snapshot.paths, columns=QUARANTINE, rows=snapshot.rows)
    staging = world.store.staging(goal.quarantine)
    sql = f'SELECT * FROM bad WHERE ("_weft_run", "_weft_seq") IN ({listed})'
    counted = world.engine.query(f"SELECT count(*) AS n FROM ({sql})", {"bad": files}).to_pylist()[0]["n"]
    if counted == snapshot.rows:
        return files
    seen = world.engine.write(sql, {"bad": files}, staging)
    return Relation(files=tuple(f.path for f in seen if f.rows), columns=QUARANTINE, rows=counted)


def replay(world: World, known: Declared, table: str) -> TableResult:
    """Send a table's quarantined rows through its contract and SQL as they are now, then publish.

    Rows that are still bad stay in quarantine. Dying anywhere neither loses nor doubles a row.

    Raises:
        Invalid: nothing waits in quarantine, or the table is derived (run it again instead).
    """
    placed = known.table(table)
    with base.Held(world, f"product:{placed.product}"):
        goal = target(world, known, placed)
        if placed.shape.kind == "derived":
            raise Invalid(f"{placed.name} is derived", hint=f"Run it again: weft run {placed.product} --full-refresh.")
        finish_replay(world, goal, base.new_id(world))
        visible = _visible(world, goal)
        if visible is None or not visible.rows:
            raise Invalid(f"nothing of {placed.name} waits in quarantine", hint="`weft quarantine` lists what waits.")
        result = _again(world, known, goal, visible)
        group = [p for p in known.placed if p.contract.id == placed.contract.id]
        judged = publish(world, known, group, base.new_id(world))
        return result.model_copy(update={"findings": judged.get(placed.name.key, ())})


def _again(world: World, known: Declared, goal: Target, visible: Relation) -> TableResult:
    """Land the rows under the app of replays, then drop them from where they waited."""
    run = base.new_id(world)
    before = world.store.snapshot(goal.quarantine)
    scan = raw.scan(world, visible, position(world, goal)[1], world.store.staging(goal.quarantine))
    seen = world.engine.describe(scan)
    split = contracts.compile(goal.placed, seen, scan, row_checks(world, known, goal))
    app = f"{goal.app}:replay"
    cursor = {"quarantine": before.version, "files": [f.path for f in before.files]}
    result = land(world, goal, Load(scan=scan, cursor=cursor, run=run, app=app), split)
    finish_replay(world, goal, run)
    data = {"run": run, "rows": result.rows, "left": result.quarantined}
    base.tell(world, base.event(world, "quarantine.replayed", goal.placed.name.key, data, key=f"{app}:{run}"))
    return result
