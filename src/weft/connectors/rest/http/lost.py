"""An answer that did not come, or not whole, or not in time."""

from __future__ import annotations

from weft.errors import Invalid, Unavailable


class TooSlow(Unavailable):
    """It took too long: less at once may help."""

    halves = 12
    """How often half as much is asked for instead."""

    def silent(self) -> TooSlow:
        """This one, where nothing came: less at once may help, or nobody answers at all."""
        self.halves = 3
        return self


class Lost(Exception):
    """Ask again; in the end it is told as `Unavailable`.

    Args:
        why: for people: "it stops in the middle".
        hint: what to do, when that is another thing than to try later.
        unsent: whether the request surely did nothing, so that any may be sent again.
        tries: how often at most; None = as for other errors.
        slow: it took too long.
    """

    def __init__(
        self, why: str, *, hint: str = "", unsent: bool = False, tries: int | None = None, slow: bool = False
    ) -> None:
        super().__init__(why)
        self.why, self.hint, self.unsent, self.tries, self.slow = why, hint, unsent, tries, slow


class Unsupported(Invalid):
    """What is asked for is not offered in this way: `initial` of a stream gives way to the stream itself."""
