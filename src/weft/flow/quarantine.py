"""Bad rows: counted, looked at by their owners, replayed after a fix. Every look is an event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from weft import contracts, policy
from weft.errors import Denied, Invalid
from weft.flow import base, fold, raw, repair, replayed, superseded
from weft.flow.land import Load, land, position, row_checks
from weft.flow.places import FILE, QUARANTINE, ensure, target, together
from weft.flow.publish import publish
from weft.flow.text import literal, quoted
from weft.model import Relation, TableResult

if TYPE_CHECKING:
    import pyarrow as pa

    from weft.flow.places import Target
    from weft.model import Actor, Declared, Placed
    from weft.seams import World


class Waiting(Struct, frozen=True):
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
        bad = superseded.waiting(world, target(world, known, placed))
        if bad is None:
            continue
        count = bad.count(world)
        by = world.engine.query(
            f'SELECT reason, count(*) AS n FROM (SELECT unnest("_weft_reasons") AS reason FROM ({bad.sql})) '
            "GROUP BY 1 ORDER BY 2 DESC, 1",
            bad.relations,
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
    bad = superseded.waiting(world, target(world, known, placed))
    bad = bad or superseded.Bad(Relation(columns=QUARANTINE), "SELECT * FROM bad")
    shown = _shown(world, bad, base.quiet_in_source(world, known, placed))
    sql = (
        f'SELECT array_to_string("_weft_reasons", \', \') AS rule, "_weft_file" AS file, {shown} AS row '
        f'FROM ({bad.sql}) ORDER BY "_weft_seq", "_weft_row" LIMIT {int(rows)}'
    )
    return world.engine.query(sql, bad.relations)


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


def _shown(world: World, bad: superseded.Bad, protected: frozenset[str] | None) -> str:
    """SQL of a bad row's text, without what is protected; of a line without cells nobody knows what is where."""
    if protected is not None and not protected:
        return '"_weft_raw"::VARCHAR'
    cells = bad.where(f"NOT ({superseded.UNREADABLE})")
    keys = world.engine.query(
        f'SELECT DISTINCT unnest(json_keys("_weft_raw")) AS name FROM ({cells.sql})', bad.relations
    )
    hidden = [name for name in keys["name"].to_pylist() if protected is None or name.lower() in protected]
    patch = literal(json.dumps(dict.fromkeys(hidden, "***")))
    merged = f'json_merge_patch("_weft_raw", {patch})::VARCHAR'
    return f"CASE WHEN {superseded.UNREADABLE} THEN '***' ELSE {merged} END"


def replay(world: World, known: Declared, table: str) -> TableResult:
    """Send a table's quarantined rows through its contract and SQL as they are now, then publish.

    A row of a key that was read later than they were stands. Those that are still bad stay in quarantine, as do lines
    that could not be told apart into cells. Dying anywhere neither loses nor doubles a row.

    Raises:
        Invalid: nothing that can be replayed waits in quarantine, or the table is derived (run it again instead).
    """
    placed = known.table(table)
    with base.Held(world, f"product:{placed.product}"):
        goal = target(world, known, placed)
        if placed.shape.kind == "derived":
            raise Invalid(f"{placed.name} is derived", hint=f"Run it again: weft run {placed.product} --full-refresh.")
        repair.product(world, known, str(placed.product), [p for p in known.placed if p.product == placed.product])
        bad = superseded.waiting(world, goal)
        readable = bad.where(superseded.replaced("replay", ())) if bad else None
        if readable is None or not readable.count(world):
            what = "nothing that can be read" if bad and bad.count(world) else "nothing"
            raise Invalid(f"{what} of {placed.name} waits in quarantine", hint="`weft quarantine` lists what waits.")
        result = _again(world, known, goal, readable)
        judged = publish(world, known, together(known, placed), base.new_id(world))
        return result.model_copy(update={"findings": judged.get(placed.name.key, ())})


def _again(world: World, known: Declared, goal: Target, bad: superseded.Bad) -> TableResult:
    """Land the rows as one batch more of the table, with the cursor where it stands."""
    ensure(world, goal)
    if goal.keyed:
        fold.fold(world, goal, base.new_id(world))
    record = position(world, goal)[1]
    file = replayed.ORIGIN if goal.keyed else quoted(FILE.name)
    scan = raw.scan(world, bad, record, world.store.staging(goal.quarantine), file)
    seen = (*world.engine.describe(scan), FILE)  # they keep their file: when it changes, they give way with it
    split = contracts.compile(goal.placed, seen, scan, row_checks(world, known, goal))
    kept = {name: record[name] for name in ("cursor", "columns", "partial") if name in record}
    return land(world, goal, Load(scan=scan, run=base.new_id(world), mode="replay", **kept), split)
