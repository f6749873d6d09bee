"""The error handler of most streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec.structs import replace
from pydantic import Field

from weft.connectors.rest.http.verdict import Action, usual
from weft.connectors.rest.parts import Part
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session
    from weft.connectors.rest.http.verdict import Verdict


class DefaultErrorHandler(Kind):
    """The first filter that fits decides what an answer means, else its status does.

    2xx is good, 429 waits, 401 renews the token once, 408, 425 and 5xx are tried again, all else fails.
    """

    response_filters: tuple[Annotated[Any, Part("errors", "HttpResponseFilter")], ...] = ()
    """What answers mean that are not as usual."""
    backoff_strategies: tuple[Annotated[Any, Part("backoff")], ...] = ()
    """How long to wait before a request is sent again; the first that knows decides. A server's own wish, where it is
    longer, is obeyed. None: exponential."""
    max_retries: int = Field(5, ge=0, le=20)
    """How often a request is sent again."""

    def said(self, answer: Answer, attempt: int, session: Session) -> Verdict | None:
        """What the filters say."""
        for one in self.response_filters:
            found = one.judge(answer, attempt, session)
            if found is not None:
                return self._waiting(found, answer, attempt, session)
        return None

    def judge(self, answer: Answer, attempt: int, session: Session) -> Verdict:
        """What to do about an answer."""
        return self.said(answer, attempt, session) or self._waiting(usual(answer), answer, attempt, session)

    def _waiting(self, found: Verdict, answer: Answer, attempt: int, session: Session) -> Verdict:
        wait = None
        if found.action in {Action.RETRY, Action.RATE_LIMITED}:
            told = (strategy.wait(answer, attempt, session) for strategy in self.backoff_strategies)
            wait = next((seconds for seconds in told if seconds is not None), None)
        return replace(found, wait=wait, tries=self.max_retries)
