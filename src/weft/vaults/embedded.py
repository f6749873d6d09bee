"""The mesh's own vault: `secret://vault/NAME`. Envelopes lie in the registry, the master key never does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.errors import Unavailable
from weft.model import Secret
from weft.seams.failpoint import failpoint
from weft.vaults.stored import PREFIX, Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.model import Rewrapped, Sealed
    from weft.seams import Clock, Registry
    from weft.vaults.keys import Keys
    from weft.vaults.turn import Turns


class Embedded(Struct, frozen=True):
    """Fulfils `seams.Safe`, and is the provider `vault`."""

    registry: Registry
    keys: Keys
    mesh: str
    """Name of the mesh; authenticated with every envelope."""
    clock: Clock
    user: str
    """Whom events of a renewal name."""
    turns: Turns

    def get(self, path: str) -> str | None:
        """The secret, or none; see `seams.Vault.get`."""
        with self._stored() as stored:
            sealed = stored.find(path)
            missing = sealed and not self._readable(sealed)
            if sealed and not missing:
                return stored.open(sealed)
        if not missing:
            return None
        with self._stored() as stored:  # the master key may have been changed between the two looks
            sealed = stored.find(path)
            return stored.open(sealed) if sealed else None

    def place(self, path: str) -> str:
        """What is looked for, for messages."""
        return f"the secret '{path}' in the mesh's vault (weft secret set {path})"

    def renew(self, path: str, seen: str, make: Callable[[str], str]) -> str:
        """See `seams.Vault.renew`."""
        with self.turns.of(f"secret:{path}"):
            with self._stored() as stored:
                sealed = stored.find(path)
            current = self.get(path)
            if sealed is None or current is None:
                raise Unavailable(f"there is no secret behind '{PREFIX}{path}'", hint=f"weft secret set {path}")
            if current != seen:
                return current
            fresh = make(current)
            failpoint("vault.made")
            with self._stored(write=True) as stored:
                now = stored.find(path)
                if now and now.version != sealed.version:  # somebody has set it meanwhile: their word stands
                    return stored.open(now)
                stored.put("secret.renewed", path, fresh, self.user)
            return fresh

    def all(self) -> tuple[Secret, ...]:
        """See `seams.Safe.all`."""
        with self.registry.transaction() as unit:
            found = unit.secrets.all()
        return tuple(_shown(sealed, readable=self._readable(sealed)) for sealed in found)

    def put(self, name: str, value: str, by: str) -> Secret:
        """See `seams.Safe.put`."""
        with self._stored(write=True) as stored:
            return _shown(stored.put("secret.set", name, value, by))

    def drop(self, name: str, by: str) -> None:
        """See `seams.Safe.drop`."""
        with self._stored(write=True) as stored:
            stored.drop(name, by)

    def rotate(self, by: str) -> Rewrapped:
        """See `seams.Safe.rotate`."""
        with self._stored(write=True) as stored:
            done = stored.rewrap(by)
        failpoint("vault.rewrapped")
        with self.registry.transaction(write=True) as unit:
            self.keys.keep({done.master, *(sealed.master for sealed in unit.secrets.all())})
        return done

    @contextmanager
    def _stored(self, *, write: bool = False) -> Iterator[Stored]:
        with self.registry.transaction(write=write) as unit:
            yield Stored(unit, self.keys, self.mesh, self.clock)

    def _readable(self, sealed: Sealed) -> bool:
        return any(key.digest == sealed.master for key in self.keys.all())


def _shown(sealed: Sealed, *, readable: bool = True) -> Secret:
    return Secret(name=sealed.name, version=sealed.version, at=sealed.at, by=sealed.by, readable=readable)
