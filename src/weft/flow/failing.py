"""Rows that broke a rule, kept beside the table: a bounded sample of each finding, personal data masked for good.

So they can be looked at when the version that was judged is gone or discarded. They lie in a Delta table of their own
that is rewritten with each failing judgement (`quality.checked` names the run), never in the journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow import base
from weft.flow.places import FAILING
from weft.flow.text import literal, quoted
from weft.model import Commit, Relation

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from weft import quality
    from weft.flow.places import Target
    from weft.model import Publication
    from weft.seams import World

SAMPLE = 20
"""Rows of one finding that are kept."""
JUDGEMENTS = 20
"""Versions of which the failing rows of a rule are kept."""
TEXT = 1000
"""Characters of a text that are kept."""


def mark(found: Publication) -> str:
    """What tells one judged version from another."""
    return f"{found.table.key}:{found.version}:{found.log_version}:{found.contract_version}"


def masked(goal: Target, hidden: Collection[str]) -> dict[str, str]:
    """SQL of each column's value, by name: of hidden ones (lower case) it is only told that there is one."""
    return {
        c.name: f"CASE WHEN {quoted(c.name)} IS NOT NULL THEN '***' END" if c.name.lower() in hidden else quoted(c.name)
        for c in goal.columns
    }


def keep(world: World, goal: Target, found: Publication, blamed: Mapping[str, quality.Blame]) -> None:
    """Keep a sample of the rows that a failed judgement blames.

    A later judgement of the same version takes the place of an earlier one; of each rule the newest are kept.

    Args:
        world: the open mesh.
        goal: the table.
        found: the version that was judged, by which run.
        blamed: by rule that failed, which rows are to blame.
    """
    if not blamed:
        return
    place = goal.failing
    world.store.create(place, FAILING, quiet=("_weft_row",))
    snapshot = world.store.snapshot(place)
    relations = {"rows": found.relation, "kept": Relation(files=snapshot.paths, columns=FAILING, rows=snapshot.rows)}
    for _, others in blamed.values():
        relations |= others
    sampled = [_sample(goal, found, name, condition) for name, (condition, _) in blamed.items()]
    samples = f"SELECT *, TIMESTAMPTZ {literal(base.now(world))} AS _weft_at FROM ({' UNION ALL '.join(sampled)})"
    names = ", ".join(map(literal, blamed))
    before = f'SELECT * FROM "kept" WHERE NOT ("_weft_rule" IN ({names}) AND "_weft_version" = {literal(mark(found))})'
    newest = f'dense_rank() OVER (PARTITION BY "_weft_rule" ORDER BY "_weft_at" DESC, "_weft_run" DESC) <= {JUDGEMENTS}'
    sql = f"SELECT * FROM ({before} UNION ALL BY NAME {samples}) QUALIFY {newest}"
    files = tuple(f for f in world.engine.write(sql, relations, world.store.staging(place)) if f.rows)
    world.store.commit(snapshot, Commit(place=place, run=found.run, add=files, mode="overwrite", operation="FAILING"))


def _sample(goal: Target, found: Publication, rule: str, condition: str) -> str:
    values = masked(goal, {name.lower() for name in goal.quiet})
    texts = {c.name for c in goal.columns if c.type == "VARCHAR"}
    cut = {name: f"left({sql}, {TEXT})" if name in texts else sql for name, sql in values.items()}
    row = ", ".join(f"{literal(name)}: {sql}" for name, sql in cut.items())
    said = f"{literal(found.run)} AS _weft_run, {literal(rule)} AS _weft_rule, {literal(mark(found))} AS _weft_version"
    return f'(SELECT {said}, to_json({{{row}}})::VARCHAR AS _weft_row FROM "rows" WHERE {condition} LIMIT {SAMPLE})'


def kept(world: World, goal: Target) -> Relation:
    """All that is kept of a table."""
    snapshot = world.store.snapshot(goal.failing)
    return Relation(files=snapshot.paths, columns=FAILING, rows=snapshot.rows)


def counts(world: World, goal: Target, rule: str) -> dict[str, int]:
    """How many rows of a rule are kept, by the run that judged."""
    sql = f'SELECT "_weft_run" AS run, count(*) AS n FROM "kept" WHERE "_weft_rule" = {literal(rule)} GROUP BY 1'
    there = kept(world, goal)
    found = world.engine.query(sql, {"kept": there}).to_pylist() if there.files else []
    return {row["run"]: row["n"] for row in found}
