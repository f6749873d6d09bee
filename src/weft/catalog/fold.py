"""What a fold is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.model import Event, EventType

    Get = Callable[[str], Any]
    """Value of a key of the fold's own projection, or none; not to be changed in place."""


class Fold(Protocol):
    """Turns events into rows of one projection. Pure: rows depend on the events and their order alone."""

    @property
    def name(self) -> str:
        """Name of the projection.

        It ends with a number, raised when the rows' meaning changes: the new projection fills itself from the journal.
        """

    @property
    def types(self) -> tuple[EventType, ...]:
        """The events that it reads."""

    def reads(self, event: Event) -> tuple[str, ...]:
        """Keys that `apply` is likely to get for that event: they are fetched together for many events.

        One that it gets besides is fetched alone, which takes longer and changes nothing.
        """

    def apply(self, get: Get, event: Event) -> dict[str, Any]:
        """Rows to set after that event: JSON values by key, None deletes."""
