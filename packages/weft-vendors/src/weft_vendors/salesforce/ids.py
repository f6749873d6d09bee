"""Record ids: 15 characters that differ in case, and 3 more that tell the cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT = 15


def whole(short: str) -> str:
    """18 characters; what is not 15 long stays as it is."""
    if len(short) != SHORT:
        return short
    parts = (short[i : i + 5] for i in (0, 5, 10))
    return short + "".join(_CHECK[sum(c.isupper() << n for n, c in enumerate(part))] for part in parts)


def new(prefix: str, random: Random) -> str:
    """A new id of an object."""
    return whole(prefix + "5e0" + "".join(random.choices(_DIGITS, k=9)))
