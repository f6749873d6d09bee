"""Small outside things: secrets, messages, time, progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Vault(Protocol):
    """Where secrets are."""

    def get(self, reference: str) -> str:
        """The secret behind `secret://env/NAME` or `secret://file/PATH`.

        Raises:
            Invalid: not a reference, or an unknown provider (lists the known ones).
            Unavailable: the provider has no such secret; names the reference, never a value.
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
