"""Telling people what failed: at least once, also when the run died before it could."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.model import Declared, TableName
    from weft.seams import World


def alert(world: World, known: Declared, table: TableName, texts: Sequence[str]) -> None:
    """Tell whom a table's failed rules concern; nothing happens without any."""
    if texts:
        text = "\n".join(f"- {text}" for text in texts)
        world.notifier.tell(concerned(known, table), f"{table}: {len(texts)} rules failed", text)


def concerned(known: Declared, table: TableName) -> list[str]:
    """Whom a fault of a table concerns: owner and stewards of its domain and of those that derive from it."""
    domains = {table.domain, *(p.name.domain for p in known.consumers(table))}
    return sorted({who for name in domains if (d := known.domains.get(name)) for who in (d.owner, *d.stewards) if who})


def again(world: World, known: Declared, run: str) -> None:
    """What an interrupted run found out and may not have told."""
    with world.registry.transaction() as unit:
        newest = unit.journal.read(types=("incident.raised",), limit=100, newest=True)
    found: dict[str, list[str]] = {}
    for event in reversed(newest):
        if event.data.get("run") == run and event.subject in known.tables:
            found.setdefault(event.subject, []).append(str(event.data["text"]))
    for key, texts in found.items():
        alert(world, known, known.tables[key].name, texts)
