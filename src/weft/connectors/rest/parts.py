"""Where the kinds of a manifest's components are found."""

from __future__ import annotations

from functools import lru_cache

from weft.kinds import Kinds, Nested

SLOTS = (
    "auth",
    "backoff",
    "budget",
    "cursors",
    "decoders",
    "deletes",
    "errors",
    "extractors",
    "paging",
    "partitions",
    "retrievers",
    "schemas",
    "transformations",
)
"""Sorts of components; each is a package below this one, and an entry-point group `weft.rest.<slot>`."""


@lru_cache
def kinds(slot: str) -> Kinds:
    """The known kinds of one sort."""
    return Kinds(f"weft.connectors.rest.{slot}", f"weft.rest.{slot}")


def Part(slot: str, default: str = "") -> Nested:  # noqa: N802 - reads as the type of a field
    """What tells that a field holds a component: the metadata of an annotated type.

    Args:
        slot: one of SLOTS.
        default: kind of a mapping that names none.
    """
    return Nested(kinds(slot), default)
