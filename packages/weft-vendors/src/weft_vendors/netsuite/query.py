"""`POST /services/rest/query/v1/suiteql`."""

from __future__ import annotations

from decimal import Decimal
from sqlite3 import Error
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused, answer
from weft_vendors.netsuite.errors import bad_query, refused
from weft_vendors.netsuite.paging import collection, window
from weft_vendors.netsuite.suiteql import Compiled, compiled
from weft_vendors.netsuite.suiteql import Refused as Unreadable
from weft_vendors.netsuite.tables import identity

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call
    from weft_vendors.netsuite.account import NetSuite


_PLANS = 1000


def ask(vendor: NetSuite, call: Call) -> Response:
    """One page of a query; every page runs it anew."""
    asked = call.json
    if not isinstance(asked, dict) or not isinstance(asked.get("q"), str):
        raise refused(400, "INVALID_CONTENT", "Invalid content in the request body.", errorPath="q")
    if "transient" not in call.headers.get("prefer", ""):
        raise refused(
            400, "INVALID_HEADER", "The required request header 'Prefer' is missing or not valid.", errorHeader="Prefer"
        )
    limit, offset = window(call)
    try:
        plan = _plan(vendor, asked["q"])
    except Unreadable as reason:
        raise bad_query(str(reason)) from reason
    values = asked.get("params", [])
    total = _total(vendor, plan, values)
    cap = vendor.settings.cap
    if offset + limit > cap and vendor.settings.cap_mode == "error" and total > cap:
        raise bad_query(f"A query gives at most {cap} rows")
    room = max(min(limit, cap - offset), 0)
    rows = vendor.store.rows(f"SELECT * FROM ({plan.sql}) LIMIT ? OFFSET ?", [*values, room, offset])
    _note(vendor, call, plan, rows)
    base = f"{vendor.url}{call.request.url.path}"
    more = offset + len(rows) < min(total, cap)
    return answer(collection(base, [_item(r) for r in rows], (limit, offset), total, more=more))


def _plan(vendor: NetSuite, query: str) -> Compiled:
    """The compiled query; the same ones come again and again."""
    known = vendor.plans.get((query, vendor.role))
    if known is None:
        known = compiled(query, vendor.tables, vendor.role)
        if len(vendor.plans) > _PLANS:
            vendor.plans.clear()
        vendor.plans[query, vendor.role] = known
    return known


def _total(vendor: NetSuite, plan: Compiled, values: list[Any]) -> int:
    try:
        total = vendor.store.count(plan.counted, values)
    except (Error, ValueError) as wrong:  # a value that is no date, a function that SuiteQL has not
        raise bad_query("Invalid or unsupported search") from wrong
    slow = 100 if plan.star and "transaction" in plan.tables else 1  # all of a transaction's columns take long
    if total * slow > vendor.settings.rows_in_time:
        raise Refused(504, "<html><body><h1>Gateway Time-out</h1></body></html>", content_type="text/html")
    return total


def _item(row: dict[str, Any]) -> dict[str, Any]:
    return {"links": [], **{name: _text(value) for name, value in row.items() if value is not None}}


def _text(value: Any) -> str:
    if isinstance(value, float):
        return format(Decimal(repr(value)).normalize(), "f")
    return str(value)


def _note(vendor: NetSuite, call: Call, plan: Compiled, rows: list[dict[str, Any]]) -> None:
    """The ledger learns which records were given: of queries over one table whose key is among the columns."""
    table = vendor.tables.get(plan.tables[0]) if len(plan.tables) == 1 else None
    if table and table.key and rows and all(k in rows[0] for k in table.key):
        vendor.ledger.served(call.number, table.name, [identity(table, r) for r in rows])
