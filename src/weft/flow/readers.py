"""Everybody who may read a table, what they see of it, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft import policy
from weft.flow import access

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Decision, Declared, Placed
    from weft.seams import World


class Reader(Struct, frozen=True):
    """One actor and what it sees, for all purposes for which that is the same."""

    who: str
    """A person's id, `service:x`, `product:domain.product`; `anybody` stands for whoever is not known."""
    kind: str
    """person, service, product or anybody."""
    purposes: tuple[str, ...]
    """Empty text = no purpose named."""
    allowed: bool
    masked: dict[str, str]
    """Mask by column."""
    rows: tuple[str, ...]
    """Columns by which rows are filtered."""
    rules: tuple[str, ...]
    """Names of the rules that let in, filter, mask or refuse."""
    why: tuple[str, ...]
    """Reasons: of the way in, of filters, or of the refusal."""
    columns: dict[str, tuple[str, ...]]
    """Reasons of each masked column."""


def who_can(world: World, known: Declared, table: str) -> tuple[Reader, ...]:
    """Everybody's decision on one table, those who may read first.

    Raises:
        Invalid: no product offers that table.
    """
    placed = known.table(table)
    found = [reader for name in _everybody(known) for reader in _reader(world, known, placed, name)]
    return tuple(sorted(found, key=lambda reader: (not reader.allowed, reader.kind, reader.who)))


def _everybody(known: Declared) -> Iterator[str]:
    yield from (name for name, person in known.people.items() if person.active)
    yield from (f"service:{name}" for name, service in known.services.items() if service.active)
    yield from (f"product:{name}" for name in known.products)
    yield "anybody"


def _reader(world: World, known: Declared, placed: Placed, name: str) -> Iterator[Reader]:
    who = policy.actor(known, name)
    kind = who.kind if who.known else "anybody"
    by: dict[str, list[tuple[str, Decision]]] = {}
    for purpose in ("", *known.mesh.purposes):
        decision = access.decide(world, known, placed, who, purpose)
        mark = decision.model_dump_json(include={"allowed", "masks", "filters"})
        by.setdefault(mark, []).append((purpose, decision))
    for alike in by.values():
        decision = alike[0][1]
        wanted = ("allow", "filter") if decision.allowed else ("deny",)
        masks = [r for c in decision.masks for r in decision.columns.get(c, ())]
        reasons = [r for r in decision.reasons if r.effect in wanted]
        yield Reader(
            who=name,
            kind=kind,
            purposes=tuple(purpose for purpose, _ in alike),
            allowed=decision.allowed,
            masked={column: mask.kind for column, mask in decision.masks.items()},
            rows=tuple(dict.fromkeys(one.column for one in decision.filters)),
            rules=tuple(dict.fromkeys(r.rule for r in (*reasons, *masks))),
            why=tuple(r.text for r in reasons),
            columns={c: tuple(r.text for r in decision.columns.get(c, ())) for c in decision.masks},
        )
