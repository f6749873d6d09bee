"""The envelope of every answer of CS, and its refusals: some of them come with status 200."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused, answer

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.gainsight.tenant import Gainsight

_EMPTY = {"errorCode": None, "errorDesc": None}


def told(vendor: Gainsight, data: Any) -> Response:
    """A success."""
    return answer({"result": True, **_EMPTY, "requestId": vendor.request_id(), "data": data, "message": None})


def records(vendor: Gainsight, rows: list[Any], *, wrapped: bool | None = None) -> Response:
    """Rows: a list, or below `records`; none in one of three forms."""
    if not rows and vendor.settings.empty != "records":
        raise nothing(vendor)
    inside = vendor.settings.envelope == "records" if wrapped is None else wrapped
    return told(vendor, {"records": rows} if inside or not rows else rows)


def nothing(vendor: Gainsight) -> Refused:
    """No rows, worded as a failure."""
    if vendor.settings.empty == "1011":
        return failed(vendor, "GSOBJ_1011", "No entity matches the given criteria", 400)
    return failed(vendor, "GSOBJ_1XXX", "No data found for given criteria", 200)


def failed(vendor: Gainsight, code: str, text: str, status: int | None = None) -> Refused:
    """A refusal; without a status it comes as the tenant is set, 200 or 400."""
    status = vendor.settings.failure_status if status is None else status
    body = {"result": False, "errorCode": code, "errorDesc": text, "requestId": vendor.request_id(), "data": None}
    return Refused(status, {**body, "message": text if code.startswith("GS_APIG") else None})
