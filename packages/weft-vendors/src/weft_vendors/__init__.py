"""Simulators of business systems' APIs.

Each sub-package except `core` is one system and offers its simulator as `VENDOR`, a `weft_vendors.core.Vendor`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weft_vendors.core import Vendor

__all__ = ["names", "vendor"]


def names() -> list[str]:
    """The systems that are simulated."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.ispkg and m.name != "core")


def vendor(name: str) -> type[Vendor]:
    """The simulator of a system.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in names():
        raise KeyError(name)
    found: type[Vendor] = import_module(f"{__name__}.{name}").VENDOR
    return found
