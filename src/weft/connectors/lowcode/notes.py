"""What could not be taken over, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Unsupported(Struct, frozen=True):
    """A part of a manifest that weft has no counterpart for."""

    component: str
    """Its type, or a field of a type: `CustomRetriever`, `SimpleRetriever.pagination_reset`."""
    where: str
    """Its place: `streams.orders.retriever`."""
    why: str = ""


class Notes(Struct):
    """Gathers what could not be taken over."""

    found: list[Unsupported] = field(default_factory=list)
    special: dict[str, Callable[[Mapping[str, Any], str], Any]] = field(default_factory=dict)
    """How components of a type are converted that are laid out otherwise, by type: the component and its place."""

    def add(self, component: str, where: str, why: str = "") -> None:
        """Remember one; a kind that is not known is told once, whoever finds it."""
        kind = component.removesuffix(".kind")
        stream = where.split(".")[:2]
        if kind != component and any(u.component == kind and u.where.split(".")[:2] == stream for u in self.found):
            return
        new = Unsupported(kind, where.removesuffix(".kind") if kind != component else where, why)
        if new not in self.found:
            self.found.append(new)
