"""One decision for every way to the data: who sees what of which table, and why."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from weft import policy
from weft.errors import Denied, Unavailable
from weft.flow import base
from weft.model import Column, Governed

if TYPE_CHECKING:
    from weft.model import Actor, Decision, Declared, Placed, Publication
    from weft.seams import Unit, World


def decide(world: World, known: Declared, placed: Placed, actor: Actor, purpose: str) -> Decision:
    """What the actor may see of one table; never raises for a refusal."""
    context = policy.Context(
        purpose=purpose, now=world.clock.now(), effective=base.effective(world, known, placed.name)
    )
    return policy.decide(known, placed, actor, context)


def published(unit: Unit, placed: Placed) -> Publication:
    """What consumers see of a table.

    Raises:
        Unavailable: nothing is published yet, with the reason.
    """
    found = unit.publications.get(placed.name.key)
    if found:
        return found
    held = unit.publications.held(placed.name.key)
    why = "its first version is held: its checks have not passed" if held else "it has not run yet"
    hint = f"`weft hold {placed.name}` shows why." if held else f"`weft run {placed.product}` makes it."
    raise Unavailable(f"{placed.name} is not published: {why}", hint=hint)


def govern(world: World, placed: Placed, decision: Decision, publication: Publication) -> Governed:
    """The table as the decision lets it be seen.

    Args:
        world: for the key of hashed columns.
        placed: the table that the decision was made for.
        decision: an allowing one.
        publication: of that table; a column that the decision never saw, since the contract lost it, is not shown.

    Raises:
        Denied: the decision refuses it; names the deciding rule.
        Unavailable: what is published has none of the columns that may be seen.
    """
    relation = publication.relation
    decided = {prop.name.lower() for prop in placed.table.properties}
    known = [c for c in relation.columns if c.name.lower() in decided]
    columns, select, where = policy.govern(decision, known, world.mask_key)
    if not columns:
        raise Unavailable(
            f"what is published of {placed.name} has none of the columns that {decision.actor} may see",
            hint=f"`weft run {placed.product.domain}.{placed.product.name}` publishes it by its contract of now; "
            f"`weft why --as {decision.actor} {placed.name}` explains the decision.",
        )
    if not select and not where and len(columns) == len(relation.columns):
        return Governed(name=str(decision.table), relation=relation, columns=columns)
    mark = [publication.table.key, publication.version, publication.log_version, select, where]
    # Versions begin anew when a table is pruned and made again, its files never have the same names.
    mark += [[c.model_dump() for c in columns], *([_file(f) for f in some] for some in (relation.files, relation.log))]
    digest = hashlib.sha256(json.dumps(mark, sort_keys=True, default=str).encode()).hexdigest()
    hidden = {c.name for c in relation.columns} - {c.name for c in columns}
    whole = {c.name: select.get(c.name, _name(c)) for c in columns} if hidden and not select else select
    return Governed(
        name=str(decision.table),
        relation=relation,
        columns=columns,
        select=whole,
        where=where,
        key=f"{publication.governed}{digest[:32]}",
    )


def audited(decision: Decision) -> dict[str, list[str]]:
    """What the event of an allowed read tells: the rules that let it and filter it, and `column:mask`. No constants."""
    why = dict.fromkeys(f"{r.effect} {r.rule}" for r in decision.reasons if r.effect != "note")
    return {"why": list(why), "masked": [f"{column}:{mask.kind}" for column, mask in sorted(decision.masks.items())]}


def _file(path: str) -> str:
    """Without its folder: a mesh may be moved."""
    return path.rpartition("/")[2]


def _name(column: Column) -> str:
    return '"' + column.name.replace('"', '""') + '"'


def refusal(known: Declared, decision: Decision) -> Denied:
    """The error of a refused read: the deciding rule, and whom to ask for access."""
    why = next((r.text for r in reversed(decision.reasons) if r.effect == "deny"), "no rule allows it")
    return Denied(
        f"{decision.actor} may not read {decision.table}: {why}",
        hint=f"Ask {_owner(known, decision.table.domain)} for a Grant; "
        f"`weft why --as {decision.actor} {decision.table}` explains the decision.",
    )


def _owner(known: Declared, domain: str) -> str:
    found = known.domains.get(domain)
    return (
        f"{found.owner}, owner of the domain {domain},"
        if found and found.owner
        else f"the owner of the domain {domain}"
    )
