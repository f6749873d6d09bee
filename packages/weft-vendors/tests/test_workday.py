"""The simulator of Workday against the list of what it must reproduce, asked as a client asks."""

from __future__ import annotations

import csv
import io
import json
import re
from base64 import urlsafe_b64encode

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.testclient import TestClient

from weft_vendors.core import Clock
from weft_vendors.workday import VENDOR
from weft_vendors.workday.objects import objects

BASE = "https://wd2-impl-services1.workday.example"
TOKEN, REPORTS, WQL = "/ccx/oauth2/messy/token", "/ccx/service/customreport2/messy/ISU_Weave", "/ccx/api/wql/v1/messy"
ANNA, BELA = "a" * 32, "b" * 32


class Tenant:
    def __init__(self):
        self.vendor = VENDOR(clock=Clock("2026-03-01T20:00:00+00:00"), seed=7)
        self.vendor.settings.rate = None
        self.http = TestClient(self.vendor.app, base_url=BASE, follow_redirects=False)
        self.known = self.vendor.credentials()

    @property
    def client(self):
        return self.known["client_id"], self.known["client_secret"]

    def token(self, auth=None, **form):
        return self.http.post(TOKEN, data=form, auth=auth)

    def assertion(self, **claims):
        told = {"iss": self.client[0], "sub": self.known["user"], "aud": "wd"}
        told |= {"exp": int(self.vendor.clock.now().timestamp()) + 300} | claims
        text = ".".join(
            urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in ({"alg": "RS256"}, told)
        )
        made = load_pem_private_key(self.known["private_key"].encode(), None).sign(text.encode(), PKCS1v15(), SHA256())
        whole = f"{text}.{urlsafe_b64encode(made).decode().rstrip('=')}"
        return self.token(grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=whole)

    def report(self, name="Workers", **prompts):
        who = (self.known["user"], self.known["password"])
        return self.http.get(f"{REPORTS}/{name}", params={"format": "json", **prompts}, auth=who)

    def soap(self, inside="", operation="Get_Workers", password=None):
        space = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
        user = f"<w:Username>{self.known['user']}@messy</w:Username><w:Password>{password or self.known['password']}</w:Password>"
        body = (
            f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:w="{space}" xmlns:b="urn:com.workday/bsvc">'
            f"<e:Header><w:Security><w:UsernameToken>{user}</w:UsernameToken></w:Security></e:Header><e:Body>"
            f'<b:{operation}_Request b:version="v44.2">{inside}</b:{operation}_Request></e:Body></e:Envelope>'
        )
        return self.http.post("/ccx/service/messy/Human_Resources/v44.2", content=body)


def worker(id_, **more):
    return {"workdayID": id_, "active": True, "workerType": "Employee", "isManager": False} | more


@pytest.fixture
def tenant():
    made = Tenant()
    cc = {"workdayID": "c" * 32, "name": "CC100 Sales"}
    made.vendor.put("costCenter", cc)
    anna = {"fullName": "Anna", "annualBasePay": 125000, "fte": 0.5, "costCenter": "c" * 32, "birthDate": "1990-01-01"}
    anna |= {"hireDate": "2020-08-29", "jobFamilyGroups": ["Family 1", "Family 2"], "certifications": ["CPA"]}
    made.vendor.put("worker", worker(ANNA, employeeID="1", effectiveDate="2020-08-29", **anna))
    made.vendor.clock.advance(60)
    bela = worker(
        BELA, employeeID="2", fullName="Béla", active=False, certifications=["A", "B"], effectiveDate="2021-01-01"
    )
    made.vendor.put("worker", bela)
    made.http.headers["Authorization"] = f"Bearer {made.assertion().json()['access_token']}"
    return made


def test_tokens_by_refresh_in_both_ways_with_rotation_and_by_assertion():
    tenant = Tenant()
    first = tenant.token(tenant.client, grant_type="refresh_token", refresh_token=tenant.known["refresh_token"]).json()
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 3600)
    used = tenant.token(tenant.client, grant_type="refresh_token", refresh_token=tenant.known["refresh_token"])
    assert (used.status_code, used.json()["error"]) == (400, "invalid_grant")  # rotated: the old one is void
    tenant.vendor.login.rotates = tenant.vendor.login.tells_expiry = False
    form = {"client_id": tenant.client[0], "client_secret": tenant.client[1], "grant_type": "refresh_token"}
    second = tenant.token(refresh_token=first["refresh_token"], **form).json()
    assert second["refresh_token"] == first["refresh_token"] and "expires_in" not in second
    assert tenant.token(("no", "no"), grant_type="refresh_token", refresh_token="x").status_code == 401
    assert tenant.token(tenant.client, grant_type="password").json()["error"] == "unsupported_grant_type"
    assert tenant.assertion().status_code == 200
    for wrong in ({"aud": "https://wd"}, {"iss": "x"}, {"sub": "x"}, {"exp": 1}):
        assert tenant.assertion(**wrong).json()["error"] == "invalid_grant"
    asked = {
        "response_type": "code",
        "client_id": tenant.client[0],
        "redirect_uri": "http://127.0.0.1/cb",
        "state": "s",
    }
    back = tenant.http.get("/messy/authorize", params=asked).headers["location"]
    given = tenant.token(tenant.client, grant_type="authorization_code", code=httpx2.URL(back).params["code"])
    assert given.json()["refresh_token"]


def test_who_is_not_let_in(tenant):
    get = tenant.http.get
    tenant.vendor.settings.forbidden = ("paySlip", "organization")
    assert get("/ccx/api/common/v1/messy/organizations").status_code == 403
    tenant.vendor.login.scopes = frozenset({"Staffing"})
    assert get(f"{WQL}/dataSources").status_code == 403
    tenant.vendor.clock.advance(3601)
    assert get("/ccx/api/v1/messy/workers").status_code == 401
    assert get(f"{REPORTS}/Workers", headers={"Authorization": "Basic eDp5"}).status_code == 401
    lost = get("/ccx/api/v1/other/workers")
    assert (lost.status_code, lost.headers["content-type"].split(";")[0]) == (404, "text/html")
    tenant.vendor.settings.maintenance = True
    closed = get("/ccx/api/v1/messy/workers")
    assert closed.status_code == 200 and "<html>" in closed.text
    tenant.vendor.settings.maintenance, tenant.vendor.settings.rate = False, 2
    answers = [get("/x") for _ in range(3)]
    assert [a.status_code for a in answers] == [404, 404, 429] and answers[2].headers["retry-after"] == "5"


def test_a_report_as_json_is_text_without_what_is_empty(tenant):
    anna, bela = tenant.report().json()["Report_Entry"]
    assert anna == {
        "Workday_ID": ANNA,
        "Employee_ID": "1",
        "Full_Name": "Anna",
        "Is_Manager": "0",
        "Active": "1",
        "Worker_Type": "Employee",
        "Hire_Date": "2020-08-29",
        "Fte": "0.5",
        "Annual_Base_Pay": "125000",
        "Cost_Center": "CC100 Sales",
        "Cost_Center_WID": "c" * 32,
        "Job_Family_Groups_group": [{"Job_Family_Group_Ref_ID": "Family 1"}, {"Job_Family_Group_Ref_ID": "Family 2"}],
        "Certifications": "CPA",
        "Effective_Date": "2020-08-29",
        "Last_Functionally_Updated": "2026-03-01T12:00:00.000-08:00",
    }  # and no birth date: security hides it without a word
    assert bela["Certifications"] == [{"ID": "A"}, {"ID": "B"}]
    tenant.vendor.settings.numbers_unquoted = True
    assert tenant.report().json()["Report_Entry"][0]["Annual_Base_Pay"] == 125000


def test_prompts_narrow_a_report_and_none_is_an_object_without_entries(tenant):
    def ids(**prompts):
        return [e["Employee_ID"] for e in tenant.report(**prompts).json().get("Report_Entry", [])]

    assert ids(Updated_From="2026-03-01T12:00:30-08:00") == ["2"]
    assert ids(Updated_From="2026-03-01T20:00:00Z", Updated_Through="2026-03-01T20:00:30Z") == ["1"]
    assert ids(**{"Cost_Center!WID": "c" * 32}) == ids(Base_Pay="125000") == ["1"]
    assert ids(Effective_as_of_Date="2020-12-31-08:00") == ["1"]
    assert tenant.report(Base_Pay="999999").json() == {}
    tenant.vendor.settings.empty_report = "list"
    assert tenant.report(Base_Pay="999999").json() == {"Report_Entry": []}
    for wrong in (tenant.report(Nonsense="1"), tenant.report(Base_Pay="much")):
        assert (wrong.status_code, "<wd:Validation_Error>" in wrong.text) == (500, True)
    assert tenant.report("Nowhere").status_code == 404
    tenant.vendor.settings.report_rows_in_time = 1
    with pytest.raises(json.JSONDecodeError):
        tenant.report().json()


def test_the_other_forms_of_a_report_and_its_schema(tenant):
    rows = list(csv.DictReader(io.StringIO(tenant.report(format="csv").text)))
    assert (rows[0]["Full_Name"], rows[0]["Job_Family_Groups"], rows[1]["Hire_Date"]) == (
        "Anna",
        "Family 1; Family 2",
        "",
    )
    xml = tenant.report(format="xml").text
    assert "<wd:Hire_Date>2020-08-29-07:00</wd:Hire_Date>" in xml and "<wd:Job_Family_Group_Ref_ID>Family 1<" in xml
    assert "<Full_Name>Anna</Full_Name>" in tenant.report(format="simplexml").text
    for way in ("xsd", "xsds"):
        schema = tenant.http.get(f"{REPORTS}/Workers?{way}").text
        assert '<xsd:element name="Annual_Base_Pay" type="xsd:decimal"' in schema
        assert re.search(r'name="Certifications" type="xsd:string" minOccurs="0" maxOccurs="unbounded"', schema)


def test_wql(tenant):
    def ask(query, **page):
        return tenant.http.get(f"{WQL}/data", params={"query": query, **page})

    columns = "workdayID, fullName AS name, costCenter{descriptor} AS cc, annualBasePay, active, certifications"
    told = ask(f"SELECT {columns} FROM allWorkers WHERE active = true AND fte < 1 ORDER BY workdayID").json()
    assert told["total"] == 1 and told["data"][0]["cc"] == {"descriptor": "CC100 Sales"}
    assert told["data"][0]["annualBasePay"] == {"currency": "USD", "value": "125000"}
    assert told["data"][0]["certifications"][0]["descriptor"] == "CPA"
    body = {"query": "SELECT fullName FROM allWorkers (includeX = true) ORDER BY fullName DESC LIMIT 1"}
    assert tenant.http.post(f"{WQL}/data", json=body).json()["data"] == [{"fullName": "Béla"}]
    assert ask("SELECT employeeID FROM allActiveEmployees").json()["data"] == [{"employeeID": "1"}]
    grouped = ask("SELECT workerType, count(*) AS n FROM allWorkers GROUP BY workerType").json()["data"]
    assert grouped == [{"workerType": "Employee", "n": 2}]
    assert ask("SELECT fullName FORM allWorkers").json() == {
        "errors": [{"error": "Unexpected token 'FORM' at position 16"}]
    }
    assert ask("SELECT nonsense FROM allWorkers").status_code == ask("SELECT a FROM nowhere").status_code == 400
    assert ask("SELECT birthDate FROM allWorkers").json()["data"] == [{}, {}]
    tenant.vendor.settings.wql_total = False
    assert "total" not in ask("SELECT fullName FROM allWorkers", limit=1, offset=1).json()
    sources = tenant.http.get(f"{WQL}/dataSources").json()["data"]
    assert any("alias" not in s for s in sources)
    fields = tenant.http.get(f"{WQL}/dataSources/{sources[0]['id']}/fields?limit=100").json()["data"]
    assert {"alias": "cf_BonusTarget", "type": "Calculated Field", "isCalculated": True}.items() <= next(
        f for f in fields if f["alias"] == "cf_BonusTarget"
    ).items()
    assert tenant.http.get(f"{WQL}/dataSources/{sources[0]['id']}/dataSourceFilters").json() == {"data": [], "total": 0}


def test_rest_lists_and_what_hangs_on_a_worker(tenant):
    tenant.vendor.put("paySlip", {"workdayID": "d" * 32, "worker": ANNA, "gross": 10.5, "net": 7})
    first = tenant.http.get("/ccx/api/v1/messy/workers?limit=1").json()
    assert (first["total"], len(first["data"]), first["data"][0]["descriptor"]) == (2, 1, "Anna")
    assert first["data"][0]["costCenter"]["href"].endswith("c" * 32)
    assert tenant.http.get("/ccx/api/staffing/v6/messy/workers").json()["total"] == 2
    assert tenant.http.get(f"/ccx/api/v1/messy/workers/{ANNA}/paySlips").json()["data"][0]["gross"] == 10.5
    assert tenant.http.get(f"/ccx/api/v1/messy/workers/{ANNA}/history").json()["data"][0]["effective"] == "2020-08-29"
    assert tenant.http.get("/ccx/api/v1/messy/workers?limit=101").json()["errors"][0]["field"] == "limit"
    assert tenant.http.get("/ccx/api/staffing/v6/messy/nothing").status_code == 404


def test_soap_pages_are_of_one_moment_and_faults_are_500(tenant):
    def page(number, count=1, at="2026-03-01T20:01:00Z", more=""):
        moment = (
            f"<b:As_Of_Entry_DateTime>{at}</b:As_Of_Entry_DateTime><b:Page>{number}</b:Page><b:Count>{count}</b:Count>"
        )
        return tenant.soap(f"{more}<b:Response_Filter>{moment}</b:Response_Filter>").text

    assert "<wd:Total_Pages>2</wd:Total_Pages>" in page(1) and 'wd:type="Employee_ID">2<' in page(2)
    tenant.vendor.clock.advance(1)
    tenant.vendor.delete("worker", ANNA)
    assert "<wd:Total_Pages>2</wd:Total_Pages>" in page(1)  # as it was known then
    assert "<wd:Total_Results>1</wd:Total_Results>" in page(1, at="2026-03-01T20:01:01Z")
    log = "<b:Transaction_Date_Range_Data><b:Updated_From>2026-03-01T20:01:00Z</b:Updated_From></b:Transaction_Date_Range_Data>"
    since = f"<b:Request_Criteria><b:Transaction_Log_Criteria_Data>{log}</b:Transaction_Log_Criteria_Data></b:Request_Criteria>"
    assert "<wd:Total_Results>1</wd:Total_Results>" in page(1, more=since)
    refused = tenant.soap(password="no")
    assert (refused.status_code, "Client.authenticationError" in refused.text) == (500, True)
    tenant.vendor.settings.forbidden = ("worker",)
    assert "The task submitted is not authorized." in tenant.soap().text
    assert "Client.validationError" in tenant.soap(operation="Get_Nothing").text


def test_what_was_entered_for_another_day_holds_on_that_day(tenant):
    change = tenant.vendor.ledger.truth("worker")[ANNA]
    tenant.vendor.put("worker", change | {"fullName": "Anna B.", "effectiveDate": "2026-03-03"})
    tenant.vendor.put("worker", change | {"fullName": "Ann", "effectiveDate": "2022-01-01"})
    assert tenant.report().json()["Report_Entry"][0]["Full_Name"] == "Ann"
    past = tenant.report(Effective_as_of_Date="2021-06-01").json()["Report_Entry"]
    assert past[0]["Full_Name"] == "Anna"
    tenant.vendor.clock.advance(2 * 86_400)
    changed = tenant.report().json()["Report_Entry"][0]
    assert (changed["Full_Name"], changed["Last_Functionally_Updated"][:10]) == (
        "Anna B.",
        "2026-03-01",
    )  # the entry stays
    assert tenant.vendor.ledger.truth("worker")[ANNA]["fullName"] == "Anna B."


def test_churn_is_seeded_and_fills_every_object():
    one, other = Tenant(), Tenant()
    one.vendor.churn(400)
    other.vendor.churn(400)
    for name in objects():
        assert one.vendor.ledger.truth(name) == other.vendor.ledger.truth(name) != {}
