"""Queries and jobs of the simulated Salesforce."""

from __future__ import annotations

import gzip
from datetime import timedelta
from urllib.parse import quote

from salesforce_org import V, error


def test_pages_may_be_short_and_only_the_flag_tells_the_end(org) -> None:
    org.org.churn(1500)
    org.renew()
    held = org.org.ledger.truth("Account")
    live = {i for i, r in held.items() if not r["IsDeleted"]}
    records, sizes = org.all("select id, name, billingaddress, CreatedDate FROM account")
    assert {r["Id"] for r in records} == live and len(live) < len(held)
    assert len(sizes) > 3 and any(s < 30 for s in sizes[:-1])
    assert records[0]["attributes"] == {"type": "Account", "url": f"{V}/sobjects/Account/{records[0]['Id']}"}
    assert {type(r["BillingAddress"]) for r in records} == {dict} and records[0]["CreatedDate"].endswith(".000+0000")
    everything, _ = org.all("SELECT Id, IsDeleted FROM Account", "queryAll")
    assert {r["Id"] for r in everything} == set(held)
    assert org.query("SELECT COUNT() FROM Account").body == {"totalSize": len(live), "done": True, "records": []}
    following = org.query("SELECT Id FROM Account").body["nextRecordsUrl"]
    assert following.startswith(f"{V}/query/01g")
    org.org.clock.advance(48 * 3600 + 1)
    org.renew()
    assert error(org.get(following)) == (400, "INVALID_QUERY_LOCATOR", "invalid query locator")


CONDITIONS = {
    "Amount > 5 AND Amount <= 20": ["b", "c"],
    "Amount = null": ["d"],
    "Amount != null AND (NOT Amount < 20)": ["c"],
    "Amount < 20": ["a", "b"],
    "Name = 'O\\'ANDOR'": ["b"],
    "Name LIKE 'a%' OR Name LIKE '_x'": ["a", "c"],
    "Name NOT IN ('Alpha', 'xx')": ["b", "d"],
    "CloseDate >= 2026-02-01 AND CloseDate < 2026-03-01": ["b"],
    "CloseDate = TODAY OR CloseDate > YESTERDAY": ["c", "d"],
    "SystemModstamp >= 2026-03-02T10:00:30%2B01:00": ["c", "d"],
    "SystemModstamp > 2026-03-02T09:00:30Z OR (SystemModstamp = 2026-03-02T09:00:30.000Z AND Id > 'ID_C')": ["d"],
    "IsWon = TRUE": ["c"],
    "Id IN ('SHORT_A', 'ID_B')": ["a", "b"],
}


def test_conditions_choose_what_they_say(org) -> None:
    ids = dict(
        zip(
            "abcd",
            ["006000000000001AAA", "006000000000002AAA", "006000000000003AAA", "006000000000004AAA"],
            strict=True,
        )
    )
    rows = [
        ("Alpha", 5, "2026-01-31"),
        ("O'andor", 10, "2026-02-01"),
        ("xx", 20.0, "2026-03-02"),
        ("NULL", None, "2026-03-05"),
    ]
    for letter, (name, amount, day) in zip("abcd", rows, strict=True):
        stage = "Closed Won" if letter == "c" else "Prospecting"
        at = org.org.clock.now() - timedelta(seconds=letter < "c")
        row = {
            "Id": ids[letter],
            "Name": name,
            "Amount": amount,
            "CloseDate": day,
            "StageName": stage,
            "Probability": 5,
        }
        org.org.put("Opportunity", row, at=at)
    back = {i: letter for letter, i in ids.items()}
    for condition, expected in CONDITIONS.items():
        text = condition.replace("ID_C", ids["c"]).replace("SHORT_A", ids["a"][:15]).replace("ID_B", ids["b"])
        found = org.get(f"query?q={quote(f'SELECT Id FROM Opportunity WHERE {text} ORDER BY Id', safe='%')}")
        assert [back[r["Id"]] for r in found.body["records"]] == expected, condition
    ordered = org.query("SELECT Id FROM Opportunity ORDER BY Amount DESC NULLS LAST, Id LIMIT 3 OFFSET 1").body
    assert ([back[r["Id"]] for r in ordered["records"]], ordered["totalSize"]) == (["b", "a", "d"], 3)
    assert [back[r["Id"]] for r in org.query("SELECT Id FROM Opportunity ORDER BY Amount").body["records"]] == [*"dabc"]


REFUSED = {
    "SELECT * FROM Account": ("MALFORMED_QUERY", "unexpected token: '*'"),
    "SELECT Id Account": ("MALFORMED_QUERY", "unexpected token: 'Account' (expecting FROM)"),
    "SELECT Id FROM Account WHERE Name = 'x": ("MALFORMED_QUERY", "unexpected token: ''x'"),
    "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'": (
        "MALFORMED_QUERY",
        "unexpected token: 'OR'",
    ),
    "SELECT FIELDS(ALL) FROM Account": ("MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200"),
    "SELECT Id FROM Nothing": ("INVALID_TYPE", "sObject type 'Nothing' is not supported."),
    "SELECT Id, Owner.Name FROM Account": ("INVALID_FIELD", "Didn't understand relationship 'Owner' in field path."),
    "SELECT Id, id FROM Account": ("INVALID_FIELD", "duplicate field selected: Id"),
    "SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'": (
        "INVALID_FIELD",
        "value of filter criterion for field 'SystemModstamp' must be of type datetime and should be not enclosed in quotes",
    ),
    "SELECT Id FROM Account WHERE Name = 5": (
        "INVALID_FIELD",
        "value of filter criterion for field 'Name' must be of type string and should be enclosed in quotes",
    ),
    "SELECT Id FROM Account WHERE Description = 'x'": (
        "INVALID_FIELD",
        "field 'Description' can not be filtered in a query call",
    ),
    "SELECT Id FROM Account WHERE IsDeleted > true": (
        "INVALID_QUERY_FILTER_OPERATOR",
        "invalid operator > on field IsDeleted",
    ),
    "SELECT Id FROM Account LIMIT 1 OFFSET 2001": ("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
}


def test_what_is_no_question_is_refused(org) -> None:
    assert {soql: error(org.query(soql))[1:] for soql in REFUSED} == REFUSED
    assert org.query("SELECT FIELDS(STANDARD) FROM Account").status == 200


def test_a_job_walks_and_gives_its_rows_in_pages(org) -> None:
    org.org.churn(1200)
    org.renew()
    fields = "Id, Name, Amount, IsWon, CloseDate, IsDeleted, SystemModstamp"
    rows, states, locators, job = org.bulk(f"SELECT {fields} FROM Opportunity", "queryAll")
    truth = org.org.ledger.truth("Opportunity")
    assert len(states) >= 4 and states[:2] == ["UploadComplete", "InProgress"] and states[-1] == "JobComplete"
    assert len(locators) > 2 and locators[-1] == "null" and job["apiVersion"] == 66.0
    assert len(rows) == len(truth) == job["numberRecordsProcessed"]
    for row in rows:
        kept = truth[row["Id"]]
        assert row["Name"] == (kept["Name"] or "") and row["Amount"] == (
            "" if kept["Amount"] is None else str(kept["Amount"])
        )
        assert row["SystemModstamp"] == kept["SystemModstamp"].replace("+0000", "Z")
        assert row["IsDeleted"] == str(kept["IsDeleted"]).lower()
    results = f"jobs/query/{job['id']}/results"
    packed = org.get(results, **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body).startswith(b'"Id","Name","Amount"')
    assert org.get(results).headers["sforce-locator"] == "null", "the server picks a larger page"
    parts = [org.get(p["resultUrl"]) for p in org.get(f"jobs/query/{job['id']}/resultPages").body["resultPages"]]
    assert sum(int(p.headers["sforce-numberofrecords"]) for p in parts) == len(rows) and len(parts) == 5
    assert error(org.get(f"/services/data/v65.0/{results}"))[:2] == (409, "API_ERROR")
    assert org.send(f"jobs/query/{job['id']}", {}, "DELETE").status == 204
    assert error(org.get(results))[:2] == (404, "NOT_FOUND")


def test_what_bulk_does_not_do_is_refused_at_once_and_a_job_may_fail(org) -> None:
    for soql, told in {
        "SELECT Id, BillingAddress FROM Account": ("API_ERROR", "Selecting compound data not supported in Bulk Query"),
        "SELECT Id FROM TaskStatus": ("INVALIDENTITY", "Entity 'TaskStatus' is not supported by the Bulk API."),
        "SELECT COUNT() FROM Account": (
            "FUNCTIONALITY_NOT_ENABLED",
            "Aggregates and OFFSET are not supported in Bulk Query",
        ),
    }.items():
        assert error(org.send("jobs/query", {"operation": "query", "query": soql}))[1:] == told
    org.org.faults.plan("fail")
    assert org.bulk("SELECT Id FROM Account")[1][-1] == "Failed"
    made = org.send("jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"}).body
    assert error(org.get(f"jobs/query/{made['id']}/results"))[1] == "INVALIDJOBSTATE"
    assert org.send(f"jobs/query/{made['id']}", {"state": "Aborted"}, "PATCH").body["state"] == "Aborted"
    assert org.org.gate.limits()["DailyBulkV2QueryJobs"]["Remaining"] == 9998
    rows, _, locators, _ = org.bulk("SELECT Id FROM Account")
    assert (rows, locators) == ([], ["null"])
