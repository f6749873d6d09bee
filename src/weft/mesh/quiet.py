"""Drivers too small for a folder: the system's clock, and progress that nobody watches."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The system's time."""

    def now(self) -> datetime:
        """Now, UTC with zone."""
        return datetime.now(UTC)


class Quiet:
    """Progress that nobody watches."""

    def start(self, name: str, total: int | None = None) -> None:
        """A piece of work begins."""

    def step(self, name: str, amount: int = 1, text: str = "") -> None:
        """So much more is done."""

    def done(self, name: str, text: str = "") -> None:
        """It ended."""
