"""Names that the shell completes, out of the mesh that is at hand; never an error, never more than a moment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weft.model import Declared


def _known(names: Callable[[Declared], Iterable[str]], begun: str) -> list[str]:
    """Names that begin so; none when there is no mesh, or it is not in order."""
    try:
        return [name for name in sorted(set(names(_declared()))) if name.startswith(begun)]
    except Exception:  # noqa: BLE001 - whatever stands in the way, the shell's line is no place to tell it
        return []


def _declared() -> Declared:
    """The documents of the folder: quicker to read than the registry."""
    from pathlib import Path

    from weft import spec
    from weft.cli.where import find_mesh

    root = find_mesh(Path(os.environ["WEFT_MESH"]) if "WEFT_MESH" in os.environ else None)
    return spec.resolve(spec.read_folder(root)[0])[0]


def complete_tables(incomplete: str) -> list[str]:
    """Tables."""
    return _known(lambda known: (str(p.name) for p in known.placed), incomplete)


def complete_products(incomplete: str) -> list[str]:
    """Products."""
    return _known(lambda known: known.products, incomplete)


def complete_names(incomplete: str) -> list[str]:
    """Products, and tables once the product stands there."""
    return _known(lambda known: (*known.products, *(str(p.name) for p in known.placed)), incomplete)


def complete_sources(incomplete: str) -> list[str]:
    """Sources."""
    return _known(lambda known: known.sources, incomplete)


def complete_metrics(incomplete: str) -> list[str]:
    """Metrics."""
    return _known(lambda known: known.metrics, incomplete)


def complete_boards(incomplete: str) -> list[str]:
    """Boards."""
    return _known(lambda known: known.boards, incomplete)


def complete_people(incomplete: str) -> list[str]:
    """People and service accounts."""
    return _known(lambda known: (*known.people, *known.services), incomplete)


def complete_events(incomplete: str) -> list[str]:
    """Types of events."""
    from typing import get_args

    from weft.model import EventType

    return [name for name in get_args(EventType) if name.startswith(incomplete)]
