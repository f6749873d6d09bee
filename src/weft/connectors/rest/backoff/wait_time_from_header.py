"""As long as a header says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weft.connectors import waits
from weft.connectors.rest.expressions import Template
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session


class WaitTimeFromHeader(Kind):
    """Waits as many seconds as a header says."""

    header: Template
    """Name of the header."""
    regex: str = ""
    """What of its value is the number: the whole match, or the first group."""
    max_waiting_time_in_seconds: float | None = None
    """A longer time ends the run instead; it goes on with the next one."""

    def wait(self, answer: Answer, _attempt: int, session: Session) -> float | None:
        """Seconds before the next try."""
        found = waits.span(cut(answer.headers.get(session.text(self.header), ""), self.regex), session.clock.now())
        longest = self.max_waiting_time_in_seconds
        return float("inf") if found is not None and longest is not None and found > longest else found


def cut(text: str, regex: str) -> str:
    """What of a header's value is meant; empty when nothing fits."""
    if not regex:
        return text
    match = re.search(regex, text)
    return "" if match is None else match[1] if match.re.groups else match[0]
