"""Pages: what a request may ask for, and the envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.netsuite.errors import refused

if TYPE_CHECKING:
    from weft_vendors.core import Call

PAGE = 1000
PAGES = 1000


def window(call: Call) -> tuple[int, int]:
    """Limit and offset that a request asks for."""
    try:
        limit, offset = int(call.query.get("limit", PAGE)), int(call.query.get("offset", 0))
    except ValueError as wrong:
        raise refused(400, "INVALID_PARAMETER", "Invalid limit or offset.", errorQueryParam="limit") from wrong
    if not 1 <= limit <= PAGE:
        text = f"The limit must be between 1 and {PAGE}."
        raise refused(400, "INVALID_PARAMETER", text, errorQueryParam="limit")
    if offset < 0 or offset % limit:
        text = "The offset must be divisible by the limit."
        raise refused(400, "INVALID_PARAMETER", text, errorQueryParam="offset")
    if offset // limit >= PAGES:
        raise refused(400, "INVALID_PARAMETER", f"A result has at most {PAGES} pages.", errorQueryParam="offset")
    return limit, offset


def collection(base: str, items: list[Any], asked: tuple[int, int], total: int, *, more: bool) -> dict[str, Any]:
    """The envelope of a page; `base` is the address without query."""
    limit, offset = asked
    links = [("next", offset + limit), ("last", max(total - 1, 0) // limit * limit)] if more else []
    if offset:
        links += [("first", 0), ("previous", offset - limit)]
    return {
        "links": [{"rel": rel, "href": f"{base}?limit={limit}&offset={at}"} for rel, at in (*links, ("self", offset))],
        "count": len(items),
        "hasMore": more,
        "items": items,
        "offset": offset,
        "totalResults": total,
    }
