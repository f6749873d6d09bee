"""What owners and stewards do about held versions and rows in quarantine, decided here for every face."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weft import policy
from weft.errors import Denied
from weft.flow import base, publish, quarantine

if TYPE_CHECKING:
    from weft.model import Publication, TableResult
    from weft.seams import World


def answering(world: World, table: str, actor: str) -> World:
    """The world as that person acts in it, when they answer for the table: its events name them.

    Raises:
        Unknown: no product offers that table.
        Denied: they are neither owner nor steward of its domain.
    """
    known = base.declared(world)
    placed = known.table(table)
    domain = placed.name.domain
    if not {"owner", "steward"} & set(policy.actor(known, actor).domains.get(domain, ())):
        raise Denied(
            f"{actor} does not answer for {placed.name}", hint=f"Its owner and stewards do: see the domain {domain}."
        )
    return replace(world, user=actor)


def replay(world: World, table: str, actor: str) -> TableResult:
    """Send a table's quarantined rows through its contract as it is now, as somebody who answers for it."""
    acting = answering(world, table, actor)
    return quarantine.replay(acting, base.declared(acting), table)


def force(world: World, table: str, actor: str, reason: str) -> Publication:
    """Publish what is held in spite of its findings, as somebody who answers for it."""
    acting = answering(world, table, actor)
    return publish.force(acting, base.declared(acting), table, reason)


def discard(world: World, table: str, actor: str) -> None:
    """Drop what is held, as somebody who answers for it."""
    acting = answering(world, table, actor)
    publish.discard(acting, base.declared(acting), table)
