"""Twice as long each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.connectors.rest.expressions import Template
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session


class ExponentialBackoffStrategy(Kind):
    """Waits `factor`, then twice that, four times that, and so on."""

    factor: Template = Template(5)
    """Seconds before the second try."""

    def wait(self, _answer: Answer, attempt: int, session: Session) -> float | None:
        """Seconds before the next try."""
        return float(session.value(self.factor)) * 2.0 ** min(attempt, 20)
