"""The difference between a folder of documents and what is applied, with what it breaks and for whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weft import spec
from weft.errors import Invalid
from weft.flow import base
from weft.flow.breaking import explain
from weft.flow.check import judge, ordered
from weft.model import Change

if TYPE_CHECKING:
    from pathlib import Path

    from weft.flow.check import Judges
    from weft.model import Declared, Document, Problem
    from weft.seams import World


@dataclass(frozen=True)
class Plan:
    """What apply would do."""

    changes: tuple[Change, ...]
    documents: tuple[Document, ...]
    """Of the folder, with the paths that they have in the mesh."""
    problems: tuple[Problem, ...] = ()
    """Warnings."""
    prefix: str = ""
    """Path in the mesh of the subtree that the folder is; empty = the whole mesh."""
    known: Declared | None = field(default=None, compare=False)
    """The mesh as it would be."""
    revision: int = 0
    """State of all applied documents that the plan compares with."""

    @property
    def refused(self) -> tuple[Change, ...]:
        """Changes that apply refuses."""
        return tuple(c for c in self.changes if c.refused)


def plan(world: World, judges: Judges, folder: Path, prefix: str = "") -> Plan:
    """Compare a folder with what is applied below `prefix`.

    Raises:
        Invalid: the documents have problems; all of them are listed.
    """
    gone = bool(prefix) and not folder.exists()  # a subtree that was taken away is retired
    fresh, problems = ((), ()) if gone else spec.read_folder(folder, prefix=f"{prefix}/" if prefix else "")
    base.caught_up(world)
    with world.registry.transaction() as unit:
        applied, revision = unit.documents.all(), unit.documents.revision()
        before = base.declared(world, unit) if applied else None
        outside = tuple(d for d in applied if not _below(d.path, prefix))
        known, found = judge(judges, (*outside, *fresh))
        errors = [p for p in (*problems, *found) if p.severity == "error"]
        if errors or known is None:
            raise Invalid(
                "1 problem stands in the way" if len(errors) == 1 else f"{len(errors)} problems stand in the way",
                hint="Mend them; `weft check` lists them too.",
                problems=ordered(errors),
            )
        changes = _changes({d.path: d for d in applied if _below(d.path, prefix)}, {d.path: d for d in fresh})
        if before is not None:
            changes = explain(unit, changes, before, known)
    return Plan(tuple(changes), fresh, ordered([*problems, *found]), prefix, known, revision)


def _below(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(prefix.rstrip("/") + "/")


def _changes(old: dict[str, Document], new: dict[str, Document]) -> list[Change]:
    found: list[Change] = []
    for path in sorted({*old, *new}):
        one, other = old.get(path), new.get(path)
        if one and other and one.digest == other.digest:
            continue
        document = other or one
        if document is None:
            continue
        action = "retire" if other is None else "change" if one else "add"
        found.append(Change(action=action, kind=document.kind, id=document.id, path=path))
    return found
