"""How HubSpot writes values and words its refusals."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from weft_vendors.core import Refused


def iso(at: datetime) -> str:
    """UTC with milliseconds, which are left out when they are zero."""
    text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest = at.microsecond // 1000
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def moment(value: Any) -> datetime:
    """An instant from ISO text or from epoch milliseconds (number or text); a date is its midnight in UTC."""
    text = str(value)
    if text.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def millis(at: datetime) -> int:
    """Epoch milliseconds."""
    return round(at.timestamp() * 1000)


def error(message: str, category: str = "", **more: Any) -> dict[str, Any]:
    """The body of an error."""
    body: dict[str, Any] = {"status": "error", "message": message, "correlationId": str(uuid.uuid4())}
    return {**body, **({"category": category} if category else {}), **more}


def invalid(message: str = "There was a problem with the request.") -> Refused:
    """A request that HubSpot does not understand."""
    return Refused(400, error(message, "VALIDATION_ERROR"))


def missing(message: str = "resource not found") -> Refused:
    """What is not there."""
    return Refused(404, error(message, "OBJECT_NOT_FOUND"))
