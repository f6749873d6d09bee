"""What people do about runs, held versions and rows in quarantine, decided here for every face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from weft import policy
from weft.errors import Denied, Unavailable
from weft.flow import base, discover, publish, quarantine
from weft.flow.run import go_on, product_of, start
from weft.flow.sources import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.model import Declared, Publication, Run, TableResult
    from weft.seams import World

_RUN = {"owner", "steward", "producer"}


def may_run(known: Declared, product: str, actor: str) -> bool:
    """Whether somebody may run a product: owner, stewards and producers of its domain."""
    return bool(_RUN & set(policy.actor(known, actor).domains.get(product.partition(".")[0], ())))


def run(world: World, product: str, actor: str) -> tuple[str, Callable[[], Run]]:
    """Begin a run of a product as that person: nobody else works on it from now on, and the journal tells of it.

    Returns:
        Id of the run, and the rest of it, which takes its time and is for the caller to call.

    Raises:
        Unknown: there is no such product.
        Denied: they have no such role in its domain.
        Conflict: somebody works on it.
    """
    known = base.declared(world)
    name = product_of(known, product)
    if not may_run(known, name, actor):
        raise Denied(
            f"{actor} may not run {name}",
            hint=f"Owner, stewards and producers of the domain {name.partition('.')[0]} may.",
        )
    begun = start(replace(world, user=actor), name)
    return begun.run.id, lambda: go_on(begun)


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


def look(world: World, source: str, actor: str) -> None:
    """See what a source holds now, as somebody who works with it: owner, steward or producer of its domain.

    Raises:
        Unknown: there is no such source.
        Denied: they have no such role.
        Unavailable: it does not answer.
    """
    known = base.declared(world)
    found = find(known, source)
    if not _RUN & set(policy.actor(known, actor).domains.get(found.domain, ())):
        raise Denied(
            f"{actor} may not look into the source {found}",
            hint=f"Owner, stewards and producers of the domain {found.domain} may.",
        )
    (seen,) = discover.look(replace(world, user=actor), known, (str(found),))
    if seen.error:
        raise Unavailable(seen.error, hint="What it held when it last answered is still shown.")


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
