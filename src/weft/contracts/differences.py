"""Every difference of two contracts, in its class: breaking, compatible, documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.contracts.compare import Difference, compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Contract, Property, Rule, Table

_ORDER = ("breaking", "compatible", "documentation")


def differences(old: Contract, new: Contract) -> tuple[Difference, ...]:
    """All that differs: what `compare` says, how rows come in, and what people read about the data.

    Returns:
        By class, breaking ones first. Empty when both say the same; versions are not told.
    """
    found = [*compare(old, new), *_feeding(old, new), *_wording(old, new)]
    unique = {(d.kind, d.text): d for d in found}
    return tuple(sorted(unique.values(), key=lambda d: _ORDER.index(d.kind)))


def bump(found: tuple[Difference, ...]) -> str:
    """Which part of the version these differences raise (semver.org): major, minor, patch; empty = none."""
    kinds = {difference.kind for difference in found}
    parts = {"breaking": "major", "compatible": "minor", "documentation": "patch"}
    return next((parts[kind] for kind in _ORDER if kind in kinds), "")


def _feeding(old: Contract, new: Contract) -> Iterator[Difference]:
    """Facts of ours and of the source: consumers are promised nothing by them."""
    yield from _customs(old.custom, new.custom, "the contract")
    theirs = {table.name: table for table in new.tables}
    for table in old.tables:
        other = theirs.get(table.name)
        if other is None:
            continue
        for difference in (*_customs(table.custom, other.custom, f"'{table.name}'"), *_sources(table, other)):
            yield difference.model_copy(update={"table": table.name})


def _customs(old: dict[str, Any], new: dict[str, Any], where: str) -> Iterator[Difference]:
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            wording = not key.startswith("weft.")
            what = "is dropped" if key not in new else "is new" if key not in old else "changes"
            yield Difference(breaking=False, text=f"the property '{key}' of {where} {what}", wording=wording)


def _sources(old: Table, new: Table) -> Iterator[Difference]:
    theirs = {prop.name: prop for prop in new.properties}
    if sorted(old.tags) != sorted(new.tags):
        text = f"the tags of '{old.name}' change: policies go by tags"
        yield Difference(breaking=False, text=text)
    for prop in old.properties:
        other = theirs.get(prop.name)
        if other is not None and prop.source_name != other.source_name:
            text = f"'{prop.name}' comes from '{other.source_name}' of the source, no longer from '{prop.source_name}'"
            yield Difference(breaking=False, column=prop.name, text=text)


def _wording(old: Contract, new: Contract) -> Iterator[Difference]:
    for field in ("name", "purpose", "usage", "limitations", "team"):
        if getattr(old, field) != getattr(new, field):
            yield _said(f"the {field} of the contract changes")
    if sorted(old.tags) != sorted(new.tags):
        yield Difference(breaking=False, text="the tags of the contract change: policies go by tags")
    theirs = {table.name: table for table in new.tables}
    for table in old.tables:
        other = theirs.get(table.name)
        for difference in _of_table(table, other) if other else ():
            yield difference.model_copy(update={"table": table.name})


def _of_table(old: Table, new: Table) -> Iterator[Difference]:
    if (old.description, old.business_name) != (new.description, new.business_name):
        yield _said(f"the description of '{old.name}' changes")
    yield from _of_columns(old.properties, new.properties, "")
    ours, theirs = {r.name: r for r in old.rules}, {r.name: r for r in new.rules}
    for name, rule in {**ours, **theirs}.items():
        yield from _of_rule(ours.get(name), theirs.get(name), rule)


def _of_columns(old: tuple[Property, ...], new: tuple[Property, ...], path: str) -> Iterator[Difference]:
    theirs = {prop.name: prop for prop in new}
    for prop in old:
        other = theirs.get(prop.name)
        if other is None:
            continue
        name = f"{path}{prop.name}"
        if prop.examples != other.examples:
            yield _said(f"the examples of '{name}' change").model_copy(update={"column": name})
        yield from _customs(prop.custom, other.custom, f"'{name}'")
        yield from _of_columns(prop.properties, other.properties, f"{name}.")


def _of_rule(old: Rule | None, new: Rule | None, rule: Rule) -> Iterator[Difference]:
    """Rules of severity error are told by `compare`."""
    severe = [r for r in (old, new) if r is not None and r.severity == "error" and r.type != "text"]
    if old is None or new is None:
        if not severe:
            what = "is dropped" if new is None else "is new"
            text = f"the rule '{rule.name}' ({rule.severity}) {what}"
            yield Difference(breaking=False, column=rule.column or "", text=text, wording=rule.type == "text")
        return
    words = {"description", "dimension", "position"}
    if old.model_dump(exclude=words) != new.model_dump(exclude=words):
        if not severe:
            yield Difference(breaking=False, column=rule.column or "", text=f"the rule '{rule.name}' changes")
    elif (old.description, old.dimension) != (new.description, new.dimension):
        yield _said(f"the description of the rule '{rule.name}' changes")


def _said(text: str) -> Difference:
    return Difference(breaking=False, text=text, wording=True)
