"""Workday Web Services: `Get_Workers` and its like, in pages of one moment, faults with HTTP 500."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from weft_vendors.core import Refused, answer
from weft_vendors.workday.seen import descriptor, visible, zone
from weft_vendors.workday.times import offset, stamp, zoned

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call, Row
    from weft_vendors.workday.tenant import Workday

WD = "{urn:com.workday/bsvc}"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_XML = "text/xml;charset=UTF-8"
MOST = 999
OPERATIONS = {
    ("Human_Resources", "Get_Workers"): ("worker", "Worker"),
    ("Human_Resources", "Get_Organizations"): ("organization", "Organization"),
    ("Financial_Management", "Get_Journals"): ("journalLine", "Journal_Entry"),
    ("Recruiting", "Get_Job_Requisitions"): ("requisition", "Job_Requisition"),
}


def fault(code: str, text: str) -> Refused:
    """A SOAP fault; Client.* is not worth a second try."""
    detail = ""
    if code.endswith("validationError"):
        detail = (
            "<detail><wd:Validation_Fault><wd:Validation_Error>"
            f"<wd:Message>{escape(text)}</wd:Message><wd:Detail_Message>{escape(text)}</wd:Detail_Message>"
            "</wd:Validation_Error></wd:Validation_Fault></detail>"
        )
        text = f"Validation error occurred. {text}"
    told = f"<faultcode>SOAP-ENV:{code}</faultcode><faultstring>{escape(text)}</faultstring>{detail}"
    return Refused(500, _enveloped(f"<SOAP-ENV:Fault>{told}</SOAP-ENV:Fault>"), content_type=_XML)


def _enveloped(inner: str) -> str:
    head = f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{_ENVELOPE}" xmlns:wd="urn:com.workday/bsvc">'
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<SOAP-ENV:Body>{inner}</SOAP-ENV:Body></SOAP-ENV:Envelope>'


def serve(vendor: Workday, call: Call) -> Response:
    """`POST /ccx/service/TENANT/SERVICE/vN`."""
    try:
        envelope = ET.fromstring(call.body)  # noqa: S314  (a simulator on the own machine)
    except ET.ParseError as wrong:
        raise fault("Client", "The message is not well-formed XML.") from wrong
    if not vendor.login.wss(envelope):
        raise fault("Client.authenticationError", "invalid username or password")
    body = envelope.find(f"{{{_ENVELOPE}}}Body")
    request = body[0] if body is not None and len(body) else None
    name = "" if request is None else request.tag.removeprefix(WD).removesuffix("_Request")
    found = OPERATIONS.get((call.path["service"], name))
    if request is None or found is None:
        raise fault("Client.validationError", f"Invalid request element {name}.")
    if request.get(f"{WD}version", call.path["version"]) != call.path["version"]:
        raise fault("Client.validationError", "The version of the request is not that of the address.")
    if found[0] in vendor.settings.forbidden:
        raise fault("Client.processingFault", "The task submitted is not authorized.")
    return answer(_page(vendor, call, request, found), content_type=_XML)


def _moment(vendor: Workday, request: ET.Element, path: str) -> datetime | None:
    text = request.findtext(".//" + "/".join(WD + part for part in path.split("/")))
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise fault("Client.validationError", f"Invalid value of {path}.") from wrong
    return (found if found.tzinfo else found.replace(tzinfo=zone(vendor))).astimezone(UTC)


def _number(request: ET.Element, name: str, otherwise: int) -> int:
    text = request.findtext(f".//{WD}Response_Filter/{WD}{name}")
    return int(text) if text and text.isdigit() else otherwise


def _page(vendor: Workday, call: Call, request: ET.Element, found: tuple[str, str]) -> str:
    object_, element = found
    on = request.findtext(f".//{WD}Response_Filter/{WD}As_Of_Effective_Date")
    entry = _moment(vendor, request, "Response_Filter/As_Of_Entry_DateTime")
    rows = list(vendor.as_of(object_, entry=entry, effective=on[:10] if on else None))
    rows = _chosen(vendor, request, rows)
    count, page = _number(request, "Count", 100), _number(request, "Page", 1)
    if not 1 <= count <= MOST or page < 1:
        raise fault("Client.validationError", f"Count must be between 1 and {MOST}.")
    shown = rows[(page - 1) * count : page * count]
    vendor.ledger.served(call.number, object_, [r["workdayID"] for r in shown])
    told = {
        "Total_Results": len(rows),
        "Total_Pages": -(-len(rows) // count),
        "Page_Results": len(shown),
        "Page": page,
    }
    results = "".join(f"<wd:{name}>{value}</wd:{name}>" for name, value in told.items())
    data = "".join(_record(vendor, object_, element, r) for r in shown)
    operation = f"{request.tag.removeprefix(WD).removesuffix('_Request')}_Response"
    inner = f"<wd:Response_Results>{results}</wd:Response_Results><wd:Response_Data>{data}</wd:Response_Data>"
    return _enveloped(f'<wd:{operation} wd:version="{call.path["version"]}">{inner}</wd:{operation}>')


def _chosen(vendor: Workday, request: ET.Element, rows: list[Row]) -> list[Row]:
    log = "Transaction_Log_Criteria_Data/Transaction_Date_Range_Data"
    since, until = _moment(vendor, request, f"{log}/Updated_From"), _moment(vendor, request, f"{log}/Updated_Through")
    wanted = {i.text for i in request.iterfind(f".//{WD}Request_References//{WD}ID")}
    if wanted:
        rows = [r for r in rows if wanted & {r["workdayID"], r.get("employeeID")}]
    if since:
        rows = [r for r in rows if r["lastFunctionallyUpdated"] >= stamp(since)]
    if until:
        rows = [r for r in rows if r["lastFunctionallyUpdated"] <= stamp(until)]
    if request.findtext(f".//{WD}Exclude_Inactive_Workers") in {"1", "true"}:
        rows = [r for r in rows if r.get("active")]
    return rows


def _record(vendor: Workday, object_: str, element: str, row: Row) -> str:
    name = descriptor(vendor, object_, row["workdayID"])
    ids = f'<wd:ID wd:type="WID">{row["workdayID"]}</wd:ID>'
    if row.get("employeeID"):
        ids += f'<wd:ID wd:type="Employee_ID">{escape(row["employeeID"])}</wd:ID>'
    fields = "".join(_element(vendor, f.alias, f.type, row.get(f.name)) for f in visible(vendor, object_))
    reference = f"<wd:{element}_Reference wd:Descriptor={quoteattr(name)}>{ids}</wd:{element}_Reference>"
    return f"<wd:{element}>{reference}<wd:{element}_Data>{fields}</wd:{element}_Data></wd:{element}>"


def _element(vendor: Workday, alias: str, kind: str, value: Any) -> str:
    if value is None or value in ("", []):
        return ""
    if kind in {"group", "list"}:
        return "".join(f"<wd:{alias}>{escape(v)}</wd:{alias}>" for v in value)
    if kind == "ref":
        return f'<wd:{alias}_Reference><wd:ID wd:type="WID">{value}</wd:ID></wd:{alias}_Reference>'
    text = str(value)
    if kind == "bool":
        text = "1" if value else "0"
    elif kind == "date":
        text += offset(value, zone(vendor))
    elif kind == "ts":
        text = zoned(value, zone(vendor))
    return f"<wd:{alias}>{escape(text)}</wd:{alias}>"
