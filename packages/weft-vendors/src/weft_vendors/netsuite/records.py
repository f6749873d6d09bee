"""The Record API: lists of ids, one record whole, and the metadata catalogue in its three media types."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from weft_vendors.core import answer
from weft_vendors.netsuite.errors import refused
from weft_vendors.netsuite.paging import collection, window
from weft_vendors.netsuite.tables import TRANSACTIONS, Column, Table
from weft_vendors.netsuite.times import utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from weft_vendors.core import Call
    from weft_vendors.netsuite.account import NetSuite

_LIST = "application/json"
_SCHEMA = "application/schema+json"
_SWAGGER = "application/swagger+json"
_CONDITION = re.compile(r'\s*(\w+)\s+([A-Z_]+)(?:\s+("[^"]*"|\[[^\]]*\]|[\w.-]+))?\s*(AND\b|OR\b|$)')
_ONLY_SUITEQL = {
    "transaction",
    "transactionline",
    "transactionaccountingline",
    "deletedrecord",
    "consolidatedexchangerate",
}
_JSON_TYPES: dict[str, dict[str, Any]] = {
    "int": {"type": "integer", "format": "int64"},
    "num": {"type": "number", "format": "double"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "ts": {"type": "string", "format": "date-time"},
    "text": {"type": "string"},
    "multi": {"type": "string"},
}
_OPERATORS = {
    "IS": "=",
    "EQUAL": "=",
    "AFTER": ">",
    "ON_OR_AFTER": ">=",
    "BEFORE": "<",
    "ON_OR_BEFORE": "<=",
    "GREATER": ">",
    "LESS": "<",
}


def record_types(tables: dict[str, Table]) -> dict[str, tuple[Table, str | None]]:
    """Record types by name: their table, and the transaction type where it is one of many."""
    plain = {t.record: (t, None) for t in tables.values() if t.name not in _ONLY_SUITEQL}
    return {**plain, **{r: (tables["transaction"], kind) for r, kind in TRANSACTIONS.items()}}


def catalogue(vendor: NetSuite, call: Call) -> Response:
    """`GET /record/v1/metadata-catalog`, whole or of one type."""
    types = record_types(vendor.tables)
    chosen, accept = call.path.get("type"), call.headers.get("accept", _LIST)
    if chosen is None and _SWAGGER in accept:
        select = call.query.get("select", "")
        if " " in select or any(s and s not in types for s in select.split(",")):
            raise refused(400, "INVALID_REQUEST", "Invalid value of the select parameter.", errorQueryParam="select")
        return answer(
            _openapi({n: types[n][0] for n in (select.split(",") if select else types)}), content_type=_SWAGGER
        )
    if chosen is None:
        return answer({"items": [_entry(vendor, n) for n in types], "links": []})
    if chosen not in types:  # also a union of types, as `transaction` is
        raise refused(404, "NONEXISTENT_ID", "Record does not exist.")
    if _SCHEMA in accept:
        return answer(_schema(vendor, types[chosen][0]), content_type=_SCHEMA)
    if _SWAGGER in accept:
        return answer(_openapi({chosen: types[chosen][0]}), content_type=_SWAGGER)
    return answer(_entry(vendor, chosen))


def _entry(vendor: NetSuite, name: str) -> dict[str, Any]:
    href = f"{vendor.url}/services/rest/record/v1/metadata-catalog/{name}"
    kinds = (("canonical", _LIST), ("alternate", _SWAGGER), ("alternate", _SCHEMA))
    return {"name": name, "links": [{"rel": rel, "href": href, "mediaType": kind} for rel, kind in kinds]}


def _property(vendor: NetSuite, column: Column) -> dict[str, Any]:
    title = re.sub(r"(?<!^)(?=[A-Z])", " ", column.record_name.removeprefix("cust")).replace("_", " ").title()
    if column.type == "ref":
        link = f"{vendor.url}/services/rest/record/v1/metadata-catalog/nsLink"
        kind: dict[str, Any] = {
            "type": "object",
            "properties": {"id": {"type": "string"}, "refName": {"type": "string"}, "links": {"$ref": link}},
        }
    else:
        kind = _JSON_TYPES[column.type]
    custom = {"x-ns-custom-field": True} if column.custom else {}
    return {"title": title, **kind, "nullable": not column.key, **custom}


def _schema(vendor: NetSuite, table: Table) -> dict[str, Any]:
    properties = {c.record_name: _property(vendor, c) for c in table.columns.values() if c.type != "multi"}
    filterable = [c.record_name for c in table.columns.values() if c.type != "multi"]
    return {
        "type": "object",
        "properties": {"links": {"type": "array", "items": {}, "readOnly": True}, **properties},
        "$schema": "http://json-schema.org/draft-06/hyper-schema#",
        "x-ns-filterable": filterable,
    }


def _openapi(types: dict[str, Table]) -> dict[str, Any]:
    paths = {
        f"/{n}": {"get": {"summary": f"Get list of {n} records.", "responses": {"200": {"description": "List."}}}}
        for n in types
    }
    schemas = {
        n: {
            "type": "object",
            "properties": {c.record_name: _JSON_TYPES.get(c.type, {"type": "object"}) for c in t.columns.values()},
        }
        for n, t in types.items()
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": "NetSuite REST Record API", "version": "v1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _found(vendor: NetSuite, name: str) -> tuple[Table, str | None]:
    types = record_types(vendor.tables)
    if name not in types:
        raise refused(404, "NONEXISTENT_ID", f"Record type '{name}' does not exist.")
    if types[name][0].name in vendor.role.hidden_tables:
        raise refused(
            403, "INSUFFICIENT_PERMISSION", "Permission Violation: you need a higher permission to access this page."
        )
    return types[name]


def listed(vendor: NetSuite, call: Call) -> Response:
    """`GET /record/v1/{type}`: ids alone."""
    table, kind = _found(vendor, call.path["type"])
    limit, offset = window(call)
    conditions, values = _conditions(vendor, table, call.query.get("q", ""))
    if kind:
        conditions, values = f"({conditions}) AND type = ?", [*values, kind]
    rows = vendor.store.rows(f'SELECT id FROM "{table.name}" WHERE {conditions}', values)
    base = f"{vendor.url}/services/rest/record/v1/{call.path['type']}"
    items = [
        {"links": [{"rel": "self", "href": f"{base}/{r['id']}"}], "id": str(r["id"])}
        for r in rows[offset : offset + limit]
    ]
    return answer(collection(base, items, (limit, offset), len(rows), more=offset + limit < len(rows)))


def _conditions(vendor: NetSuite, table: Table, query: str) -> tuple[str, list[Any]]:
    if not query.strip():
        return "1 = 1", []
    sql, values, at = "", [], 0
    while at < len(query):
        found = _CONDITION.match(query, at)
        if found is None:
            raise refused(400, "INVALID_PARAMETER", "Invalid query filter.", errorQueryParam="q")
        name, operator, value, glue = found.groups()
        one, bound = _condition(vendor, table, (name, operator, value))
        sql += f"{one} {glue} "
        values += bound
        at = found.end()
    return sql, values


def _condition(vendor: NetSuite, table: Table, asked: tuple[str, str, str | None]) -> tuple[str, list[Any]]:
    name, operator, value = asked
    column = next((c for c in table.columns.values() if c.record_name == name), None)
    if column is None:
        raise refused(400, "NONEXISTENT_FIELD", f"Field '{name}' does not exist.", errorQueryParam="q")
    text = (value or "").strip('"')
    if operator in {"EMPTY", "EMPTY_NOT"}:
        return f'"{column.name}" IS {"NOT " if "_" in operator else ""}NULL', []
    if operator == "START_WITH":
        return f'"{column.name}" LIKE ?', [text + "%"]
    if operator in {"ANY_OF", "BETWEEN"}:
        several = [v.strip().strip('"') for v in text.strip("[]").split(",")]
        if operator == "BETWEEN":
            return f'"{column.name}" BETWEEN ? AND ?', several
        return f'"{column.name}" IN ({", ".join("?" * len(several))})', list(several)
    if operator not in _OPERATORS:
        raise refused(400, "INVALID_PARAMETER", f"Operator {operator} is not supported.", errorQueryParam="q")
    if column.type not in {"date", "ts"}:
        return f'"{column.name}" {_OPERATORS[operator]} ?', [
            ("T" if text == "true" else "F") if column.type == "bool" else text
        ]
    return f'date("{column.name}") {_OPERATORS[operator]} ?', [_day(vendor, text)]  # the grain of a filter is a day


def _day(vendor: NetSuite, text: str) -> str:
    form = re.sub(
        r"Y+|M+|D+", lambda part: "%Y" if part[0][0] == "Y" else f"%{part[0][0].lower()}", vendor.role.date_format
    )
    try:
        return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007  (a day)
    except ValueError as wrong:
        raise refused(400, "INVALID_PARAMETER", f"Unparseable date: {text}", errorQueryParam="q") from wrong


def whole(vendor: NetSuite, call: Call) -> Response:
    """`GET /record/v1/{type}/{id}`."""
    table, kind = _found(vendor, call.path["type"])
    rows = vendor.store.rows(f'SELECT * FROM "{table.name}" WHERE id = ?', [call.path["id"]])
    if not rows or (kind and rows[0]["type"] != kind):
        raise refused(404, "NONEXISTENT_ID", "Record does not exist.")
    vendor.ledger.served(call.number, table.name, [str(rows[0]["id"])])
    return answer(dict(_fields(vendor, table, rows[0])))


def _fields(vendor: NetSuite, table: Table, row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "links", []
    for column in table.columns.values():
        value = row[column.name]
        if value is None:
            continue
        if column.type == "ref":
            value = {"links": [], "id": str(value), "refName": str(value)}
        elif column.type == "bool":
            value = value == "T"
        elif column.type == "ts":
            value = utc(value, vendor.settings.zone)
        elif column.key:
            value = str(value)
        yield column.record_name, value
