"""What could not be taken over, with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Unsupported:
    """A part of a manifest that weft has no counterpart for."""

    component: str
    """Its type, or a field of a type: `CustomRetriever`, `SimpleRetriever.pagination_reset`."""
    where: str
    """Its place: `streams.orders.retriever`."""
    why: str = ""


@dataclass
class Notes:
    """Gathers what could not be taken over."""

    found: list[Unsupported] = field(default_factory=list)
    special: dict[str, Callable[[Mapping[str, Any], str], Any]] = field(default_factory=dict)
    """How components of a type are converted that are laid out otherwise, by type: the component and its place."""

    def add(self, component: str, where: str, why: str = "") -> None:
        """Remember one."""
        new = Unsupported(component, where, why)
        if new not in self.found:
            self.found.append(new)
