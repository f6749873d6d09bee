"""HttpRequester -> the fields of a request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from weft.connectors.lowcode.parts import fields_of, part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.connectors.lowcode.notes import Notes


def request(requester: Mapping[str, Any], where: str, notes: Notes, base: str = "") -> dict[str, Any]:
    """The fields of a request.

    Args:
        requester: HttpRequester.
        where: its place.
        notes: takes what has no counterpart.
        base: the connector's base URL; a request to it needs its path alone.
    """
    if requester.get("type", "HttpRequester") != "HttpRequester":
        notes.add(str(requester["type"]), where, f"it is Python: {requester.get('class_name', '')}")
        return {}
    fields = {k: v for k, v in fields_of(requester).items() if v not in ("", {}, [])}
    told = _address(fields, where, notes, base)
    if str(fields.pop("http_method", "GET")).upper() != "GET":
        told["method"] = str(requester["http_method"]).upper()
    told |= _sent(fields, where, notes)
    for theirs, ours in (("authenticator", "auth"), ("error_handler", "errors")):
        if theirs in fields:
            told[ours] = part(fields.pop(theirs), f"{where}.{theirs}", notes)
    if "query_properties" in fields:
        told["properties"] = properties(fields.pop("query_properties"), f"{where}.query_properties", notes, base)
    if "fetch_properties_from_endpoint" in fields:
        found = _endpoint(fields.pop("fetch_properties_from_endpoint"), f"{where}.fetch_properties", notes, base)
        told["properties"] = {"propertyList": found}
    for name in fields:
        notes.add(f"HttpRequester.{name}", f"{where}.{name}")
    return told


def _address(fields: dict[str, Any], where: str, notes: Notes, base: str) -> dict[str, Any]:
    url = _text(fields.pop("url", None) or fields.pop("url_base", None) or "", where, notes)
    fields.pop("url_base", None)
    path = _text(fields.pop("path", ""), f"{where}.path", notes)
    if url.rstrip("/") == base.rstrip("/") and base:
        return {"path": path or "/"} if path else {"url": url}
    return {"url": _joined(url, path)}


def _joined(url: str, path: str) -> str:
    return f"{url.rstrip('/')}/{path.lstrip('/')}" if path else url


def address(requester: Mapping[str, Any], where: str, notes: Notes) -> str:
    """What stands before the path."""
    return _text(requester.get("url_base") or "", where, notes)


def _text(value: Any, where: str, notes: Notes) -> str:
    return str(part(str(value), where, notes)).strip()


def _sent(fields: dict[str, Any], where: str, notes: Notes) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for theirs, ours in (("request_parameters", "params"), ("request_headers", "headers")):
        value = part(fields.pop(theirs, None), f"{where}.{theirs}", notes)
        if isinstance(value, str) and "{{" not in value:
            value = dict(parse_qsl(value.lstrip("?"), keep_blank_values=True))
        if isinstance(value, dict) and any(_properties(v) for v in value.values()):
            name = next(k for k, v in value.items() if _properties(v))
            found = dict(value.pop(name))
            told["properties"] = {**_chunks(found), "requestOption": name}
        if isinstance(value, str):
            notes.add(f"HttpRequester.{theirs}", f"{where}.{theirs}", "an expression that makes the whole mapping")
        elif value:
            told[ours] = value
    return told | _body(fields, where, notes)


def _properties(value: Any) -> bool:
    return isinstance(value, dict) and value.get("kind") == "QueryProperties"


def _body(fields: dict[str, Any], where: str, notes: Notes) -> dict[str, Any]:
    json_body = part(fields.pop("request_body_json", None), f"{where}.request_body_json", notes)
    data = part(fields.pop("request_body_data", None), f"{where}.request_body_data", notes)
    newer = fields.pop("request_body", None)
    if isinstance(newer, dict):
        value = part(newer.get("value"), f"{where}.request_body", notes)
        ours = {
            "RequestBodyPlainText": "body", "RequestBodyUrlEncodedForm": "form", "RequestBodyJsonObject": "json",
            "RequestBodyGraphQL": "graphql",
        }.get(str(newer.get("type")))  # fmt: skip
        if ours is None:
            notes.add(str(newer.get("type")), f"{where}.request_body")
            return {}
        return {ours: value.get("query", "") if ours == "graphql" and isinstance(value, dict) else value}
    if json_body:
        return {"json": json_body}
    return {"form" if isinstance(data, dict) else "body": data} if data else {}


def properties(value: Mapping[str, Any], where: str, notes: Notes, base: str) -> dict[str, Any]:
    """QueryProperties: properties to ask for, and in which chunks."""
    told = dict(fields_of(value))
    listed = told.get("property_list")
    if isinstance(listed, dict):
        told["property_list"] = _endpoint(listed, f"{where}.property_list", notes, base)
    told.pop("property_selector", None)  # it narrows to the columns that a catalogue chose: here all are taken
    return _chunks(part({k: v for k, v in told.items() if k != "property_list"}, where, notes) | {
        "property_list": told.get("property_list", [])
    })  # fmt: skip


def _chunks(value: dict[str, Any]) -> dict[str, Any]:
    told = {k: v for k, v in value.items() if k != "kind"}
    for name in ("property_chunking",):
        if isinstance(told.get(name), dict):
            told[name] = {k: v for k, v in told[name].items() if k != "kind"}
    return told


def _endpoint(value: Mapping[str, Any], where: str, notes: Notes, base: str) -> dict[str, Any]:
    """PropertiesFromEndpoint: a request that tells the properties' names."""
    retriever = value.get("retriever") or {}
    selector = retriever.get("record_selector") or {}
    told: dict[str, Any] = {
        "propertyFieldPath": value.get("property_field_path", []),
        "requester": request(retriever.get("requester") or {}, f"{where}.requester", notes, base),
        "records": part(selector.get("extractor"), f"{where}.extractor", notes),
    }
    if (selector.get("record_filter") or {}).get("condition"):
        told["condition"] = part(selector["record_filter"]["condition"], f"{where}.record_filter", notes)
    return told


def composite(value: Mapping[str, Any], where: str, notes: Notes) -> dict[str, Any]:
    """CompositeErrorHandler; one without handlers is the usual one."""
    inner = part(value.get("error_handlers") or [], f"{where}.error_handlers", notes)
    return {"kind": "CompositeErrorHandler", "error_handlers": inner} if inner else {"kind": "DefaultErrorHandler"}


def common(bases: list[str]) -> str:
    """The base URL of most streams."""
    told = [b for b in bases if b and not re.search(r"stream_|parameters|components_values", b)]
    return max(set(told), key=told.count, default="")
