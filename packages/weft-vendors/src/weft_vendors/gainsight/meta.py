"""Objects, their fields and their picklists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused, answer
from weft_vendors.gainsight.objects import PICKLISTS, Field, Object, gsid, picklist

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call
    from weft_vendors.gainsight.tenant import Gainsight


def _known(vendor: Gainsight) -> list[Object]:
    return [o for o in vendor.fields.values() if o.kind != "PX"]


def listed(vendor: Gainsight, _call: Call) -> Response:
    """`GET /v1/meta/services/objects/list`."""
    found = [
        {
            "objectName": o.name,
            "label": o.label,
            "objectType": o.kind,
            **({"keyPrefix": o.prefix} if o.kind != "SYSTEM" else {}),
            "transactional": False,
            "multiCurrencySupported": "CurrencyIsoCode" in o.fields,
            "readable": True,
            "createable": o.kind != "SYSTEM",
            "schemaUpdateable": True,
        }
        for o in _known(vendor)
    ]
    return answer({"requestId": vendor.request_id(), "result": True, "data": found})


def described(vendor: Gainsight, call: Call) -> Response:
    """`POST /v1/meta/services/objects/describe`."""
    asked = call.json if isinstance(call.json, dict) else {}
    known = {o.name: o for o in _known(vendor)}
    names = [str(n).lower() for n in asked.get("objectNames", [])]
    if not names or any(n not in known for n in names):
        text = "Requested object not found."
        told = {
            "requestId": vendor.request_id(),
            "result": False,
            "instance": f"{vendor.clock.now():%Y-%m-%d %H:%M:%S} UTC",
        }
        raise Refused(200, {**told, "title": "OBJECT_NOT_FOUND", "detail": text, "errorDesc": text})
    options = asked.get("populatePickListOptions") == "true"
    found = [
        {
            "objectName": n,
            "label": known[n].label,
            "objectType": known[n].kind,
            "fields": [_field(known[n], f, options=options) for f in known[n].fields.values()],
        }
        for n in names
    ]
    return answer({"requestId": vendor.request_id(), "result": True, "data": found})


def _field(of: Object, one: Field, *, options: bool) -> dict[str, Any]:
    group = "CUSTOM" if one.custom else "SYSTEM" if one.name in {"Gsid", "CreatedDate", "ModifiedDate"} else "STANDARD"
    written = group != "SYSTEM"
    meta: dict[str, Any] = {
        "properties": {"sourceType": one.type},
        "filterable": True,
        "sortable": True,
        "groupable": True,
        "createable": written,
        "updateable": written,
        "formulaField": one.name == "CurrentScore",
        "hasLookup": one.type == "LOOKUP",
        "required": one.name == "Gsid",
        "nillable": one.name != "Gsid",
        "readOnly": not written,
        "fieldGroupType": group,
        "indexed": one.name in {"Gsid", "ModifiedDate"},
        "decimalPlaces": 2 if one.type == "CURRENCY" else 0,
        "hidden": False,
    }
    if one.type == "LOOKUP":
        target = {"lookupName": one.lookup, "fieldName": "Gsid", "lookupObjects": [{"objectName": one.target}]}
        meta["lookupDetail"] = target
    found = {"fieldName": one.name, "label": one.name.replace("_", " "), "dataType": one.type, "objectName": of.name}
    if one.type in {"PICKLIST", "MULTISELECTDROPDOWNLIST"}:
        category = gsid("1I00", f"category:{one.target}")
        meta["properties"]["PICKLIST_CATEGORY_ID"] = category
        if options:
            found["options"] = [  # type: ignore[assignment]
                {
                    "active": True,
                    "label": text,
                    "value": id_,
                    "displayOrder": n,
                    "groupId": category,
                    "systemName": text,
                }
                for n, (id_, text) in enumerate(picklist(one.target).items(), 1)
            ]
    return {**found, "meta": meta}


def dropdown(vendor: Gainsight, call: Call) -> Response:
    """`GET /v1/meta/services/dropdowns/{category}`."""
    for name in PICKLISTS:
        if gsid("1I00", f"category:{name}") == call.path["category"]:
            items = [{"gsid": id_, "name": label} for id_, label in picklist(name).items()]
            return answer({"requestId": vendor.request_id(), "result": True, "data": {"childItems": items}})
    raise Refused(200, {"requestId": vendor.request_id(), "result": False, "errorDesc": "Requested object not found."})
