"""An answer that did not come, or not whole, or not in time."""

from __future__ import annotations

from weft.errors import Unavailable


class Lost(Exception):
    """Ask again; in the end it is told as `Unavailable`.

    Args:
        why: for people: "it stops in the middle".
        hint: what to do, when that is another thing than to try later.
        unsent: whether the request surely did nothing, so that any may be sent again.
        tries: how often at most; None = as for other errors.
    """

    def __init__(self, why: str, *, hint: str = "", unsent: bool = False, tries: int | None = None) -> None:
        super().__init__(why)
        self.why, self.hint, self.unsent, self.tries = why, hint, unsent, tries


class TooSlow(Unavailable):
    """Less at once would do: an interval of a cursor is asked for in halves."""
