"""Always the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.connectors.rest.expressions import Template
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session


class ConstantBackoffStrategy(Kind):
    """Waits the same time before each further try."""

    backoff_time_in_seconds: Template
    """Seconds."""

    def wait(self, _answer: Answer, _attempt: int, session: Session) -> float | None:
        """Seconds before the next try."""
        return float(session.value(self.backoff_time_in_seconds))
