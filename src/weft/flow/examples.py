"""The examples that policies carry, tried on the documents as they lie in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft import lineage, policy, spec
from weft.errors import Invalid
from weft.flow.check import judge

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from weft.flow.check import Judges
    from weft.model import Decision, Declared, Effective, Example, Position


class Tried(Struct, frozen=True):
    """One example and how it went."""

    policy: str
    position: Position
    text: str
    """What the example is about: one line."""
    misfits: tuple[str, ...]
    """In what the decision differs; empty = it passes."""


def tried(judges: Judges, root: Path, now: datetime, part: str = "") -> tuple[Tried, ...]:
    """Try the examples of all policies of a mesh.

    Args:
        judges: what checking the documents needs.
        root: the mesh's folder.
        now: when the reads happen, where an example does not say it.
        part: path below it; policies elsewhere are left out.

    Raises:
        Invalid: the documents have errors, or no policy there has an example.
    """
    documents, problems = spec.read_folder(root)
    known, found = judge(judges, documents)
    errors = [p for p in (*problems, *found) if p.severity == "error"]
    if errors or known is None:
        raise Invalid("the documents have errors, so nothing is decided by them", hint="Mend them.", problems=errors)
    by_path = {d.path: d for d in documents}
    done = []
    effective = lineage.effective(known)
    for one in known.policies:
        file = one.position.file if one.position else ""
        if not f"{file}/".startswith(f"{part}/" if part else ""):
            continue
        for number, example in enumerate(one.examples):
            where = spec.locate(by_path[file], ("examples", number))
            decision = _decide(known, example, effective, now)
            done.append(Tried(policy.label(one), where, _about(example), policy.misfits(one, example, decision)))
    if not done:
        raise Invalid(
            f"no policy {'in ' + part if part else 'of this mesh'} carries examples",
            hint="examples: [{who: ida@messy.example, table: people.staff.employees, expect: denied}]",
        )
    return tuple(done)


def _decide(known: Declared, example: Example, effective: dict[str, dict[str, Effective]], now: datetime) -> Decision:
    placed = known.table(example.table)
    context = policy.Context(
        purpose=example.purpose,
        now=policy.moment(example, now),
        effective=effective.get(placed.name.key, {}),
    )
    return policy.decide(known, placed, policy.actor(known, example.who), context)


def _about(example: Example) -> str:
    purpose = f" for {example.purpose}" if example.purpose else ""
    shown = f", {', '.join(f'{c}: {m}' for c, m in example.columns.items())}" if example.columns else ""
    return f"{example.who} reads {example.table}{purpose}: {example.expect}{shown}"
