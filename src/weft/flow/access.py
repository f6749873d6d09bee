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
    from weft.model import Actor, Declared, Decision, Placed, Publication
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


def govern(world: World, decision: Decision, publication: Publication) -> Governed:
    """The table as the decision lets it be seen.

    Raises:
        Denied: the decision refuses it; names the deciding rule.
    """
    if not decision.allowed:
        raise refusal(decision)
    relation = publication.relation
    columns, select, where = policy.govern(decision, relation.columns, world.mask_key)
    if not select and not where and len(columns) == len(relation.columns):
        return Governed(name=str(decision.table), relation=relation, columns=columns)
    mark = [publication.table.key, publication.version, publication.log_version, select, where]
    mark.append([c.model_dump() for c in columns])
    digest = hashlib.sha256(json.dumps(mark, sort_keys=True, default=str).encode()).hexdigest()
    hidden = {c.name for c in relation.columns} - {c.name for c in columns}
    whole = {c.name: select.get(c.name, _name(c)) for c in columns} if hidden and not select else select
    return Governed(
        name=str(decision.table),
        relation=relation,
        columns=columns,
        select=whole,
        where=where,
        key=f"{publication.table.key}/{publication.version}-{publication.log_version}-{digest[:32]}",
    )


def _name(column: Column) -> str:
    return '"' + column.name.replace('"', '""') + '"'


def refusal(decision: Decision) -> Denied:
    """The error of a refused read: the deciding rule, and how to ask for access."""
    why = next((r.text for r in reversed(decision.reasons) if r.effect == "deny"), "no rule allows it")
    return Denied(
        f"{decision.actor} may not read {decision.table}: {why}",
        hint=f"Ask the owner of the domain {decision.table.domain} for a Grant; "
        f"`weft why --as {decision.actor} {decision.table}` explains the decision.",
    )
