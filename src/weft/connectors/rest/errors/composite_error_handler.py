"""Several error handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from weft.connectors.rest.errors.default_error_handler import DefaultErrorHandler
from weft.connectors.rest.parts import Part
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session
    from weft.connectors.rest.http.verdict import Verdict


class CompositeErrorHandler(Kind):
    """Several handlers, each with its own waits: the first that has a filter which fits, else the first one."""

    error_handlers: tuple[Annotated[Any, Part("errors", "DefaultErrorHandler")], ...] = Field(min_length=1)
    """Asked in this order."""

    def said(self, answer: Answer, attempt: int, session: Session) -> Verdict | None:
        """What the handlers' filters say."""
        told = (one.said(answer, attempt, session) for one in self.error_handlers)
        return next((verdict for verdict in told if verdict is not None), None)

    def judge(self, answer: Answer, attempt: int, session: Session) -> Verdict:
        """What to do about an answer."""
        found = self.said(answer, attempt, session) or self.error_handlers[0].judge(answer, attempt, session)
        return found or DefaultErrorHandler().judge(answer, attempt, session)
