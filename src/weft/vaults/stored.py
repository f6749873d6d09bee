"""The secrets of the mesh's own vault in one transaction: envelopes in the registry, their versions in the journal.

The journal knows the version of every secret, so that an older envelope that somebody puts back is noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.errors import Broken, Invalid, Unknown
from weft.model import Event, Rewrapped, Sealed
from weft.model.run import iso
from weft.vaults.envelope import Label
from weft.vaults.keys import BEFORE, VARIABLE

if TYPE_CHECKING:
    from weft.model import EventType
    from weft.seams import Clock, Unit
    from weft.vaults.envelope import Master
    from weft.vaults.keys import Keys

PREFIX = "secret://vault/"
_TYPES: tuple[EventType, ...] = ("secret.set", "secret.renewed", "secret.removed")
_ANEW = "or store the secret anew: weft secret set"


class Stored(Struct, frozen=True):
    """What one transaction sees of them."""

    unit: Unit
    keys: Keys
    mesh: str
    clock: Clock

    def find(self, name: str) -> Sealed | None:
        """The envelope of that name, or none.

        Raises:
            Broken: it is not the version that the journal tells of.
        """
        sealed, last = self.unit.secrets.get(name), self._last(name)
        told = last.data["version"] if last and last.type != "secret.removed" else 0
        there = sealed.version if sealed else 0
        if there != told:
            raise Broken(
                f"the vault holds {f'version {there}' if there else 'nothing'} of the secret '{name}', "
                f"the journal tells of {f'version {told}' if told else 'none'}",
                hint="The registry was changed by other means than weft: keep a copy for audit, "
                f"then store the secret anew: weft secret set {name}",
            )
        return sealed

    def open(self, sealed: Sealed) -> str:
        """The secret in an envelope.

        Raises:
            Broken: its master key is not at hand, or it is not the envelope that was stored.
        """
        known = {key.digest: key for key in self.keys.all()}
        if sealed.master not in known:
            raise Broken(
                f"the secret '{sealed.name}' is sealed under the master key {sealed.master}; "
                f"at hand: {', '.join(known) or 'none'}",
                hint=f"Put that key back into {self.keys.path.name}, {VARIABLE} or {BEFORE}, {_ANEW} {sealed.name}",
            )
        return self._label(sealed).open(known[sealed.master], sealed)

    def put(self, kind: EventType, name: str, value: str, by: str) -> Sealed:
        """Seal and store a new version."""
        last = self._last(name)
        label = Label(self.mesh, name, (last.data["version"] if last else 0) + 1)
        master = self.keys.current()
        wrapped, closed = label.seal(master, value)
        sealed = Sealed(
            name=name,
            version=label.version,
            at=iso(self.clock.now()),
            by=by,
            master=master.digest,
            wrapped=wrapped,
            sealed=closed,
        )
        self.unit.secrets.put(sealed)
        self._tell(kind, name, by, {"version": label.version})
        return sealed

    def drop(self, name: str, by: str) -> None:
        """Forget one; see `seams.Safe.drop`."""
        last = self._last(name)
        if self.unit.secrets.get(name) is None or last is None:
            raise Unknown(f"the vault has no secret '{name}'", hint="`weft secret list` shows what it has.")
        self.unit.secrets.drop(name)
        self._tell("secret.removed", name, by, {"version": last.data["version"]})

    def rewrap(self, by: str) -> Rewrapped:
        """Wrap every data key with a new master key; see `seams.Safe.rotate`."""
        if not self.keys.named:
            self.keys.add()
        known = {key.digest: key for key in self.keys.all()}
        new = next(iter(known.values()))
        stale = [sealed for sealed in self.unit.secrets.all() if sealed.master != new.digest]
        if self.keys.named and not stale:
            raise Invalid(
                f"the key in {VARIABLE} wraps every secret already",
                hint=f"Put a new key into {VARIABLE} and this one into {BEFORE}, then run again.",
            )
        lost = tuple(sealed.name for sealed in stale if sealed.master not in known)
        for sealed in stale:
            if sealed.name not in lost:
                self._rewrap(sealed, known[sealed.master], new)
        done = Rewrapped(master=new.digest, changed=len(stale) - len(lost), lost=lost)
        self._tell("vault.rotated", "", by, done.model_dump(mode="json"))
        return done

    def _rewrap(self, sealed: Sealed, old: Master, new: Master) -> None:
        wrapped = self._label(sealed).rewrap(old, new, sealed)
        self.unit.secrets.put(sealed.model_copy(update={"master": new.digest, "wrapped": wrapped}))

    def _label(self, sealed: Sealed) -> Label:
        return Label(self.mesh, sealed.name, sealed.version)

    def _last(self, name: str) -> Event | None:
        """The newest event about a secret."""
        found = self.unit.journal.read(types=_TYPES, subject=PREFIX + name, limit=1, newest=True)
        return found[0] if found else None

    def _tell(self, kind: EventType, name: str, by: str, data: dict[str, Any]) -> None:
        at, subject = iso(self.clock.now()), PREFIX + name
        key = f"{kind}:{subject}:{data.get('version', at)}"
        self.unit.journal.append([Event(type=kind, id=key, at=at, actor=by, subject=subject, data=data)])
