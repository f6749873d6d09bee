"""The simulator of Gainsight against the list of what it must reproduce, asked as a client asks."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from weft_vendors.core import Clock
from weft_vendors.gainsight import VENDOR
from weft_vendors.gainsight.objects import gsid, objects, picklist

BASE = "https://messy.gainsight.example"
NOW = 1772395200000  # 2026-03-01T20:00:00Z
QUERY, CTA = "/v1/data/objects/query", "/v2/cockpit/cta"
ACME, ANNA = gsid("1P02", "acme"), gsid("1P01", "anna")
ADOPTING = next(i for i, label in picklist("stage").items() if label == "Adopting")


class Tenant:
    def __init__(self):
        self.vendor = VENDOR(clock=Clock("2026-03-01T20:00:00+00:00"), seed=7)
        self.http = TestClient(self.vendor.app, base_url=BASE)
        self.http.headers["accesskey"] = self.vendor.credentials()["access_key"]

    def ask(self, select, object_="Company", path=None, **more):
        return self.http.post(path or f"{QUERY}/{object_}", json={"select": select, **more})

    def rows(self, *arguments, **named):
        data = self.ask(*arguments, **named).json()["data"]
        return data["records"] if isinstance(data, dict) else data


def where(name, operator, *value, key="name", **more):
    return {"conditions": [{key: name, "alias": "A", "operator": operator, "value": list(value)}], **more}


@pytest.fixture
def tenant():
    made = Tenant()
    made.vendor.put("gsuser", {"Gsid": ANNA, "Name": "Anna", "Email": "anna@example.com"})
    acme = {"Gsid": ACME, "Name": "Acme", "Csm": ANNA, "Arr": 1250.5, "Stage": ADOPTING, "Renewal_Date": 1780272000000}
    made.vendor.put("company", acme)
    return made


def test_keys_and_quotas(tenant):
    get = tenant.http.get
    assert get("/v1/meta/services/objects/list", headers={"accesskey": "no"}).json()["errorCode"] == "GS_APIG_2401"
    missing = TestClient(tenant.vendor.app, base_url=BASE).post(f"{QUERY}/Company", json={"select": ["Gsid"]})
    assert (missing.status_code, missing.json()["errorCode"]) == (400, "GSOBJ_1024")
    tenant.vendor.settings.per_minute = 3
    assert [get("/v1/meta/services/objects/list").status_code for _ in range(4)] == [200, 200, 200, 429]
    tenant.vendor.clock.advance(60)  # the window is the clock's minute
    assert get("/v1/meta/services/objects/list").status_code == 200


def test_rows_with_lookups_in_two_envelopes(tenant):
    select = ["Name", "Csm__gr.Email", "csm__gr.name", "Arr", "Stage", "Renewal_Date", "ModifiedDate", "Mrr"]
    row = {
        "Name": "Acme",
        "Csm__gr.Email": "anna@example.com",
        "csm__gr.name": "Anna",
        "Arr": 1250.5,
        "Stage": ADOPTING,
    }
    row |= {"Renewal_Date": 1780272000000, "ModifiedDate": NOW, "Mrr": None}
    told = tenant.ask(select).json()
    assert (told["result"], told["data"]) == (True, [row])
    tenant.vendor.settings.envelope = "records"
    assert tenant.ask(select, "company").json()["data"] == {"records": [row]}
    tenant.vendor.settings.strict_case = True
    assert tenant.ask(select, "Company").json()["errorCode"] == "GSOBJ_1023"
    assert len(ACME) == 36 and ACME.startswith("1P02")


def test_conditions(tenant):
    tenant.vendor.put("company", {"Gsid": gsid("1P02", "b"), "Name": "Bolt", "Arr": 7})

    def names(**more):
        return sorted(r["Name"] for r in tenant.rows(["Name"], **more))

    assert names(where=where("Arr", "GTE", 100)) == names(where=where("Csm", "IS_NOT_NULL")) == ["Acme"]
    assert names(where=where("Name", "CONTAINS", "OLT")) == names(where=where("Arr", "BTW", 5, 9)) == ["Bolt"]
    two = where("Arr", "LT", 10)["conditions"] + [{"name": "Name", "alias": "B", "operator": "EQ", "value": ["Acme"]}]
    assert names(where={"conditions": two, "expression": "A OR B"}) == ["Acme", "Bolt"]
    assert names(where={"conditions": two, "expression": "A AND B"}) == []
    assert names(where=where("ModifiedDate", "GTE", "2026-03-01 20:00:00")) == ["Acme", "Bolt"]
    assert names(where=where("ModifiedDate", "GT", "2026-03-01 20:00:00")) == []
    tenant.vendor.settings.filter_zone = "America/Los_Angeles"
    assert names(where=where("ModifiedDate", "GTE", "2026-03-01 12:00:01")) == []
    for bad in ({"expression": "(A)"}, {"expression": "A XOR A"}):
        assert tenant.ask(["Name"], where=where("Arr", "LT", 10) | bad).json()["errorCode"] == "GSOBJ_1002"
    assert tenant.ask(["Name"], where=where("ModifiedDate", "GTE", "yesterday")).json()["errorCode"] == "GSOBJ_1005"
    assert tenant.ask(["Nonsense"]).json()["errorCode"] == "GSOBJ_1002"


def test_no_rows_in_three_forms(tenant):
    nobody = {"where": where("Name", "EQ", "Nobody")}
    assert tenant.ask(["Name"], **nobody).json()["data"] == {"records": []}
    tenant.vendor.settings.empty = "no_data"
    told = tenant.ask(["Name"], **nobody)
    assert (told.status_code, told.json()["result"], told.json()["errorCode"]) == (200, False, "GSOBJ_1XXX")
    tenant.vendor.settings.empty = "1011"
    told = tenant.ask(["Name"], **nobody)
    assert (told.status_code, told.json()["errorCode"]) == (400, "GSOBJ_1011")


def test_pages_hold_only_in_a_decisive_order(tenant):
    many = [{"Gsid": gsid("1P03", str(n)), "Email": "same"} for n in range(100)]
    tenant.vendor.put("person", *many)
    assert tenant.ask(["Gsid"], "Person", limit=5001).status_code == 400

    def read(order):
        pages = [tenant.rows(["Gsid"], "Person", orderBy=order, limit=10, offset=o) for o in range(0, 100, 10)]
        return len({r["Gsid"] for p in pages for r in p})

    assert read({"Email": "asc"}) < 100
    assert read({"Email": "asc", "Gsid": "desc"}) == 100


def test_the_cockpit_speaks_otherwise(tenant):
    id_ = gsid("1S01", "cta")
    cta = {"Gsid": id_, "Name": "Call", "CompanyId": ACME, "DueDate": 1772395200500, "CustomDate__gc": 1780272000000}
    tenant.vendor.put("call_to_action", cta)
    select = ["Gsid", "CompanyId__gr.Name", "DueDate", "CustomDate__gc", "OwnerId", "ModifiedDate"]
    row = {
        "Gsid": id_,
        "CompanyId__gr.Name": "Acme",
        "DueDate": "2026-03-01T20:00:00.500Z",
        "CustomDate__gc": "2026-06-01",
    }
    row |= {"ModifiedDate": "2026-03-01T20:00:00Z", "associatedRecords": []}
    since = where("ModifiedDate", "GTE", "2026-03-01", key="fieldName", expression="A")
    asked = {"path": f"{CTA}/list", "pageSize": 1000, "pageNumber": 1}
    assert tenant.rows(select, where=since, linkedObject=True, **asked) == [row]
    assert tenant.rows(select, **(asked | {"pageNumber": 2})) == []
    bad = tenant.ask(["Gsid", "Gsidasdf"], **asked).json()
    assert (bad["result"], bad["errorCode"]) == (False, "COCKPIT_5101")
    assert "gsidasdf" in bad["errorDesc"]
    assert tenant.ask(select, **(asked | {"pageSize": 1001})).json()["errorCode"] == "COCKPIT_5101"
    tenant.vendor.delete("call_to_action", id_)
    gone = tenant.rows([], path=f"{CTA}/deleted/list", pageSize=10, pageNumber=1)
    assert gone == [{"Gsid": id_, "Name": "Call", "DeletedDate": "2026-03-01T20:00:00Z"}]


def test_deletions_are_told_for_fifteen_days(tenant):
    tenant.vendor.put("subscription__gc", {"Gsid": gsid("1C01", "s")})
    tenant.vendor.delete("company", ACME)
    tenant.vendor.delete("subscription__gc", gsid("1C01", "s"))
    select = ["RecordId", "DeletedOn", "ObjectName"]
    asked = {"where": where("DeletedOn", "GTE", "2026-03-01 20:00:00")}
    row = {"RecordId": ACME, "DeletedOn": "2026-03-01T20:00:00Z", "ObjectName": "company"}
    assert tenant.rows(select, "record_delete_log", **asked) == [row]
    assert tenant.rows(["ObjectName"], "record_delete_log_high_volume") == [{"ObjectName": "subscription__gc"}]
    tenant.vendor.clock.advance(15 * 86_400 + 1)
    assert tenant.rows(select, "record_delete_log", **asked) == []


def test_objects_and_fields_are_described(tenant):
    found = tenant.http.get("/v1/meta/services/objects/list?po=company&em=false").json()["data"]
    assert {"objectName": "us_8f2c_scorecard_fact__gc", "objectType": "CUSTOM"}.items() <= next(
        o for o in found if "Scorecard Fact" in o["label"]
    ).items()

    def described(*names):
        asked = {"objectNames": names, "populatePickListOptions": "true"}
        return tenant.http.post("/v1/meta/services/objects/describe", json=asked).json()

    fields = {f["fieldName"]: f for f in described("Company")["data"][0]["fields"]}
    assert fields["Csm"]["meta"]["lookupDetail"]["lookupName"] == "Csm__gr"
    assert {"value": ADOPTING, "label": "Adopting"}.items() <= fields["Stage"]["options"][3].items()
    category = fields["Stage"]["meta"]["properties"]["PICKLIST_CATEGORY_ID"]
    items = tenant.http.get(f"/v1/meta/services/dropdowns/{category}").json()["data"]["childItems"]
    assert {"gsid": ADOPTING, "name": "Adopting"} in items
    unknown = described("nothing")
    assert (unknown["title"], "errorCode" in unknown) == ("OBJECT_NOT_FOUND", False)


def test_a_bulk_export_and_its_quota(tenant):
    root = "/v3/exports/data/bulk"
    job = tenant.http.post(f"{root}/company", json={"select": ["Gsid", "Name"]}).json()["data"]["jobId"]
    tenant.vendor.delete("company", ACME)
    states = [tenant.http.get(f"{root}/jobs/{job}").json()["data"] for _ in range(3)]
    assert [s["status"] for s in states] == ["IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]
    lines = tenant.http.get(f"{root}/jobs/{job}/chunks/0").text.splitlines()
    assert [json.loads(line) for line in lines] == [{"Gsid": ACME, "Name": "Acme"}]
    began = [tenant.http.post(f"{root}/company", json={"select": ["Gsid"]}).status_code for _ in range(10)]
    assert began == [200] * 9 + [429]


def test_px(tenant):
    headers = {"X-APTRINSIC-API-KEY": tenant.vendor.credentials()["px_key"]}
    tenant.vendor.put("px_account", *({"id": f"a{n}", "name": "x"} for n in range(30)))
    tenant.vendor.put("px_feature", *({"id": f"f{n:02}"} for n in range(30)))

    def get(path, **query):
        return tenant.http.get(f"/px/v1/{path}", params=query, headers=headers)

    assert tenant.http.get("/px/v1/accounts").status_code == 401
    first = get("accounts").json()
    assert (len(first["accounts"]), first["totalHits"]) == (25, 30)
    rest = get("accounts", scrollId=first["scrollId"]).json()
    assert len({a["id"] for a in first["accounts"] + rest["accounts"]}) == 30
    assert get("accounts", scrollId=rest["scrollId"]).json()["scrollId"] is None
    assert get("accounts", pageSize=501).status_code == 400
    assert get("feature", pageNumber=1).json()["isLastPage"] is True
    tenant.vendor.put("px_custom_event", {"eventId": "e", "date": NOW}, {"eventId": "f", "date": NOW + 5})
    asked = get("events/custom", filter=f"date>={NOW};date<={NOW + 4}").json()["customEvents"]
    assert [e["eventId"] for e in asked] == ["e"]
    assert {"apiName": "plan", "type": "STRING"}.items() <= get("admin/model/account/attributes").json()[7].items()


def test_churn_is_seeded_and_fills_every_object():
    one, other = Tenant(), Tenant()
    one.vendor.churn(400)
    other.vendor.churn(400)
    for name in objects():
        assert one.vendor.ledger.truth(name) == other.vendor.ledger.truth(name) != {}
