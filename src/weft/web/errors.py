"""Errors as HTTP: problem+json (RFC 9457) for programs; the words are those of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.errors import Broken, Conflict, Denied, Invalid, Unavailable, Unknown

if TYPE_CHECKING:
    from weft.errors import WeftError

_STATUS = ((Unknown, 404), (Invalid, 422), (Denied, 403), (Conflict, 409), (Unavailable, 503), (Broken, 500))
TITLES = {
    400: "Not a request that can be read",
    403: "Denied",
    404: "Not found",
    405: "Method not allowed",
    406: "No such form",
    409: "Somebody else was first",
    413: "Too large",
    415: "Not a kind that is taken",
    422: "Mend the input",
    500: "Broken",
    503: "Try again later",
}
RETRY_SECONDS = 5


def status_of(error: WeftError) -> int:
    """HTTP status by what the reader can do; 500 for what nobody foresaw."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(error: WeftError, status: int = 0) -> dict[str, Any]:
    """The members of a problem document; `class` names the error's class, `hint` says what to do next."""
    status = status or status_of(error)
    return {
        "type": "about:blank",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": error.message,
        "class": error.known_as,
        "hint": error.hint,
        "problems": [str(one) for one in getattr(error, "problems", ())],
    }


def headers_of(error: WeftError) -> dict[str, str]:
    """When to try again, where that helps."""
    return {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, Unavailable) else {}
