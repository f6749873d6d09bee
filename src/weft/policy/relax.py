"""Policies of a domain that would show more than a global one: they have no effect, and `check` says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from weft.model import Actor
from weft.policy.decide import Context, subject_of
from weft.policy.kinds.mask import Mask as Masking
from weft.policy.masks import rank
from weft.policy.rules import label, rulings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.model import Declared, Effective, Mask, Policy
    from weft.policy.obligation import Subject
    from weft.policy.rules import Ruling

    Protection = Mapping[str, Mapping[str, Effective]]

ANYBODY = Actor(id="", known=False)


class Relaxed(NamedTuple):
    """A column that a domain's policy wants to show more of than a global one allows."""

    column: str
    """`domain.product.table.column`."""
    rule: str
    """The global policy."""
    mask: str
    """What it orders."""


def relaxed(declared: Declared, policy: Policy, kind: object, effective: Protection) -> tuple[list[Relaxed], int]:
    """Columns on which a domain's mask is weaker than a global one that knows no exception.

    Where the global policy has exceptions, the domain's mask may reach those excepted, and so tightens.

    Args:
        declared: the mesh.
        policy: a domain's policy.
        kind: what it was built to.
        effective: protection of the columns of each table, by table key.

    Returns:
        Those columns, and the number of all columns that the policy matches.
    """
    found: list[Relaxed] = []
    matched = 0
    if not policy.domain or not isinstance(kind, Masking):
        return found, matched
    for placed in declared.placed:
        if placed.name.domain != policy.domain:
            continue
        context = Context(now=datetime.min.replace(tzinfo=UTC), effective=effective.get(placed.name.key, {}))
        subject = subject_of(placed, ANYBODY, context)
        columns = kind.columns(subject, policy)
        matched += len(columns)
        orders = [_orders(ruling, subject) for ruling in rulings(declared, "")]
        for column in columns:
            for ordered in orders:
                if column.name in ordered and rank(ordered[column.name][0]) < rank(kind.shown(column)):
                    mask, rule = ordered[column.name]
                    found.append(Relaxed(f"{placed.name}.{column.name}", rule, mask.kind))
                    break
    return found, matched


def _orders(ruling: Ruling, subject: Subject) -> dict[str, tuple[Mask, str]]:
    """Masks of a global policy that hold for everybody, by column."""
    kind = ruling.kind
    if not isinstance(kind, Masking) or kind.exceptions:
        return {}
    return {column.name: (kind.shown(column), label(ruling.policy)) for column in kind.columns(subject, ruling.policy)}
