"""What a sort of answer means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import field_validator

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.http.failing import shown
from weft.connectors.rest.http.verdict import Action, Failure, Verdict, names
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session


class HttpResponseFilter(Kind):
    """Fits an answer by status, by a condition, or by a piece of its text; any one of those that are given suffices."""

    action: Action = Action.FAIL
    """SUCCESS, FAIL, RETRY, IGNORE (as if the answer were empty), RATE_LIMITED (wait as long as the server says),
    REFRESH_TOKEN_THEN_RETRY, RESET_PAGINATION (begin the stream's pages again)."""
    http_codes: frozenset[int] = frozenset()
    """Statuses."""
    predicate: Template | None = None
    """A condition over `response` and `headers`."""
    error_message_contains: str = ""
    """A piece of the answer's text."""
    error_message: Template | None = None
    """What the user is told; of what `response` holds only codes are shown."""
    failure_type: Failure | None = None
    """Of FAIL: config_error (mend the source), transient_error (try later), system_error (the connector is wrong),
    too_slow (an interval of the stream's cursor is asked for in halves),
    unsupported (`initial` of a stream gives way to the stream itself)."""

    @field_validator("action", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    def judge(self, answer: Answer, _attempt: int, session: Session) -> Verdict | None:
        """What this filter says about an answer; None when it does not fit."""
        if not self._fits(answer, session):
            return None
        known = {"response": shown(answer.json), "headers": answer.headers}
        text = "" if self.error_message is None else session.value(self.error_message, **known)
        return Verdict(self.action, str(text or ""), self.failure_type, said=True)

    def _fits(self, answer: Answer, session: Session) -> bool:
        if answer.status in self.http_codes:
            return True
        if self.error_message_contains and self.error_message_contains.encode() in answer.body:
            return True
        return self.predicate is not None and bool(session.value(self.predicate, **names(answer)))
