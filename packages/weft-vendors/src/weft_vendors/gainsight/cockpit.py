"""Calls to action: a grammar of their own, ISO dates, pages by number, no order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.gainsight.envelope import failed, nothing, told
from weft_vendors.gainsight.query import body, iso, rows, value

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call, Row
    from weft_vendors.gainsight.tenant import Gainsight

MOST = 1000
NAME = "call_to_action"


def listed(vendor: Gainsight, call: Call) -> Response:
    """`POST /v2/cockpit/cta/list`."""
    asked = body(vendor, call)
    known = vendor.fields[NAME]
    bad = [n for n in asked["select"] if "." not in n and n not in known.fields]
    if bad:
        raise _refused(vendor, f"Invalid fields in select clause - {', '.join(n.lower() for n in bad)}")
    found = _page(vendor, asked, rows(vendor, NAME, {**asked, "orderBy": {}}, key="fieldName"))
    vendor.ledger.served(call.number, NAME, [r["Gsid"] for r in found])
    if not found and vendor.settings.empty != "records":
        raise nothing(vendor)
    return told(vendor, [_shown(vendor, r, asked) for r in found])


def deleted(vendor: Gainsight, call: Call) -> Response:
    """`POST /v2/cockpit/cta/deleted/list`."""
    asked = call.json if isinstance(call.json, dict) else {}
    vendor.purge()
    gone = [r for r in vendor.deleted if r["ObjectName"] == NAME]
    found = [
        {"Gsid": r["RecordId"], "Name": r["Name"], "DeletedDate": r["DeletedOn"]} for r in _page(vendor, asked, gone)
    ]
    if not found and vendor.settings.empty != "records":
        raise nothing(vendor)
    return told(vendor, {"records": found})


def _page(vendor: Gainsight, asked: dict[str, Any], found: list[Row]) -> list[Row]:
    size, number = asked.get("pageSize", 100), asked.get("pageNumber", 1)
    if not isinstance(size, int) or not 1 <= size <= MOST or not isinstance(number, int) or number < 1:
        raise _refused(vendor, f"pageSize must be between 1 and {MOST}, pageNumber at least 1")
    return found[(number - 1) * size : number * size]


def _refused(vendor: Gainsight, text: str) -> Exception:
    return failed(vendor, "COCKPIT_5101", text)


def _shown(vendor: Gainsight, row: Row, asked: dict[str, Any]) -> Row:
    known, found = vendor.fields[NAME], {}
    for name in asked["select"]:
        here = value(vendor, known, row, name)
        if here is None:
            continue  # an optional field without value is left out
        kind = known.fields[name].type if name in known.fields else _kind(vendor, name)
        if kind == "DATETIME":
            here = iso(here, milliseconds=bool(here % 1000))
        elif kind == "DATE":
            here = iso(here)[:10]
        found[name] = here
    if asked.get("linkedObject"):
        found["associatedRecords"] = []
    return found


def _kind(vendor: Gainsight, name: str) -> str:
    """Type of the field at the end of a path of lookups."""
    head, _, tail = name.partition(".")
    through = next((f for f in vendor.fields[NAME].fields.values() if f.lookup.lower() == head.lower()), None)
    target = vendor.fields.get(through.target) if through else None
    return target.fields[tail].type if target and tail in target.fields else "STRING"
