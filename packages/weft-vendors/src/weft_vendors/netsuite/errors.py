"""How NetSuite words what it refuses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from weft_vendors.core import Refused

LOGIN = (
    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at "
    "Setup > Users/Roles > User Management > View Login Audit Trail."
)
MALFORMED = "The request could not be understood by the server due to malformed syntax."


def envelope(status: int, code: str, detail: str, **more: str) -> dict[str, Any]:
    """The body of a refusal; `more` are fields of the detail, `o:` is put before them."""
    return {
        "type": "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "o:errorDetails": [{"detail": detail, **{f"o:{k}": v for k, v in more.items()}, "o:errorCode": code}],
    }


def refused(status: int, code: str, detail: str, **more: str) -> Refused:
    """The refusal to raise."""
    return Refused(status, envelope(status, code, detail, **more))


def bad_query(reason: str) -> Refused:
    """A query that does not run."""
    text = f"Invalid search query. Detailed unprocessed description follows. Search error occurred: {reason}."
    return refused(400, "INVALID_PARAMETER", text)


def bad_login(account: str, words: str = "invalid_token") -> Refused:
    """Wrong, expired and revoked look alike."""
    status, text = (400, MALFORMED) if words == "invalid_request" else (401, "Invalid login attempt.")
    challenge = f'Bearer realm="{account}", error="{words}", error_description="{text}"'
    code, detail = ("INVALID_REQUEST", MALFORMED) if status == 400 else ("INVALID_LOGIN", LOGIN)  # noqa: PLR2004
    return Refused(status, envelope(status, code, detail), WWW_Authenticate=challenge)


def concurrent() -> dict[str, Any]:
    """Too many at once."""
    body = envelope(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")
    return {**body, "title": "Bad Request", "o:errorCode": "USER_ERROR"}
