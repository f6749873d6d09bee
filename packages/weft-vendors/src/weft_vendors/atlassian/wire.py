"""How Jira writes times and words its refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from weft_vendors.core import Refused

if TYPE_CHECKING:
    from weft_vendors.core import Call


def stamp(at: datetime, zone: str = "UTC") -> str:
    """`2026-03-01T04:00:00.000-0800`: milliseconds, and an offset without colon."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


def moment(text: str) -> datetime:
    """The instant of a stamp, with or without colon in its offset."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def millis(at: datetime) -> int:
    """Epoch milliseconds."""
    return round(at.timestamp() * 1000)


def error(*messages: str, **fields: str) -> dict[str, Any]:
    """The body of an error."""
    return {"errorMessages": list(messages), "errors": fields}


def bad(*messages: str) -> Refused:
    """A request that Jira does not take."""
    return Refused(400, error(*messages))


def missing(message: str) -> Refused:
    """What is not there, or may not be seen."""
    return Refused(404, error(message))


def number(call: Call, word: str, otherwise: int) -> int:
    """A query parameter that is a whole number."""
    text = call.query.get(word) or str(otherwise)
    if not text.lstrip("-").isdigit():
        raise bad(f"The value '{word}' is not a number.")
    return int(text)


def body_of(call: Call, *known: str) -> dict[str, Any]:
    """The body, a JSON object without other keys than these."""
    if not isinstance(call.json, dict):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    unknown = sorted(set(call.json) - set(known)) if known else []
    if unknown:
        raise bad(f"Invalid request payload. Refer to the REST API documentation and try again: {', '.join(unknown)}")
    return call.json


def bean(call: Call, rows: list[dict[str, Any]], most: int = 50, *, total: bool = True) -> dict[str, Any]:
    """A page by offset; the server lowers `maxResults` to what it gives at most."""
    start, limit = number(call, "startAt", 0), min(number(call, "maxResults", min(50, most)), most)
    page = rows[start : start + limit]
    last = start + len(page) >= len(rows)
    told: dict[str, Any] = {"self": str(call.request.url), "maxResults": limit, "startAt": start}
    told |= {"total": len(rows)} if total else {}
    if not last:
        told["nextPage"] = str(call.request.url.include_query_params(startAt=start + limit, maxResults=limit))
    return {**told, "isLast": last, "values": page}
