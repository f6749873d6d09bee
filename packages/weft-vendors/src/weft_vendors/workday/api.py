"""REST and WQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused, answer
from weft_vendors.workday import wql
from weft_vendors.workday.invention import wid
from weft_vendors.workday.seen import descriptor, may_see, visible

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call, Row
    from weft_vendors.workday.objects import Field
    from weft_vendors.workday.tenant import Workday

SOURCES = {
    "allWorkers": ("worker", "All Workers"),
    "allActiveEmployees": ("worker", "All Active Employees"),
    "allPositions": ("position", "All Positions"),
    "organizations": ("organization", "Organizations"),
    "costCenters": ("costCenter", "Cost Centers"),
    "jobRequisitions": ("requisition", "Job Requisitions"),
    "journalLines": ("journalLine", "Journal Lines"),
    "": ("paySlip", "Pay Slips (no alias)"),
}
"""Data sources by alias; one has none and cannot be asked."""
RESOURCES = {
    ("staffing", "workers"): "worker",
    ("staffing", "jobs"): "position",
    ("staffing", "jobProfiles"): "jobProfile",
    ("person", "people"): "worker",
    ("common", "workers"): "worker",
    ("common", "organizations"): "organization",
    ("common", "costCenters"): "costCenter",
    ("recruiting", "jobRequisitions"): "requisition",
}
_KINDS = {
    "wid": "Text",
    "ref": "Single instance",
    "group": "Multi-instance",
    "list": "Multi-instance",
    "num": "Numeric",
    "ts": "DateTime",
}
REST_MOST, WQL_MOST, WQL_ALL = 100, 10_000, 1_000_000


# --- WQL


def ask(vendor: Workday, call: Call) -> Response:
    """`GET|POST /ccx/api/wql/v1/TENANT/data`."""
    text = call.query.get("query", "") if call.request.method == "GET" else (call.json or {}).get("query", "")
    try:
        query = wql.parsed(text)
        rows = _asked(vendor, query)
    except wql.Unreadable as wrong:
        raise Refused(400, {"errors": [{"error": str(wrong)}]}) from wrong
    limit, offset = _window(call, WQL_MOST, WQL_MOST)
    page = rows[:WQL_ALL][offset : offset + limit]
    if not query.group:
        vendor.ledger.served(call.number, SOURCES[query.source][0], [r["workdayID"] for r in page if "workdayID" in r])
    total = {"total": len(rows)} if vendor.settings.wql_total else {}
    return answer({**total, "data": [_without_empty(wql.selected(query, r)) for r in page]})


def _without_empty(row: Row) -> Row:
    return {k: v for k, v in row.items() if v is not None}


def _asked(vendor: Workday, query: wql.Query) -> list[Row]:
    if not query.source or query.source not in SOURCES:
        raise wql.Unreadable(f"Data source '{query.source}' does not exist")
    object_ = SOURCES[query.source][0]
    may_see(vendor, object_)
    known = {f.name for f in vendor.fields[object_].values()}
    for name in sorted(query.fields - known):
        raise wql.Unreadable(f"Field '{name}' does not exist in data source '{query.source}'")
    rows = [_typed(vendor, object_, r) for r in vendor.as_of(object_)]
    if query.source == "allActiveEmployees":
        rows = [r for r in rows if r.get("active") and r.get("workerType") == "Employee"]
    if not query.order:
        vendor.dice.shuffle(rows)
    return wql.run(query, rows)


def _typed(vendor: Workday, object_: str, row: Row) -> Row:
    return {f.name: _value(vendor, f, row.get(f.name)) for f in visible(vendor, object_)}


def _value(vendor: Workday, one: Field, value: Any) -> Any:
    if value is None:
        return None
    if one.type == "ref":
        return {"descriptor": descriptor(vendor, one.target, value), "id": value}
    if one.type in {"group", "list"}:
        return [{"descriptor": v, "id": wid(v)} for v in value]
    if one.type == "money":
        return {"currency": vendor.settings.currency, "value": str(value)}
    return value


def sources(_vendor: Workday, call: Call) -> Response:
    """`GET .../dataSources`."""
    found = [
        {"id": wid(f"source:{title}"), **({"alias": alias} if alias else {}), "descriptor": title}
        for alias, (_, title) in SOURCES.items()
    ]
    return answer(_listed(found, call, WQL_MOST))


def fields(vendor: Workday, call: Call) -> Response:
    """`GET .../dataSources/{id}/fields`."""
    object_ = next((o for o, title in SOURCES.values() if wid(f"source:{title}") == call.path["id"]), None)
    if object_ is None:
        raise Refused(404, {"error": "not found"})
    found = [
        {
            "id": wid(f"field:{object_}.{f.name}"),
            "alias": f.name,
            "descriptor": f.alias.replace("_", " "),
            "type": "Calculated Field" if f.calculated else _KINDS.get(f.type, f.type.title()),
            **({"isCalculated": True} if f.calculated else {}),
        }
        for f in visible(vendor, object_)
    ]
    return answer(_listed(found, call, WQL_MOST))


def filters(_vendor: Workday, _call: Call) -> Response:
    """`GET .../dataSources/{id}/dataSourceFilters`: none of these sources has one."""
    return answer({"data": [], "total": 0})


# --- REST


def listed(vendor: Workday, call: Call) -> Response:
    """`GET /ccx/api/SERVICE/vN/TENANT/RESOURCE`."""
    object_ = RESOURCES.get((call.path.get("service", "common"), call.path["resource"]))
    if object_ is None:
        raise Refused(
            404, {"error": "invalid request", "errors": [{"error": "resource not found", "location": "path"}]}
        )
    may_see(vendor, object_)
    found = list(vendor.as_of(object_))
    page = _listed([_brief(vendor, object_, r) for r in found], call)
    vendor.ledger.served(call.number, object_, [r["id"] for r in page["data"]])
    return answer(page)


def one(vendor: Workday, call: Call) -> Response:
    """`GET .../workers/{id}`."""
    return answer(_brief(vendor, "worker", _worker(vendor, call)))


def _worker(vendor: Workday, call: Call) -> Row:
    may_see(vendor, "worker")
    found = next((r for r in vendor.as_of("worker") if r["workdayID"] == call.path["id"]), None)
    if found is None:
        raise Refused(
            404, {"error": "invalid request", "errors": [{"error": "instance not found", "location": "path"}]}
        )
    return found


def of_worker(vendor: Workday, call: Call) -> Response:
    """`GET .../workers/{id}/directReports|history|paySlips|timeOffEntries`."""
    worker, part = _worker(vendor, call), call.path["part"]
    if part == "directReports":
        rows = [
            r
            for r in vendor.as_of("worker")
            if r["primarySupervisoryOrganization"]
            and worker["isManager"]
            and r["primarySupervisoryOrganization"] == worker["primarySupervisoryOrganization"]
            and r is not worker
        ]
        return answer(_listed([_brief(vendor, "worker", r) for r in rows], call))
    if part == "history":
        return answer(_listed(_events(vendor, worker["workdayID"]), call))
    object_ = {"paySlips": "paySlip", "timeOffEntries": "timeOffEntry"}.get(part)
    if object_ is None:
        raise Refused(404, {"error": "invalid request"})
    rows = [r for r in vendor.as_of(object_) if r["worker"] == worker["workdayID"]]
    return answer(_listed([_brief(vendor, object_, r) for r in rows], call))


def _events(vendor: Workday, id_: str) -> list[Row]:
    """Business processes of a worker: entered then, due on that day."""
    return [
        {"id": wid(f"{id_}{n}"), "descriptor": f"Change {n}", "initiated": entered, "effective": due, "due": due}
        for n, (entered, due) in enumerate(vendor.history.changes("worker", id_), 1)
    ]


def _brief(vendor: Workday, object_: str, row: Row) -> Row:
    """A record of REST: references with descriptor and address."""
    id_ = row["workdayID"]
    base = f"{vendor.url}/ccx/api/v1/{vendor.settings.tenant}/{object_}s"
    found = {"id": id_, "descriptor": descriptor(vendor, object_, id_), "href": f"{base}/{id_}"}
    for name, value in _typed(vendor, object_, row).items():
        if name != "workdayID" and value is not None:
            found[name] = (
                {**value, "href": f"{base}/{value['id']}"} if isinstance(value, dict) and "id" in value else value
            )
    return found


def _window(call: Call, otherwise: int, most: int) -> tuple[int, int]:
    try:
        limit, offset = int(call.query.get("limit", otherwise)), int(call.query.get("offset", 0))
    except ValueError as wrong:
        raise Refused(400, {"error": "invalid request"}) from wrong
    if not 1 <= limit <= most or offset < 0:
        told = {"error": f"must be between 1 and {most}", "field": "limit", "location": "query"}
        raise Refused(400, {"error": "invalid request", "errors": [told]})
    return limit, offset


def _listed(rows: list[Any], call: Call, most: int = REST_MOST) -> dict[str, Any]:
    limit, offset = _window(call, 20, most)
    return {"data": rows[offset : offset + limit], "total": len(rows)}
