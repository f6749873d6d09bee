"""Until the time that a header says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.connectors import waits
from weft.connectors.rest.backoff.wait_time_from_header import cut
from weft.connectors.rest.expressions import Template
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session


class WaitUntilTimeFromHeader(Kind):
    """Waits until the time that a header says: seconds or milliseconds since 1970, ISO 8601, or as HTTP writes it."""

    header: Template
    """Name of the header."""
    regex: str = ""
    """What of its value is the time: the whole match, or the first group."""
    min_wait: Template = Template(0)
    """Seconds to wait at least."""

    def wait(self, answer: Answer, _attempt: int, session: Session) -> float | None:
        """Seconds before the next try."""
        text = cut(answer.headers.get(session.text(self.header), ""), self.regex)
        if not text:
            return None
        here = waits.moment(answer.headers.get("Date", "")) or session.clock.now()
        return max(waits.span(text, here) or 0.0, float(session.value(self.min_wait) or 0.0)) or None
