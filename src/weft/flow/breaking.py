"""What a plan breaks, table by table: whoever moves a contract to another file or id does not get around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft import catalog, contracts
from weft.model.declared import OFFERED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.contracts import Difference
    from weft.model import Change, Contract, Declared, Placed
    from weft.seams import Unit


class Broken(Struct, frozen=True):
    """One table whose readers a plan breaks."""

    table: Placed
    """As it is applied."""
    texts: tuple[str, ...]
    paths: tuple[str, ...]
    """Documents that may be the cause, the likeliest first."""
    refused: bool = False
    """An active contract would change so without a new major version."""


def explain(unit: Unit, changes: list[Change], before: Declared, after: Declared) -> list[Change]:
    """The changes with what contracts promise otherwise, what of it breaks, and whom."""
    told = [_details(change, before, after) for change in changes]
    for broken in _broken(before, after):
        paths = [c.path for c in told]
        here = next((p for p in broken.paths if p in paths), paths[0] if paths else "")
        whom = _whom(unit, before, broken.table)
        told = [_add(c, broken, whom) if c.path == here else c for c in told]
    return told


def _add(change: Change, broken: Broken, whom: tuple[str, ...]) -> Change:
    return change.model_copy(
        update={
            "breaking": (*change.breaking, *broken.texts),
            "breaks": tuple(dict.fromkeys((*change.breaks, *whom))),
            "refused": change.refused or broken.refused,
        }
    )


def _details(change: Change, before: Declared, after: Declared) -> Change:
    """What of a contract changes without breaking anybody."""
    new = _at(after, change.path) if change.kind == "DataContract" else None
    if new is None:
        return change
    old = _at(before, change.path) or _older(before, new)
    if old is None:
        return change.model_copy(update={"position": new.position})
    fine = tuple(d.text for d in contracts.compare(old, new) if not d.breaking)
    return change.model_copy(update={"details": fine, "position": new.position})


def _at(known: Declared, path: str) -> Contract | None:
    return next((c for c in known.contracts.values() if c.position and c.position.file == path), None)


def _older(known: Declared, new: Contract) -> Contract | None:
    """The contract that a new one follows: of the same major if there is one, else of the newest below it."""
    same = [c for c in known.contracts.values() if c.id == new.id and c.major <= new.major]
    return max(same, key=lambda c: c.major, default=None)


def _broken(before: Declared, after: Declared) -> Iterator[Broken]:
    for old in before.placed:
        if old.contract.status not in OFFERED:
            continue
        now, newest = after.tables.get(old.name.key), after.tables.get(str(old.name))
        if now is not None:
            yield from _differs(old, now)
        if newest is not None and before.tables[str(old.name)].name == old.name and newest.name.major > old.name.major:
            yield from _superseded(old, newest, gone=now is None)
        elif now is None:
            yield _retired(old, newest)


def _differs(old: Placed, now: Placed) -> Iterator[Broken]:
    """The table as readers know it against the table of the same major."""
    texts = _texts(old, now)
    if texts:
        yield Broken(old, texts, _paths(now, old), refused=old.contract.status == "active")


def _superseded(old: Placed, newest: Placed, *, gone: bool) -> Iterator[Broken]:
    """Who names the table without a version reads another major from now on."""
    texts = _texts(old, newest)
    name, major = old.name, newest.name.major
    if gone:
        first = f"version {name.major} of '{name.table}' is no longer offered, '{name}' is version {major} now"
        yield Broken(old, (first, *texts), _paths(newest, old))
    elif texts:
        more = f"'{name}' is version {major} now; version {name.major} stays readable as \"{name.table}@{name.major}\""
        yield Broken(old, (more, *texts), _paths(newest, old))


def _retired(old: Placed, left: Placed | None) -> Broken:
    what = f"version {old.name.major} of the table '{old.name.table}'" if left else f"the table '{old.name.table}'"
    return Broken(old, (f"{what} is retired; its data is kept until --prune",), _paths(old, old))


def _texts(old: Placed, new: Placed) -> tuple[str, ...]:
    found: tuple[Difference, ...] = contracts.compare(_alone(old), _alone(new))
    return tuple(d.text for d in found if d.breaking)


def _alone(placed: Placed) -> Contract:
    """The contract with that table only."""
    return placed.contract.model_copy(update={"tables": (placed.table,)})


def _paths(*tables: Placed) -> tuple[str, ...]:
    places = [p.contract.position for p in tables] + [p.product.position for p in tables]
    return tuple(dict.fromkeys(place.file for place in places if place))


def _whom(unit: Unit, before: Declared, old: Placed) -> tuple[str, ...]:
    """Tables that derive from it, and who has read it."""
    found = [f"table {p.name}" for p in before.consumers(old.name)]
    readers = catalog.readers(unit.projections, old.name.key)
    found += [f"reader {who}" for who in readers if not who.startswith("product:")]
    return tuple(dict.fromkeys(found))
