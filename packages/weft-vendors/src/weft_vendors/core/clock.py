"""The time of a simulator, always UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Stands at the given time until it is advanced, or runs with the machine's clock when none is given."""

    def __init__(self, at: str | datetime | None = None, *, runs: bool | None = None) -> None:
        now = datetime.now(UTC)
        start = now if at is None else datetime.fromisoformat(at) if isinstance(at, str) else at
        self.runs = at is None if runs is None else runs
        self._at = start.astimezone(UTC)
        self._began = now

    def now(self) -> datetime:
        """The time there, with zone."""
        return self._at + (datetime.now(UTC) - self._began) if self.runs else self._at

    def advance(self, seconds: float) -> datetime:
        """Goes on (back, where negative) by so much."""
        self._at += timedelta(seconds=seconds)
        return self.now()

    def stamp(self) -> str:
        """`2026-03-01T08:00:00.000Z`."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
