"""The difference between a folder of documents and what is applied, with what it breaks and for whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weft import catalog, contracts, spec
from weft.errors import Invalid
from weft.flow import base
from weft.flow.check import judge, ordered
from weft.model import Change

if TYPE_CHECKING:
    from pathlib import Path

    from weft.flow.check import Judges
    from weft.model import Contract, Declared, Document, Problem, TableName
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
    fresh, problems = spec.read_folder(folder, prefix=f"{prefix}/" if prefix else "")
    with world.registry.transaction(write=True) as unit:
        catalog.catch_up(unit)
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
        changes = [_explain(unit, change, (before, known)) for change in changes]
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


def _explain(unit: Unit, change: Change, states: tuple[Declared | None, Declared]) -> Change:
    """Of a contract: what changed, what of it breaks, and whom."""
    before, after = states
    if change.kind != "DataContract" or before is None:
        return change
    old, new = _contract(before, change.path), _contract(after, change.path)
    if old is None:
        return change
    if new is None:
        broken = tuple(f"the table {t.name} is retired" for t in old.tables)
        return change.model_copy(update={"breaking": broken, "breaks": _whom(unit, before, _tables(before, old))})
    differences = contracts.compare(old, new)
    details = tuple(d.text for d in differences if not d.breaking)
    breaking = tuple(d.text for d in differences if d.breaking)
    if not breaking:
        return change.model_copy(update={"details": details})
    touched = {d.table for d in differences if d.breaking}
    names = [n for n in _tables(before, old) if n.table in touched or not touched]
    return change.model_copy(
        update={
            "details": details,
            "breaking": breaking,
            "breaks": _whom(unit, before, names),
            "refused": old.status == "active" and new.major <= old.major,
            "position": new.position,
        }
    )


def _contract(known: Declared, path: str) -> Contract | None:
    return next((c for c in known.contracts.values() if c.position and c.position.file == path), None)


def _tables(known: Declared, contract: Contract) -> list[TableName]:
    return [p.name for p in known.placed if p.contract.id == contract.id]


def _whom(unit: Unit, known: Declared, names: list[TableName]) -> tuple[str, ...]:
    """Tables that derive from these, and who has read them."""
    found = [f"table {p.name}" for name in names for p in known.consumers(name)]
    for name in names:
        readers = catalog.readers(unit.projections, name.key)
        found += [f"reader {who}" for who in readers if not who.startswith("product:")]
    return tuple(dict.fromkeys(found))
