"""The time of waiting: a clock that runs, and a way to let it pass. Tests give one that is told the time."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.seams import Clock


class Pace(Struct, frozen=True):
    """How time passes here; apart from the mesh's clock, which may stand still."""

    now: Callable[[], float] = time.monotonic
    """Seconds from some beginning."""
    sleep: Callable[[float], None] = time.sleep
    """Seconds."""
    chance: Callable[[], float] = random.random
    """In [0, 1)."""

    @staticmethod
    def of(clock: Clock) -> Pace:
        """The time as it runs; of a clock that has a `sleep(seconds)` of its own, that clock's."""
        sleep = getattr(clock, "sleep", None)
        return Pace() if sleep is None else Pace(lambda: clock.now().timestamp(), sleep, lambda: 0.5)
