"""Reports as a service: one answer without pages, values as text, in the form that is asked for."""

from __future__ import annotations

import csv
import io
import json
import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from weft_vendors.core import Refused, answer
from weft_vendors.workday.seen import descriptor, may_see, visible, zone
from weft_vendors.workday.soap import fault
from weft_vendors.workday.times import entry, offset, zoned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from weft_vendors.core import Call, Row
    from weft_vendors.workday.objects import Field
    from weft_vendors.workday.tenant import Workday


@dataclass(frozen=True)
class Report:
    """A custom report of type Advanced, enabled as web service."""

    name: str
    object: str
    prompts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Prompt to (field, comparison)."""
    active_only: bool = False
    left_out: tuple[str, ...] = ()
    """Fields that the report does not show."""


ENTRY = {"Updated_From": ("lastFunctionallyUpdated", ">="), "Updated_Through": ("lastFunctionallyUpdated", "<")}
"""Prompts on the moment of entry."""
REPORTS = (
    Report("Workers", "worker", {**ENTRY, "Base_Pay": ("annualBasePay", ">="), "Cost_Center": ("costCenter", "=")}),
    Report("Active_Workers", "worker", ENTRY, active_only=True),
    Report("Headcount", "position", ENTRY),
    Report("Cost_Centers", "costCenter", ENTRY),
    Report("Organizations", "organization", ENTRY),
    Report("Requisitions", "requisition", ENTRY),
    Report("Time_Off", "timeOffEntry", ENTRY),
    Report("Journal_Lines", "journalLine", {**ENTRY, "Accounting_Date_From": ("accountingDate", ">=")}),
)
_RESERVED = {"format", "Include_Subordinate_Organizations", "Effective_as_of_Date"}
_XSD = {"num": "decimal", "money": "decimal", "bool": "boolean", "date": "date", "ts": "dateTime"}


def run(vendor: Workday, call: Call) -> Response:
    """`GET /ccx/service/customreport2/TENANT/OWNER/REPORT`."""
    report = next((r for r in vendor.reports if r.name == call.path["report"]), None)
    if report is None or call.path["owner"] != vendor.settings.owner:
        raise Refused(404, "<html><body><h1>404 Not Found</h1></body></html>", content_type="text/html")
    may_see(vendor, report.object)
    if "xsd" in call.query or "xsds" in call.query:
        return answer(_schema(vendor, report), content_type="text/xml;charset=UTF-8")
    rows = _rows(vendor, report, call)
    vendor.ledger.served(call.number, report.object, [r["workdayID"] for r in rows])
    form = call.query.get("format", "xml")
    if form not in _FORMS:
        raise fault("Client.validationError", f"Invalid format {form}.")
    kind, write = _FORMS[form]
    body = write(vendor, report, rows).encode()
    if len(rows) > vendor.settings.report_rows_in_time:
        body = body[: len(body) // 2]  # the run is cut after its time; what was sent was sent
    return answer(body, content_type=kind)


def _rows(vendor: Workday, report: Report, call: Call) -> list[Row]:
    on = call.query.get("Effective_as_of_Date", "")[:10] or None
    rows = list(vendor.as_of(report.object, effective=on))
    if report.active_only:
        rows = [r for r in rows if r["active"]]
    for prompt, value in call.query.items():
        name, _, _kind = prompt.partition("!")
        if name in report.prompts:
            asked = report.prompts[name]
            kind = vendor.fields[report.object][asked[0]].type
            rows = [r for r in rows if _meets(vendor, kind, r, asked, value)]
        elif name not in _RESERVED:
            raise fault("Client.validationError", f"Invalid prompt {name}.")
    return rows


def _meets(vendor: Workday, kind: str, row: Row, asked: tuple[str, str], value: str) -> bool:
    here = row.get(asked[0])
    if here is None:
        return False
    try:
        wanted = _wanted(vendor, kind, value)
    except ValueError as wrong:
        raise fault("Client.validationError", "Invalid prompt value.") from wrong
    return bool({">=": operator.ge, "<": operator.lt, "=": operator.eq}[asked[1]](here, wanted))


def _wanted(vendor: Workday, kind: str, value: str) -> str | float:
    if kind == "ts":
        return entry(value, zone(vendor))
    if kind in {"num", "money"}:
        return float(value)
    return value[:10] if kind == "date" else value


# --- values


def shown(vendor: Workday, report: Report) -> list[Field]:
    """The report's columns; what security hides is not there, without a word."""
    return [f for f in visible(vendor, report.object) if f.name not in report.left_out]


def _text(vendor: Workday, one: Field, value: Any) -> str:
    if one.type == "bool":
        return "1" if value else "0"
    if one.type == "ts":
        return zoned(value, zone(vendor))
    if one.type == "ref":
        return descriptor(vendor, one.target, value)
    return format(value, "f").rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _entry(vendor: Workday, report: Report, row: Row) -> Iterator[tuple[Field, str, Any]]:
    """Alias and value of each column that is not empty."""
    for one in shown(vendor, report):
        value = row.get(one.name)
        if value is None or value in ("", []):
            continue
        if one.type == "group":
            yield one, f"{one.alias}_group", [{f"{one.alias.removesuffix('s')}_Ref_ID": v} for v in value]
        elif one.type == "list":
            yield one, one.alias, value[0] if len(value) == 1 else [{"ID": v} for v in value]
        else:
            yield one, one.alias, _text(vendor, one, value)
            if one.type == "ref":
                yield one, f"{one.alias}_WID", value


def _json(vendor: Workday, report: Report, rows: list[Row]) -> str:
    entries = [{alias: _number(vendor, one, v) for one, alias, v in _entry(vendor, report, r)} for r in rows]
    if not entries:
        return "{}" if vendor.settings.empty_report == "absent" else '{"Report_Entry":[]}'
    return json.dumps({"Report_Entry": entries}, ensure_ascii=False)


def _number(vendor: Workday, one: Field, value: Any) -> Any:
    if not vendor.settings.numbers_unquoted or one.type not in {"num", "money"}:
        return value
    return float(value) if "." in value else int(value)


def _csv(vendor: Workday, report: Report, rows: list[Row]) -> str:
    aliases = [
        a
        for one in shown(vendor, report)
        for a in ([one.alias, f"{one.alias}_WID"] if one.type == "ref" else [one.alias])
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, aliases, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        flat = {one.alias if isinstance(v, list) else a: v for one, a, v in _entry(vendor, report, row)}
        writer.writerow(
            {a: "; ".join(next(iter(p.values())) for p in v) if isinstance(v, list) else v for a, v in flat.items()}
        )
    return out.getvalue()


def _xml(vendor: Workday, report: Report, rows: list[Row]) -> str:
    entries = "".join(f"<wd:Report_Entry>{_elements(vendor, report, r)}</wd:Report_Entry>" for r in rows)
    space = f"urn:com.workday.report/{report.name}"
    return f'<?xml version="1.0" encoding="UTF-8"?><wd:Report_Data xmlns:wd="{space}">{entries}</wd:Report_Data>'


def _simple(vendor: Workday, report: Report, rows: list[Row]) -> str:
    return re.sub(r"(</?)wd:", r"\1", _xml(vendor, report, rows)).replace("xmlns:wd", "xmlns")


def _elements(vendor: Workday, report: Report, row: Row) -> str:
    out = ""
    for one, alias, value in _entry(vendor, report, row):
        for part in value if isinstance(value, list) else [value]:
            inner = escape(part) if isinstance(part, str) else _elements_of(part)
            if one.type == "date":
                inner += offset(part, zone(vendor))
            out += f"<wd:{alias}>{inner}</wd:{alias}>"
    return out


def _elements_of(part: dict[str, str]) -> str:
    return "".join(f"<wd:{name}>{escape(value)}</wd:{name}>" for name, value in part.items())


def _schema(vendor: Workday, report: Report) -> str:
    elements, groups = "", ""
    for one in shown(vendor, report):
        if one.type == "group":
            name = f"{one.alias}_group"
            inner = f'<xsd:element name="{one.alias.removesuffix("s")}_Ref_ID" type="xsd:string" minOccurs="0"/>'
            groups += f'<xsd:complexType name="{name}Type"><xsd:sequence>{inner}</xsd:sequence></xsd:complexType>'
            elements += f'<xsd:element name="{name}" type="wd:{name}Type" minOccurs="0" maxOccurs="unbounded"/>'
            continue
        many = ' maxOccurs="unbounded"' if one.type == "list" else ""
        elements += f'<xsd:element name="{one.alias}" type="xsd:{_XSD.get(one.type, "string")}" minOccurs="0"{many}/>'
        if one.type == "ref":
            elements += f'<xsd:element name="{one.alias}_WID" type="xsd:string" minOccurs="0"/>'
    space = f"urn:com.workday.report/{report.name}"
    entry_ = 'type="wd:Report_EntryType" minOccurs="0" maxOccurs="unbounded"'
    parts = (
        f'<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:wd="{space}" targetNamespace="{space}"',
        ' elementFormDefault="qualified"><xsd:element name="Report_Data" type="wd:Report_DataType"/>',
        f'<xsd:complexType name="Report_DataType"><xsd:sequence><xsd:element name="Report_Entry" {entry_}/>',
        f"</xsd:sequence></xsd:complexType>{groups}",
        f'<xsd:complexType name="Report_EntryType"><xsd:sequence>{elements}</xsd:sequence></xsd:complexType>',
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>{"".join(parts)}</xsd:schema>'


_FORMS = {
    "json": ("application/json;charset=UTF-8", _json),
    "csv": ("text/csv;charset=UTF-8", _csv),
    "xml": ("text/xml;charset=UTF-8", _xml),
    "simplexml": ("text/xml;charset=UTF-8", _simple),
}
