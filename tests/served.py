"""A simulated system while it is served, and its values beside those that are held."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulated import VAULT, reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.seams import Reach


@contextmanager
def reached(vendor: Any, folder: Any) -> Iterator[Reach]:
    """The system is served; what a connector may reach of it."""
    from weft_vendors.core import serving

    with serving(vendor):
        yield reach(vendor, folder)


def secrets(*names: str) -> dict[str, str]:
    """References to credentials."""
    return {name: VAULT + name for name in names}


def same(held: Any, true: Any) -> bool:
    """Whether a held value is the true one: a column that was widened to text holds the same numbers as text."""
    if held is None or true is None or isinstance(true, bool) or not isinstance(true, int | float):
        return bool(held == true)
    return Decimal(str(held)) == Decimal(str(true))
