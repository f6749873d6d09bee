"""What to do about an answer."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session


class Action(StrEnum):
    """What an error handler may say; the names are those of the Airbyte low-code language."""

    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    RETRY = "RETRY"
    IGNORE = "IGNORE"
    RATE_LIMITED = "RATE_LIMITED"
    REFRESH = "REFRESH_TOKEN_THEN_RETRY"
    RESET = "RESET_PAGINATION"


class Failure(StrEnum):
    """Whose fault it is: the input's, the moment's, ours; or nobody's: it wants to be asked for otherwise."""

    CONFIG = "config_error"
    TRANSIENT = "transient_error"
    SYSTEM = "system_error"
    SLOW = "too_slow"
    OTHERWISE = "unsupported"


class Verdict(Struct, frozen=True):
    """What is to be done, and what is to be told."""

    action: Action
    message: str = ""
    """What the manifest says about it."""
    failure: Failure | None = None
    wait: float | None = None
    """Seconds before the next try that a strategy of the manifest says."""
    tries: int = 5
    """How often it may be tried again."""
    said: bool = False
    """Whether the manifest itself says so: then it also sends again what is not sent twice by itself."""


class ErrorHandler(Protocol):
    """What a component of the slot `errors` offers."""

    def judge(self, answer: Answer, attempt: int, session: Session) -> Verdict | None:
        """What to do about an answer; None = nothing is said about it.

        Args:
            answer: what came.
            attempt: 0 for the first.
            session: for expressions and the time.
        """


class Backoff(Protocol):
    """What a component of the slot `backoff` offers."""

    def wait(self, answer: Answer, attempt: int, session: Session) -> float | None:
        """Seconds before the next try; None = this strategy says nothing."""


_AGAIN = {408, 425, *range(500, 600)}
_LIMITED = 429
_LOGIN = 401


def usual(answer: Answer) -> Verdict:
    """What a status means where the manifest says nothing."""
    if answer.good:
        return Verdict(Action.SUCCESS)
    if answer.status == _LIMITED:
        return Verdict(Action.RATE_LIMITED)
    if answer.status == _LOGIN:
        return Verdict(Action.REFRESH)
    return Verdict(Action.RETRY if answer.status in _AGAIN else Action.FAIL)


def names(answer: Answer) -> Mapping[str, Any]:
    """What expressions about an answer may speak of."""
    found = answer.json
    return {"response": {} if found is None else found, "headers": answer.headers}
