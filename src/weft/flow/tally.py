"""What is counted over all processes of a mesh: how much of a system's day was used. Kept as a cursor of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from weft.seams import World

PARTS = 24
"""Parts of a span that are counted by; what was taken counts for a part longer, so that no span has more."""
_APP, _RUN = "weft:tally:", "all"


class Tally(Struct, frozen=True):
    """Fulfils `seams.Tally` by the registry."""

    world: World

    def take(self, key: str, wanted: int, limit: int, seconds: float) -> tuple[int, float]:
        """See `seams.Tally`."""
        part, now = seconds / PARTS, self.world.clock.now().timestamp()
        here = int(now // part)
        with self.world.registry.transaction(write=True) as unit:
            known = unit.cursors.find(_APP + key, 0, _RUN) or {}
            taken = {int(at): int(n) for at, n in known.items() if int(at) >= here - PARTS}
            room = limit - sum(taken.values()) if wanted > 0 else taken.get(here, 0)
            granted = max(min(abs(wanted), room), 0)
            taken[here] = taken.get(here, 0) + (granted if wanted > 0 else -granted)
            unit.cursors.intend(_APP + key, 0, _RUN, {str(at): n for at, n in taken.items() if n})
        oldest = min((at for at, n in taken.items() if n), default=here)
        return granted, 0.0 if granted else (oldest + PARTS + 1) * part - now
