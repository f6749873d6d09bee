"""The order of masks, and what several of them on one column make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.model import CLASSIFICATIONS, Mask

if TYPE_CHECKING:
    from collections.abc import Iterable

_RANKS = {"deny": 0, "null": 1, "redact": 1, "hash": 2, "partial": 3, "bucket": 4, "year": 4, "clear": 5}
_FITTING = {
    "partial": ("string", "integer"),
    "bucket": ("integer", "number"),
    "year": ("date", "timestamp"),
}

NULL = Mask(kind="null")


def rank(mask: Mask) -> int:
    """Place of a mask from the strictest (0); an unknown kind counts as null."""
    return _RANKS.get(mask.kind, _RANKS["null"])


def combine(masks: Iterable[Mask]) -> Mask | None:
    """The one mask that shows no more than any of these; none when there are none.

    The strictest wins. Two different masks of one rank clash, and a clash makes null, even where a mask between
    them and null is there as well: so the order does not matter, and one mask more never shows more.
    """
    found = [mask for mask in masks if mask.kind != "clear"]
    if not found:
        return None
    strictest = min(found, key=rank)
    if rank(strictest) == _RANKS["deny"]:
        return strictest
    by_rank: dict[int, Mask] = {}
    for mask in found:
        first = by_rank.setdefault(rank(mask), mask)
        if first is not mask and first != mask:
            return NULL
    return strictest


def fitting(mask: Mask, logical_type: str) -> Mask:
    """The mask itself, or null where it cannot be computed for values of that type."""
    fits = _FITTING.get(mask.kind)
    return mask if fits is None or logical_type in fits else NULL


def protection(word: str) -> int:
    """Place of a classification from the least protected (0): empty is internal, an unknown word is restricted."""
    word = word.strip().lower() or "internal"
    return CLASSIFICATIONS.index(word) if word in CLASSIFICATIONS else len(CLASSIFICATIONS) - 1
