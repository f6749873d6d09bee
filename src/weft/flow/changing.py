"""Apply documents as somebody: decided by which part of the mesh they answer for."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from weft import policy
from weft.errors import Denied
from weft.flow import base
from weft.flow.apply import apply
from weft.flow.plan import plan
from weft.model import Change, Noun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.flow.plan import Plan
    from weft.model import Declared, Referenced
    from weft.seams import Connectors, World


class PlanView(Noun):
    """What applying changes, or would."""

    changes: tuple[Change, ...]
    refused: bool
    """True when a breaking change stands in the way."""
    warnings: tuple[str, ...] = ()
    applied: int = 0
    """Documents that were changed; 0 when it was a plan only."""


def change(world: World, known: Declared, planned: Plan, actor: str, *, carry_out: bool) -> PlanView:
    """Carry out a plan as that person, or only show it.

    Raises:
        Denied: they do not answer for all that changes.
        Invalid: a breaking change of an active contract has no new major version.
        Unavailable: somebody else applied documents since the plan was made.
    """
    for path in (one.path for one in planned.changes):
        if not answers(known, actor, path):
            raise Denied(
                f"{actor} does not answer for {path}",
                hint="Owner and stewards of a domain change what lies below it, the council changes everything.",
            )
    done = apply(replace(world, user=actor), planned) if carry_out else 0
    return PlanView(
        changes=planned.changes,
        refused=bool(planned.refused),
        warnings=tuple(map(str, planned.problems)),
        applied=done,
    )


def apply_files(world: World, actor: str, prefix: str, files: Mapping[str, bytes]) -> PlanView:
    """Make these the documents below a prefix, as that person.

    Args:
        world: the open mesh.
        actor: who asks.
        prefix: path in the mesh; what is applied below it and not among the files is retired.
        files: content by path.

    Raises:
        Denied: they do not answer for all that changes.
        Invalid: the documents have problems.
    """
    with TemporaryDirectory(dir=world.scratch, prefix="draft-") as folder:
        for path, content in files.items():
            there = Path(folder, path.removeprefix(f"{prefix}/"))
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(content)
        planned = plan(world, _Judges(world.connectors, world.engine.inspect), Path(folder), prefix)
        return change(world, base.declared(world), planned, actor, carry_out=True)


class _Judges(Struct, frozen=True):
    """Fulfils `flow.check.Judges`."""

    connectors: Connectors
    inspect: Callable[[str], Referenced]


def answers(known: Declared, actor: str, path: str) -> bool:
    """Whether somebody may change the document at that path: who answers for its domain, and the council."""
    person = policy.actor(known, actor)
    if person.known and actor in known.mesh.council:
        return True
    parts = path.split("/")
    domain = parts[1] if parts[0] == "domains" and len(parts) > 1 else ""
    return bool({"owner", "steward"} & set(person.domains.get(domain, ())))
