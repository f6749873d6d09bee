"""weft: a self-serve data mesh platform.

>>> import weft
>>> mesh = weft.open("my-mesh")                              # doctest: +SKIP
>>> mesh.ask("SELECT * FROM sales.orders.orders").to_polars()  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weft.client import Mesh, connect, open  # noqa: A004 - weft.open is what it is

__all__ = ["Mesh", "connect", "open"]


def __getattr__(name: str) -> Any:
    """What is loaded when it is first named: the command line starts without it."""
    if name in __all__:
        import weft.client

        return getattr(weft.client, name)
    raise AttributeError(f"module 'weft' has no attribute '{name}'")
