"""One at a time, over all threads and processes that share a registry."""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.seams import Registry

_LEASE = 600.0
_PAUSE = 0.05


class Turns(Struct, frozen=True):
    """Who wants a turn waits for it; a holder that died is not waited for."""

    registry: Registry
    owner: str
    """This process, as a holder of leases."""
    alive: Callable[[str], bool]
    wait: float = 120.0
    """Seconds."""

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """A turn at what is so called.

        Raises:
            Unavailable: others took longer than `wait`.
        """
        me, until = f"{self.owner}#{secrets.token_hex(4)}", time.monotonic() + self.wait
        while not self._taken(name, me):
            if time.monotonic() > until:
                raise Unavailable(
                    f"{name.replace(':', ' ')} is being renewed by another process for more than {self.wait:g} seconds",
                    hint="Try again when its run is done.",
                )
            time.sleep(_PAUSE)
        try:
            yield
        finally:
            with self.registry.transaction(write=True) as unit:
                unit.leases.release(name, me)

    def _taken(self, name: str, me: str) -> bool:
        with self.registry.transaction() as unit:
            holder = unit.leases.holder(name)
        if holder and self.alive(holder[0]):
            return False
        with self.registry.transaction(write=True) as unit:
            if holder:
                unit.leases.release(name, holder[0])
            return unit.leases.acquire(name, me, _LEASE)
