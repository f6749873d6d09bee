"""Gainsight PX, served below `/px/v1`: scrolls, numbered pages, events by their date."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused, answer

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call, Row
    from weft_vendors.gainsight.tenant import Gainsight

MOST, USUAL = 500, 25
KEYS = {"px_account": "id", "px_user": "aptrinsicId", "px_custom_event": "eventId", "px_feature": "id"}
"""Key fields."""
_FILTER = re.compile(r"(\w+)(>=|<=|==|>|<)(\d+)")


def let_in(vendor: Gainsight, call: Call) -> None:
    """The key in its header."""
    if call.headers.get("x-aptrinsic-api-key") != vendor.px_key:
        raise Refused(401, {"externalapierror": {"status": "UNAUTHORIZED", "message": "Invalid API key"}})


def _size(call: Call) -> int:
    size = call.query.get("pageSize", str(USUAL))
    if not size.isdigit() or not 1 <= int(size) <= MOST:
        raise Refused(400, {"externalapierror": {"status": "BAD_REQUEST", "message": f"pageSize is 1 to {MOST}"}})
    return int(size)


def _scrolled(vendor: Gainsight, call: Call, object_: str, order: str) -> tuple[list[Row], str | None, int]:
    """Rows behind the scroll's place; a scroll is no snapshot."""
    key = KEYS[object_]
    found = sorted(_filtered(vendor, call, object_), key=lambda r: (r.get(order) or 0, r[key]))
    total, place = len(found), call.query.get("scrollId")
    if place:
        try:
            after = tuple(json.loads(urlsafe_b64decode(place)))
        except ValueError as wrong:
            raise Refused(400, {"externalapierror": {"status": "BAD_REQUEST", "message": "scrollId"}}) from wrong
        found = [r for r in found if (r.get(order) or 0, r[key]) > after]
    page = found[: _size(call)]
    vendor.ledger.served(call.number, object_, [r[key] for r in page])
    last = json.dumps([page[-1].get(order) or 0, page[-1][key]]) if page else ""
    return page, urlsafe_b64encode(last.encode()).decode() if page else None, total


def _filtered(vendor: Gainsight, call: Call, object_: str) -> list[Row]:
    found = list(vendor.ledger.rows(object_).values())
    for name, operator, number in _FILTER.findall(call.query.get("filter", "")):
        found = [r for r in found if _meets(r.get(name), operator, int(number))]
    return found


def _meets(here: Any, operator: str, number: int) -> bool:
    if here is None:
        return False
    return bool(
        {">=": here >= number, "<=": here <= number, "==": here == number, ">": here > number, "<": here < number}[
            operator
        ]
    )


def accounts(vendor: Gainsight, call: Call) -> Response:
    """`GET /px/v1/accounts`."""
    page, scroll, total = _scrolled(vendor, call, "px_account", "lastModifiedDate")
    return answer({"accounts": page, "scrollId": scroll, "totalHits": total})


def users(vendor: Gainsight, call: Call) -> Response:
    """`GET /px/v1/users`."""
    page, scroll, total = _scrolled(vendor, call, "px_user", "lastModifiedDate")
    return answer({"users": page, "scrollId": scroll, "totalHits": total})


def events(vendor: Gainsight, call: Call) -> Response:
    """`GET /px/v1/events/custom`."""
    page, scroll, total = _scrolled(vendor, call, "px_custom_event", "date")
    return answer({"customEvents": page, "scrollId": scroll, "totalHits": total})


def features(vendor: Gainsight, call: Call) -> Response:
    """`GET /px/v1/feature`: pages by number until the last."""
    size, number = _size(call), int(call.query.get("pageNumber", 0))
    found = sorted(vendor.ledger.rows("px_feature").values(), key=lambda r: str(r["id"]))
    page = found[number * size : (number + 1) * size]
    vendor.ledger.served(call.number, "px_feature", [r["id"] for r in page])
    return answer({"features": page, "totalHits": len(found), "isLastPage": (number + 1) * size >= len(found)})


def attributes(vendor: Gainsight, call: Call) -> Response:
    """`GET /px/v1/admin/model/{account|user}/attributes`: a bare list."""
    known = vendor.fields.get(f"px_{call.path['model']}")
    if known is None:
        raise Refused(404, {"externalapierror": {"status": "NOT_FOUND", "message": "no such model"}})
    kinds = {"DATETIME": "DATE_TIME", "EMAIL": "STRING"}
    return answer(
        [
            {"apiName": f.name, "type": kinds.get(f.type, f.type), "state": "ACTIVE", "origin": "SYSTEM"}
            for f in known.fields.values()
        ]
    )
