"""The difference between a folder of documents and what is applied, with what it breaks and for whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weft import spec
from weft.errors import Invalid
from weft.flow import base, scope
from weft.flow.breaking import explain
from weft.flow.check import judge, ordered
from weft.model import Change

if TYPE_CHECKING:
    from pathlib import Path

    from weft.flow.check import Judges
    from weft.model import Declared, Document, Problem
    from weft.seams import Unit, World


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
    meshes: tuple[Declared | None, Declared] | None = field(default=None, compare=False)
    """What of the mesh has to do with the subtree, as it is and as it would be."""
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
        old, outside = _applied(unit, prefix, fresh)
        before = spec.resolve((*old, *outside))[0] if old or outside else None
        known, found = judge(judges, (*outside, *fresh), _Counts(prefix, (*old, *outside)))
        errors = [p for p in (*problems, *found) if p.severity == "error"]
        if errors or known is None:
            raise Invalid(
                "1 problem stands in the way" if len(errors) == 1 else f"{len(errors)} problems stand in the way",
                hint="Mend them; `weft check` lists them too.",
                problems=ordered(errors),
            )
        changes = _changes({d.path: d for d in old}, {d.path: d for d in fresh})
        if before is not None:
            changes = explain(unit, changes, before, known)
        revision = unit.documents.revision()
    return Plan(tuple(changes), fresh, ordered([*problems, *found]), prefix, (before, known), revision)


def _applied(unit: Unit, prefix: str, fresh: tuple[Document, ...]) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """Documents below the prefix as they are applied, and those around them: all, or those that have to do with it."""
    if prefix.startswith("domains/") and scope.known(unit):
        old = unit.documents.below([prefix])
        both = (*old, *fresh)
        near = scope.naming(unit, both)
        products = {scope.product(d.path) for d in (*both, *near)} - {""}
        there = {d.path: d for d in (*scope.around(unit, products, (*fresh, *near)), *near)}
    else:
        there = {d.path: d for d in unit.documents.all()}
        old = tuple(d for d in there.values() if _below(d.path, prefix))
    return old, tuple(d for path, d in sorted(there.items()) if not _below(path, prefix))


class _Counts:
    """Problems below a path, and new errors elsewhere: the others were there, or come from what is left out."""

    def __init__(self, prefix: str, before: tuple[Document, ...]) -> None:
        self._prefix = prefix
        self._before = before
        self._known: frozenset[tuple[str, str]] | None = None

    def __call__(self, problem: Problem) -> bool:
        if _below(problem.position.file, self._prefix):
            return True
        if problem.severity != "error":
            return False
        if self._known is None:
            self._known = frozenset(map(_mark, spec.resolve(self._before)[1]))
        return _mark(problem) not in self._known


def _mark(problem: Problem) -> tuple[str, str]:
    """Without the names that would be known instead."""
    return str(problem.position), problem.message.partition("; ")[0]


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
