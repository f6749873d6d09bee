"""The HubSpot portal answers as its fact sheet says; seen over real connections."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlencode

import pytest

from weft_vendors.core import Clock, serving
from weft_vendors.hubspot import HubSpot
from weft_vendors.hubspot.links import link

NOON = "2026-03-01T12:00:00+00:00"
EVERY = {"propertyName": "hs_object_id", "operator": "GT", "value": "0"}


@pytest.fixture
def portal():
    made = HubSpot(clock=Clock(NOON), seed=3)
    with serving(made):
        yield made


def ask(portal, path, body=None, *, token=None, form=None, **query):
    connection = http.client.HTTPConnection(portal.url.removeprefix("http://"), timeout=5)
    token = portal.credentials()["service_key"] if token is None else token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = json.dumps(body) if body is not None else urlencode(form) if form else None
    try:
        connection.request("POST" if data else "GET", path + (f"?{urlencode(query)}" if query else ""), data, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    return answer.status, answer.headers, json.loads(text) if text[:1] in b"{[" and text else text


def deals(count, at=NOON, **properties):
    return [
        {"id": str(9_000_000_000 + n), "properties": {"amount": "1.50", **properties}, "createdAt": at}
        for n in range(count)
    ]


def test_lists_page_by_id_and_say_what_was_asked(portal) -> None:
    portal.put("deals", *deals(3, dealname="Loom", closedate="2026-04-04T14:59:45.103Z"))
    for path in ("/crm/v3/objects/deals", "/crm/objects/2026-03/deals", "/crm/objects/2026-09/0-3"):
        _, headers, first = ask(portal, path, limit=2, properties="amount,unheard_of")
        assert first["paging"]["next"]["after"] == "9000000002"
        _, _, last = ask(portal, path, limit=2, after=first["paging"]["next"]["after"])
        assert "paging" not in last and [r["id"] for r in last["results"]] == ["9000000002"]
    assert first["results"][0]["properties"] == {
        "amount": "1.50", "createdate": NOON, "hs_lastmodifieddate": "2026-03-01T12:00:00Z", "hs_object_id": "9000000000",
    }  # fmt: skip
    assert (
        last["results"][0]["properties"]["closedate"].endswith(".103Z") and headers["X-HubSpot-RateLimit-Max"] == "190"
    )
    assert ask(portal, path, limit=101)[0] == 400
    assert ask(portal, path, limit=51, propertiesWithHistory="amount")[0] == 400
    portal.put("deals", {"id": "9000000001", "properties": {"amount": "2"}})
    history = ask(portal, path, propertiesWithHistory="amount")[2]["results"][1]["propertiesWithHistory"]["amount"]
    assert [h["value"] for h in history] == ["2", "1.50"]
    assert ask(portal, "/crm/v3/objects/looms")[2]["message"] == "Unable to infer object type from: looms"
    assert ask(portal, path, properties=",".join(f"property_{n}" for n in range(2000)))[0] == 414


def test_the_bin_has_a_list_of_its_own_and_an_erased_record_is_on_none(portal) -> None:
    portal.put("deals", *deals(4))
    portal.delete("deals", "9000000000")
    portal.purge("deals", "9000000001")
    portal.merge("deals", "9000000002", "9000000003")
    alive = ask(portal, "/crm/v3/objects/deals", properties="hs_merged_object_ids")[2]["results"]
    assert [(r["id"], r["properties"]["hs_merged_object_ids"]) for r in alive] == [("9000000002", "9000000003")]
    gone = ask(portal, "/crm/v3/objects/deals", archived="true")[2]["results"]
    assert [(r["id"], r["archived"], r["archivedAt"]) for r in gone] == [("9000000000", True, "2026-03-01T12:00:00Z")]
    status, _, batch = ask(
        portal, "/crm/v3/objects/deals/batch/read", {"inputs": [{"id": "9000000000"}, {"id": "9000000002"}]}
    )
    assert (status, len(batch["results"]), batch["numErrors"]) == (207, 1, 1)
    assert batch["errors"][0]["context"] == {"ids": ["9000000000"]}


def test_search_runs_behind_and_ends_at_ten_thousand(portal) -> None:
    portal.limits.searches = 10_000
    portal.load("deals", deals(10_400, at="2026-02-01T00:00:00Z"))
    body = {"filterGroups": [{"filters": [EVERY]}], "limit": 200, "after": "9800"}
    _, headers, page = ask(portal, "/crm/v3/objects/deals/search", body)
    assert (page["total"], page["paging"]["next"]["after"]) == (10_400, "10000")
    assert "X-HubSpot-RateLimit-Max" not in headers
    assert ask(portal, "/crm/v3/objects/deals/search", {**body, "after": "10000"})[0] == 400
    assert ask(portal, "/crm/v3/objects/deals/search", {**body, "limit": 201, "after": "0"})[0] == 400
    tied = {"propertyName": "hs_lastmodifieddate", "operator": "EQ", "value": "1769904000000"}
    beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": "9000010390"}
    keyset = {
        "filterGroups": [{"filters": [tied, beyond]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
    }
    assert [r["id"][-2:] for r in ask(portal, "/crm/v3/objects/deals/search", keyset)[2]["results"]] == [
        f"{n}" for n in range(91, 100)
    ]
    portal.put("deals", {"id": "9000000007", "properties": {"dealname": "new"}})
    named = {"filterGroups": [{"filters": [{"propertyName": "dealname", "operator": "EQ", "value": "new"}]}]}
    assert ask(portal, "/crm/v3/objects/deals/search", named)[2]["total"] == 0
    portal.clock.advance(portal.lag)
    assert ask(portal, "/crm/v3/objects/deals/search", named)[2]["results"][0]["properties"]["dealname"] == "new"
    portal.delete("deals", "9000000007")
    portal.clock.advance(portal.lag)
    assert ask(portal, "/crm/v3/objects/deals/search", named)[2]["total"] == 0


@pytest.mark.parametrize(
    ("each", "found"),
    [
        ({"operator": "EQ", "value": "10.0"}, {1}),
        ({"operator": "NEQ", "value": "9"}, {1, 2, 3}),
        ({"operator": "LT", "value": "10"}, {0}),
        ({"operator": "BETWEEN", "value": "9", "highValue": "100"}, {0, 1, 2}),
        ({"operator": "IN", "values": ["9", "100"]}, {0, 2}),
        ({"operator": "NOT_IN", "values": ["9", "100"]}, {1, 3}),
        ({"operator": "HAS_PROPERTY"}, {0, 1, 2}),
        ({"operator": "NOT_HAS_PROPERTY"}, {3}),
        ({"operator": "GTE", "value": "ten"}, 400),
        ({"operator": "LIKE", "value": "1"}, 400),
        ({"operator": "EQ", "value": "1", "propertyName": "unheard_of"}, 400),
    ],
)
def test_filters_compare_numbers_as_numbers(portal, each, found) -> None:
    portal.load("deals", [
        {"id": str(n), "properties": {"amount": amount}, "createdAt": "2026-01-01T00:00:00Z"} for n, amount in enumerate(["9", "10", "100", ""])
    ])  # fmt: skip
    status, _, page = ask(
        portal, "/crm/v3/objects/deals/search", {"filterGroups": [{"filters": [{"propertyName": "amount", **each}]}]}
    )
    assert status == found if isinstance(found, int) else {int(r["id"]) for r in page["results"]} == found


def test_tokens_die_after_half_an_hour_and_scopes_are_looked_at(portal) -> None:
    known = portal.credentials()
    form = {word: known[word] for word in ("client_id", "client_secret", "refresh_token")} | {
        "grant_type": "refresh_token"
    }
    _, _, told = ask(portal, "/oauth/2026-03/token", token="", form=form)
    assert (told["expires_in"], told["refresh_token"], told["token_use"]) == (
        1800,
        known["refresh_token"],
        "access_token",
    )
    assert ask(portal, "/crm/v3/owners", token=told["access_token"])[0] == 200
    portal.clock.advance(1800)
    status, _, body = ask(portal, "/crm/v3/owners", token=told["access_token"])
    assert (status, body["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert ask(portal, "/crm/v3/owners", token="unknown")[2]["category"] == "INVALID_AUTHENTICATION"
    assert (
        ask(portal, "/crm/v3/owners", token="")[0] == 401 and ask(portal, "/crm/v3/owners", token="two words")[0] == 530
    )
    status, _, body = ask(
        portal, "/crm/v3/objects/deals", token=portal.door.key("service-na1", frozenset({"crm.objects.contacts.read"}))
    )
    assert (status, body["errors"][0]["context"]["requiredScopes"]) == (403, ["crm.objects.deals.read"])
    portal.door.revoke(known["refresh_token"])
    assert ask(portal, "/oauth/v1/token", token="", form=form)[2]["status"] == "BAD_REFRESH_TOKEN"
    own = {**form, "grant_type": "client_credentials"}
    _, _, told = ask(portal, "/oauth/2026-03/token", token="", form=own)
    assert "refresh_token" not in told and ask(portal, "/crm/v3/owners", token=told["access_token"])[0] == 200


def test_limits_are_told_with_and_without_a_time_to_come_back(portal) -> None:
    told = [ask(portal, "/crm/v3/owners") for _ in range(192)]
    refused = [(h["Retry-After"], body["policyName"]) for status, h, body in told if status == 429]
    assert refused == [("10", "TEN_SECONDLY_ROLLING"), (None, "TEN_SECONDLY_ROLLING")]
    portal.clock.advance(10)
    search = [ask(portal, "/crm/v3/objects/deals/search", {"limit": 1}) for _ in range(6)]
    assert [status for status, _, _ in search] == [200] * 5 + [429] and search[-1][2]["policyName"] == "SECONDLY"
    portal.limits.daily = portal.limits.today
    portal.clock.advance(10)
    status, headers, body = ask(portal, "/crm/v3/owners")
    assert (status, body["policyName"], headers["Retry-After"]) == (429, "DAILY", None)
    portal.clock.advance(17 * 3600)  # midnight in New York
    assert ask(portal, "/crm/v3/owners")[0] == 200


def test_links_come_twice_in_lists_and_in_batches_with_their_types(portal) -> None:
    portal.put("companies", *({"id": str(n), "properties": {}} for n in (7, 8)))
    portal.put("deals", *deals(2))
    link(portal, "deals", "companies", "9000000000", ["8", "7"])
    first = ask(portal, "/crm/v3/objects/deals", associations="companies")[2]["results"][0]
    assert [a["id"] for a in first["associations"]["companies"]["results"]] == ["7", "8", "8"]
    body = {"inputs": [{"id": "9000000000"}, {"id": "9000000001"}]}
    for path in (
        "/crm/v4/associations/deals/companies/batch/read",
        "/crm/associations/2026-03/deals/companies/batch/read",
    ):
        status, _, told = ask(portal, path, body)
        assert (status, told["errors"][0]["subCategory"]) == (207, "crm.associations.NO_ASSOCIATIONS_FOUND")
        assert [(to["toObjectId"], len(to["associationTypes"])) for to in told["results"][0]["to"]] == [
            ("7", 1),
            ("8", 2),
        ]
    portal.links_page = 1
    assert ask(portal, path, body)[2]["results"][0]["paging"]["next"]["after"] == "8"
    one = ask(portal, "/crm/v4/objects/deals/9000000000/associations/companies", limit=1)[2]
    assert (one["results"][0]["toObjectId"], one["paging"]["next"]["after"]) == ("7", "8")


def test_an_account_describes_itself(portal) -> None:
    portal.schema.add_property("deals", "loom_count", "number")
    portal.schema.add_property("deals", "health", dataSensitivity="sensitive")
    told = {p["name"]: p for p in ask(portal, "/crm/v3/properties/deals")[2]["results"]}
    assert (
        told["loom_count"]["type"] == "number"
        and told["amount"]["numberDisplayHint"] == "currency"
        and "health" not in told
    )
    schema = ask(portal, "/crm-object-schemas/2026-03/schemas")[2]["results"][0]
    assert (schema["objectTypeId"], schema["fullyQualifiedName"]) == ("2-3465404", "p1234567_machines")
    portal.put("machines", {"id": "1", "properties": {"serial": "L1"}})
    for name in ("2-3465404", "p1234567_machines", "p_machines"):
        assert ask(portal, f"/crm/v3/objects/{name}")[2]["results"][0]["properties"]["serial"] == "L1"
    stages = ask(portal, "/crm/pipelines/2026-03/deals")[2]["results"][0]["stages"]
    assert stages[2]["metadata"] == {"isClosed": "false", "probability": "0.9"}
    assert ask(portal, "/account-info/2026-03/details")[2]["utcOffset"] == "-05:00"


def test_marketing_answers_in_its_older_ways(portal) -> None:
    portal.objects = ("submissions", "email_events", "campaigns", "marketing_emails", "owners")
    portal.churn(120)
    form = portal.ledger.ask(
        "SELECT json_extract(row, '$.formId') f, count(*) FROM change WHERE object = 'submissions' GROUP BY f ORDER BY 2 DESC"
    )[0]
    first = ask(portal, f"/form-integrations/v1/submissions/forms/{form[0]}", limit=2)[2]
    at = [r["submittedAt"] for r in first["results"]]
    assert (
        at == sorted(at, reverse=True)
        and "formId" not in first["results"][0]
        and first["paging"]["next"]["after"] == "2"
    )
    events, offset = [], 0
    while True:
        page = ask(portal, "/email/public/v1/events", limit=3, offset=offset, startTimestamp=0)[2]
        events, offset = events + page["events"], page["offset"]
        if not page["hasMore"]:
            break
    assert len({(e["id"], e["created"]) for e in events}) == len(events) == len(portal.ledger.rows("email_events"))
    stats = ask(portal, "/marketing/v3/emails", includeStats="true")[2]["results"][0]["stats"]["counters"]
    assert stats["sent"] >= stats["delivered"]
    seen, after = [], {}
    while True:
        page = ask(portal, "/marketing/campaigns/2026-03", limit=3, properties="hs_name", **after)[2]
        seen += [c["id"] for c in page["results"]]
        if "paging" not in page:
            break
        after = {"after": page["paging"]["next"]["after"]}
    assert sorted(seen) == sorted(portal.ledger.rows("campaigns")) and page["total"] == len(seen)
    assert set(ask(portal, f"/marketing/v3/campaigns/{seen[0]}/reports/revenue")[2]) >= {
        "currencyCode",
        "revenueAmount",
    }
    assert ask(portal, "/crm/v3/owners", archived="true")[2]["results"]


def test_the_same_seed_makes_the_same_portal() -> None:
    one, two = (HubSpot(clock=Clock(NOON), seed=8) for _ in range(2))
    for each in (one, two):
        each.churn(400)
    assert all(one.ledger.truth(name) == two.ledger.truth(name) for name in one.objects)
    rows = one.ledger.truth("contacts").values()
    assert any(row["archived"] for row in rows) and all(
        value is None or isinstance(value, str) for row in rows for value in row["properties"].values()
    )
