"""The simulator of Salesforce against the list of what it must reproduce, asked as a client asks."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from salesforce_org import Org, V, asked, error

from weft_vendors.salesforce import Field


def test_each_flow_gives_a_token_and_refuses_in_its_words(org) -> None:
    known = org.org.credentials()
    token = org.client().body
    assert token["issued_at"] == str(int(org.org.clock.now().timestamp() * 1000)) and "expires_in" not in token
    assert (token["instance_url"], token["token_type"]) == (org.org.url, "Bearer") and "refresh_token" not in token
    assert (
        asked(org.org.url, urlsplit(token["id"]).path, Authorization=org.bearer).body["username"] == known["username"]
    )
    pair = b64encode(f"{known['client_id']}:{known['client_secret']}".encode()).decode()
    assert org.token(header=f"Basic {pair}", grant_type="client_credentials").status == 200
    refusals = [
        org.client(url=known["login_url"]),
        org.client(client_id="none"),
        org.client(client_secret="none"),
        org.client(grant_type=None),
        org.client(grant_type="password", username="x", password="y"),
        org.client(grant_type="refresh_token", refresh_token="none"),
    ]
    assert [(r.status, r.body["error"], r.body["error_description"]) for r in refusals] == [
        (400, "invalid_grant", "request not supported on this domain"),
        (400, "invalid_client_id", "client identifier invalid"),
        (400, "invalid_client", "invalid client credentials"),
        (400, "invalid_request", "grant type is missing"),
        (400, "invalid_grant", "authentication failure"),
        (400, "invalid_grant", "expired access/refresh token"),
    ]


def test_a_refresh_token_may_rotate(org) -> None:
    form = {"grant_type": "refresh_token", "url": org.org.login_url}
    old = org.org.credentials()["refresh_token"]
    assert "refresh_token" not in org.client(**form, refresh_token=old).body
    org.org.login.rotate = True
    new = org.client(**form, refresh_token=old).body["refresh_token"]
    assert new == org.org.credentials()["refresh_token"] != old
    assert org.client(**form, refresh_token=old).status == 400
    assert asked(org.org.url, "/services/oauth2/revoke", urlencode({"token": new})).status == 200
    assert org.client(**form, refresh_token=new).status == 400


def signed(org, **claims):
    """A JWT of the org's client."""
    known, now = org.org.credentials(), org.org.clock.now().timestamp()
    whole = {
        "iss": known["client_id"],
        "sub": known["username"],
        "aud": "https://login.salesforce.com",
        "exp": now + 180,
    }
    parts = [urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in ({"alg": "RS256"}, whole | claims)]
    key = load_pem_private_key(known["private_key"].encode(), None)
    parts.append(urlsafe_b64encode(key.sign(b".".join(parts), PKCS1v15(), SHA256())).rstrip(b"="))
    return b".".join(parts).decode()


def test_a_signed_assertion_and_a_code_with_its_proof(org) -> None:
    jwt = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "url": org.org.login_url}
    assert org.token(**jwt, assertion=signed(org)).status == 200
    for wrong, told in [
        ({"aud": "https://example.org"}, "audience is invalid"),
        ({"exp": 0}, "expired authorization code"),
        ({"exp": 4e9}, "invalid assertion"),
        ({"sub": "other@example.org"}, "user hasn't approved this consumer"),
    ]:
        assert org.token(**jwt, assertion=signed(org, **wrong)).body["error_description"] == told
    head, claims, signature = signed(org).split(".")
    assert org.token(**jwt, assertion=f"{head}.{claims}A.{signature}").body["error"] == "invalid_grant"

    known = org.org.credentials()
    proof = "p" * 43
    challenge = urlsafe_b64encode(sha256(proof.encode()).digest()).rstrip(b"=").decode()
    wanted = {
        "response_type": "code",
        "client_id": known["client_id"],
        "redirect_uri": "http://127.0.0.1:9/x",
        "state": "s1",
    }
    wanted |= {"scope": "api refresh_token", "code_challenge": challenge, "code_challenge_method": "S256"}

    def exchange(verifier):
        sent = asked(org.org.login_url, "/services/oauth2/authorize?" + urlencode(wanted))
        back = parse_qs(urlsplit(sent.headers["location"]).query)
        assert (sent.status, back["state"]) == (302, ["s1"])
        form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": wanted["redirect_uri"]}
        return org.client(**form, client_secret=None, code_verifier=verifier, url=org.org.login_url)

    assert exchange(proof).body["refresh_token"] == org.org.credentials()["refresh_token"]
    assert exchange("another").body["error"] == "invalid_grant"


def test_who_is_not_let_in_hears_why(org) -> None:
    assert asked(org.org.url, "/services/data/").body[-1] == {
        "label": "Summer '26",
        "url": "/services/data/v67.0",
        "version": "67.0",
    }
    assert error(org.get("limits", Authorization="Basic x"))[:2] == (401, "INVALID_AUTH_HEADER")
    assert error(org.get("limits", Authorization="Bearer x")) == (
        401,
        "INVALID_SESSION_ID",
        "Session expired or invalid",
    )
    assert error(asked(org.org.login_url, f"{V}/limits", Authorization=org.bearer))[:2] == (404, "NOT_FOUND")
    assert error(org.get("/services/data/v12.0/limits"))[:2] == (404, "NOT_FOUND")
    assert org.get("query?q=" + "x" * 17000).status == 414
    org.org.clock.advance(7201)
    assert error(org.get("limits"))[:2] == (401, "INVALID_SESSION_ID")
    org.renew()
    org.org.faults.plan("expire", after=1)
    assert [org.get("limits").status for _ in range(3)] == [200, 401, 401]


def test_limits_and_bad_days_are_told_as_the_vendor_tells_them(org) -> None:
    org.org.gate.daily = 4
    first = org.get("limits")
    assert first.headers["sforce-limit-info"] == "api-usage=1/4" and "retry-after" not in first.headers
    assert first.body["DailyApiRequests"] == {"Max": 4, "Remaining": 3}
    statuses = [org.get("limits") for _ in range(4)]
    assert error(statuses[3]) == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    org.org.clock.advance(24 * 3600)
    org.renew()
    assert org.get("limits").status == 200
    org.org.gate.daily = 100
    for kind in ("406", "420", "timeout", "limit"):
        org.org.faults.plan(kind)
    assert (org.get("limits").body, b"setting things up" in org.get("limits").body) == (b"", True)
    assert error(org.get("limits"))[:2] == (400, "QUERY_TIMEOUT")
    assert error(org.get("limits"))[:2] == (403, "REQUEST_LIMIT_EXCEEDED")
    org.org.faults.plan("503")
    assert error(org.get("limits"))[:2] == (503, "SERVER_UNAVAILABLE")


def test_objects_are_described_and_change_between_runs(org) -> None:
    names = {o["name"]: o for o in org.get("sobjects/").body["sobjects"]}
    assert names["Opportunity"]["keyPrefix"] == "006" and not names["AccountChangeEvent"]["queryable"]
    described = org.get("sobjects/opportunity/describe")
    fields = {f["name"]: f for f in described.body["fields"]}
    assert (fields["Amount"]["type"], fields["Amount"]["precision"], fields["Amount"]["scale"]) == ("currency", 18, 2)
    assert fields["AccountId"]["referenceTo"] == ["Account"] and fields["ExpectedRevenue"]["calculated"]
    since = {"If-Modified-Since": described.headers["last-modified"]}
    assert org.get("sobjects/Opportunity/describe", **since).status == 304
    org.org.clock.advance(60)
    org.org.schema.add("Opportunity", Field("Region__c", "picklist", "North|South"))
    org.org.schema.add("Machine__c", Field("Deal__c", "reference", "Opportunity"), bin=False)
    org.org.schema.hide("Opportunity", "Amount")
    asks = [{"method": "GET", "url": f"{V}/sobjects/{n}/describe"} for n in ("Opportunity", "Machine__c", "None__c")]
    results = org.send("composite/batch", {"haltOnError": True, "batchRequests": asks}).body["results"]
    assert [r["statusCode"] for r in results] == [200, 200, 404]
    seen = {f["name"] for f in org.get("sobjects/Opportunity/describe", **since).body["fields"]}
    assert "Region__c" in seen and "Amount" not in seen
    assert {f["name"]: f["relationshipName"] for f in results[1]["result"]["fields"]}["Deal__c"] == "Deal__r"
    assert error(org.get("sobjects/None__c/describe"))[:2] == (404, "NOT_FOUND")
    status, code, message = error(org.query("SELECT Id, Amount FROM Opportunity"))
    assert (status, code) == (
        400,
        "INVALID_FIELD",
    ) and "ERROR at Row:1:Column:12\nNo such column 'Amount' on entity" in message


def test_deletes_are_told_where_they_can_be(org) -> None:
    ids = {"Account": [f"00100000000000{n}AAA" for n in range(4)], "CampaignMember": ["00v000000000001AAA"]}
    for name, some in ids.items():
        org.org.put(name, *({"Id": i} for i in some))
    soft, gone, back, merged = ids["Account"]
    org.org.clock.advance(600)
    org.org.delete("Account", soft, gone, back)
    org.org.clock.advance(60)
    org.org.delete("Account", gone)  # the bin is emptied of it
    org.org.put("Account", {**org.org.ledger.rows("Account")[back], "IsDeleted": False})
    org.org.merge("Account", soft, merged)
    org.org.delete("CampaignMember", *ids["CampaignMember"])
    org.org.clock.advance(60)

    def told(name, minutes=0):
        start = (org.org.clock.now() - timedelta(days=1)).isoformat()
        end = (org.org.clock.now() + timedelta(minutes=minutes)).isoformat()
        return org.get(f"sobjects/{name}/deleted/?{urlencode({'start': start, 'end': end})}").body

    seen = told("Account")
    assert {d["id"]: d["deletedDate"][11:19] for d in seen["deletedRecords"]} == {
        soft: "09:10:30",
        gone: "09:10:30",
        merged: "09:11:30",
    }
    assert seen["latestDateCovered"] == told("Account", 60)["latestDateCovered"] == "2026-03-02T09:12:00.000+0000"
    assert [d["id"] for d in told("CampaignMember")["deletedRecords"]] == ids["CampaignMember"]
    everything, _ = org.all("SELECT Id, IsDeleted, MasterRecordId FROM Account", "queryAll")
    assert {r["Id"]: r["IsDeleted"] for r in everything} == {soft: True, back: False, merged: True}
    assert {r["Id"]: r["MasterRecordId"] for r in everything}[merged] == soft
    assert set(org.org.truth("Account")) == {back}
    day = {"start": "2026-03-02T09:11:00Z", "end": "2026-03-02T09:12:00Z"}
    assert org.get(f"sobjects/Account/updated/?{urlencode(day)}").body["ids"] == [back]
    org.org.purged = datetime.fromisoformat("2026-03-02T09:11:00+00:00")
    assert [d["id"] for d in told("Account")["deletedRecords"]] == [merged]
    assert told("Account")["earliestDateAvailable"] == "2026-03-02T09:11:00.000+0000"
    for name, range_, code in [
        ("Account", {"start": day["end"], "end": day["start"]}, "INVALID_REPLICATION_DATE"),
        ("Account", {"start": "2026-01-01T00:00:00Z", "end": day["end"]}, "INVALID_REPLICATION_DATE"),
        ("OpportunityStage", day, "INVALID_TYPE_FOR_OPERATION"),
    ]:
        assert error(org.get(f"sobjects/{name}/deleted/?{urlencode(range_)}"))[1] == code


def test_a_history_follows_a_deal_and_stamps_tie_and_come_late(org) -> None:
    deal = {"Id": "006000000000001AAA", "StageName": "Prospecting", "Amount": 100, "Probability": 10}
    org.org.put("Opportunity", deal)
    org.org.clock.advance(5)
    org.org.put("Opportunity", org.org.ledger.rows("Opportunity")[deal["Id"]] | {"StageName": "Closed Won"})
    history, _ = org.all("SELECT StageName, ExpectedRevenue, Probability FROM OpportunityHistory ORDER BY CreatedDate")
    assert [(h["StageName"], h["ExpectedRevenue"], h["Probability"]) for h in history] == [
        ("Prospecting", 10.0, 10),
        ("Closed Won", 100.0, 100.0),
    ]
    org.org.churn(400)
    org.renew()
    stamps = [
        json.loads(r)["SystemModstamp"]
        for (r,) in org.org.ledger.ask("SELECT row FROM change WHERE object = 'Lead' AND op = 'put' ORDER BY seq")
    ]
    assert len(set(stamps)) < len(stamps) and stamps != sorted(stamps)


def test_records_are_taken_from_files_custom_fields_included(tmp_path, capsys, monkeypatch) -> None:
    from weft_vendors import cli

    (tmp_path / "salesforce").mkdir()
    row = {"Id": "001000000000001AAA", "Name": "Ünder", "Grade__c": 2.5}
    (tmp_path / "salesforce" / "Account.jsonl").write_text(json.dumps(row) + "\n")
    seen = []

    def once(_):
        told = json.loads(capsys.readouterr().out)["salesforce"]
        org = Org(SimpleNamespace(url=told["url"], credentials=lambda: told))
        seen.extend(org.query("SELECT Id, Name, Grade__c, Phone, IsDeleted FROM Account").body["records"])
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "sleep", once)
    assert cli.main(["--only", "salesforce", "--data", str(tmp_path), "--json"]) == 0
    assert [{k: v for k, v in r.items() if k != "attributes"} for r in seen] == [
        row | {"Phone": None, "IsDeleted": False}
    ]
    assert cli.main(["--only", "none"]) == 2
    assert "there are" in capsys.readouterr().err
