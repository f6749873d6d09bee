"""Small outside things: secrets, messages, time, progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from weft.model import Rewrapped, Secret


class Vault(Protocol):
    """Where secrets are."""

    def get(self, reference: str) -> str:
        """The secret behind `secret://vault/NAME`, `secret://env/NAME` or `secret://file/PATH`.

        Raises:
            Invalid: not a reference, or an unknown provider (lists the known ones).
            Unavailable: the provider has no such secret; names the reference, never a value.
            Broken: it is in the vault, but is not what was stored there, or its master key is not here.
        """

    def renew(self, reference: str, seen: str, make: Callable[[str], str]) -> str:
        """Replace a secret by a new one, once for all who found the same old one, over all processes.

        Args:
            reference: of the vault: `secret://vault/NAME`.
            seen: the secret as the caller knows it. If it is another one now, somebody has renewed it, and that is
                returned.
            make: is given the secret, obtains the new one. One at a time; what it returns is stored before anybody
                is given it. What it raises goes through, and nothing is changed.

        Raises:
            Unavailable: the secret is not of the vault (environment and files are not written), is not there, or
                another process has been renewing it for too long.
        """


class Tally(Protocol):
    """What was counted over all processes of a mesh."""

    def take(self, key: str, wanted: int, limit: int, seconds: float) -> tuple[int, float]:
        """Count so many of a thing that there may be a limited number of in any span of time.

        Args:
            key: of the thing; holds no secret.
            wanted: how many; negative: so many were not used.
            limit: how many there may be.
            seconds: length of the span.

        Returns:
            How many may be taken, and if there are none how many seconds it is until there may be.
        """


class Safe(Protocol):
    """The mesh's own vault, to whom `secret://vault/NAME` leads: each change is an event, in the same transaction."""

    def all(self) -> tuple[Secret, ...]:
        """What may be told of each, by name."""

    def put(self, name: str, value: str, by: str) -> Secret:
        """Store a secret, or a new version of it.

        Raises:
            Broken: the file of the master key may be read by others, or holds none.
        """

    def drop(self, name: str, by: str) -> None:
        """Forget it.

        Raises:
            Unknown: there is none of that name.
        """

    def rotate(self, by: str) -> Rewrapped:
        """Take a new master key and wrap the data keys with it; the sealed secrets stay as they are.

        Raises:
            Invalid: the master key comes from the environment, and it is the one already.
        """


class Notifier(Protocol):
    """Tells people."""

    def tell(self, to: Sequence[str], subject: str, text: str) -> None:
        """Deliver or keep for delivery; never raises."""


class Outlet(Protocol):
    """Where lineage events go."""

    def put(self, event: str) -> None:
        """Hand over one event, JSON on one line.

        Raises:
            Unavailable: it was not taken.
        """


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Now, UTC with zone."""


class Progress(Protocol):
    """Shows long work to whoever waits."""

    def start(self, name: str, total: int | None = None) -> None:
        """A piece of work begins; `total` in its own unit when known."""

    def step(self, name: str, amount: int = 1, text: str = "") -> None:
        """So much more is done."""

    def done(self, name: str, text: str = "") -> None:
        """It ended."""
