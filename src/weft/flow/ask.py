"""Ask under policy: the only way to published rows, for every output port, sample and dashboard."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft import policy
from weft.errors import Denied, Invalid, WeftError
from weft.flow import access, base, life
from weft.model import Decision, Limits, Question

if TYPE_CHECKING:
    from weft.model import Declared, Event, Governed, Placed, Referenced
    from weft.seams import Answer, World


class Asked(Struct, frozen=True):
    """An answer and the decisions that shaped it."""

    id: str
    answer: Answer
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...] = ()
    """What who reads these tables should know: that one is deprecated."""


def ask(world: World, sql: str, actor: str, purpose: str = "", limits: Limits | None = None) -> Asked:
    """Answer one SELECT with what the actor may see; allowed and refused reads are events.

    Args:
        world: the open mesh.
        sql: one SELECT over tables named `domain.product.table`.
        actor: id of a person, `service:x` or `product:d.p`.
        purpose: one of the mesh's purposes; empty = none named.
        limits: tighter bounds than the mesh's.

    Raises:
        Invalid: not one SELECT, something in it is not allowed, a name is unknown, or it fails on what it sees.
        Denied: policy refuses a table.
        Unavailable: a table is not published, or a limit is passed.
    """
    identifier = base.new_id(world)
    names: list[str] = []
    try:
        referenced = world.engine.inspect(sql)
        governed, decisions, notes = _govern(world, referenced, actor, purpose, names)
    except WeftError as error:
        _tell_refused(world, identifier, actor, purpose, (sql, names, error))
        raise
    question = Question(sql=sql, governed=governed, limits=_limits(world, limits), id=identifier, referenced=referenced)
    base.tell(world, *(_allowed(world, question, d) for d in decisions))
    return Asked(identifier, world.engine.ask(question), decisions, notes)


def _govern(
    world: World, referenced: Referenced, actor: str, purpose: str, names: list[str]
) -> tuple[tuple[Governed, ...], tuple[Decision, ...], tuple[str, ...]]:
    """Decide and describe every table that the statement names; `names` collects them for the audit."""
    with world.registry.transaction() as unit:
        products = [name.rpartition(".")[0].lower() for name in (*referenced.tables, _product(actor)) if name]
        known = base.declared_around(world, unit, products)
        who = policy.actor(known, actor)
        placed = []
        for name in referenced.tables:
            placed.append(_placed(known, name))
            names.append(placed[-1].name.key)
        decisions = [access.decide(world, known, p, who, purpose) for p in placed]
        for decision in decisions:
            if not decision.allowed:
                raise access.refusal(known, decision)
        seen = [access.published(unit, p) for p in placed]
    governed = [access.govern(world, *each) for each in zip(placed, decisions, seen, strict=True)]
    named = zip(governed, referenced.tables, strict=True)
    return tuple(g.model_copy(update={"name": name}) for g, name in named), tuple(decisions), life.notes(placed)


def _product(actor: str) -> str:
    """Of a derived product that asks, as if it were a table of it."""
    kind, _, name = actor.partition(":")
    return f"{name}." if kind == "product" else ""


def _placed(known: Declared, name: str) -> Placed:
    if name.count(".") != 2:  # noqa: PLR2004 - domain.product.table
        raise Invalid(
            f"'{name}' is not a table's name",
            hint="Tables are named domain.product.table; `weft search` finds them.",
        )
    return known.table(name)


def _limits(world: World, limits: Limits | None) -> Limits:
    mine = world.mesh.engine
    most = Limits(seconds=mine.seconds, memory=mine.memory, rows=mine.rows, bytes=mine.bytes, threads=mine.threads)
    if limits is None:
        return most
    # A caller may tighten a limit, never raise it.
    return Limits(**{name: min(getattr(limits, name), getattr(most, name)) for name in Limits.model_fields})


def _digest(sql: str) -> str:
    """The audit names a statement by its digest: its constants may be personal data."""
    return hashlib.sha256(sql.encode("utf-8", "surrogatepass")).hexdigest()


def _allowed(world: World, question: Question, decision: Decision) -> Event:
    key = decision.table.key
    data: dict[str, Any] = {
        "actor": decision.actor,
        "purpose": decision.purpose,
        "sql": _digest(question.sql),
        "ask": question.id,
    }
    return base.event(world, "read.allowed", key, data | access.audited(decision), key=f"{question.id}:{key}")


def _tell_refused(
    world: World, identifier: str, actor: str, purpose: str, what: tuple[str, list[str], WeftError]
) -> None:
    sql, names, error = what
    why = error.message if isinstance(error, Denied) else type(error).__name__
    data = {"actor": actor, "purpose": purpose, "sql": _digest(sql), "why": why, "ask": identifier}
    subjects = names or [""]
    base.tell(world, *(base.event(world, "read.refused", s, dict(data), key=f"{identifier}:{s}") for s in subjects))
