"""The Atlassian site answers as its fact sheet says; seen over real connections."""

from __future__ import annotations

import base64
import http.client
import json
from urllib.parse import urlencode

import pytest

from weft_vendors.atlassian import Atlassian
from weft_vendors.atlassian.catalogue import STATUSES
from weft_vendors.core import Clock, serving

NOON = "2026-03-01T12:00:00+00:00"
SEARCH = "/rest/api/3/search/jql"


@pytest.fixture
def site():
    made = Atlassian(clock=Clock(NOON), seed=3)
    with serving(made):
        yield made


def basic(site, token="api_token"):
    known = site.credentials()
    return "Basic " + base64.b64encode(f"{known['email']}:{known.get(token, token)}".encode()).decode()


def ask(site, path, body=None, *, auth=None, gateway=None, **query):
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=5)
    auth = basic(site) if auth is None else auth
    path = f"/ex/{gateway}/{site.cloud}{path}" if gateway else path
    url = path + (f"?{urlencode(query, doseq=True)}" if query else "")
    try:
        connection.request(
            "POST" if body is not None else "GET",
            url,
            None if body is None else json.dumps(body),
            {"Authorization": auth} if auth else {},
        )
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    return answer.status, answer.headers, json.loads(text) if text[:1] in (b"{", b"[") else text


def issue(number, project="LOOM", at="2026-02-01T08:00:00.000+0000", **fields):
    return {
        "id": str(number),
        "key": f"{project}-{number}",
        "fields": {"summary": f"Number {number}", "created": at, "updated": at, **fields},
    }


def every(site, jql, **more):
    found, token = [], {}
    while True:
        status, _, page = ask(site, SEARCH, {"jql": jql, **more, **token})
        assert status == 200, page
        found += page["issues"]
        assert page["isLast"] is ("nextPageToken" not in page)
        if "nextPageToken" not in page:
            return found
        token = {"nextPageToken": page["nextPageToken"]}


def test_search_gives_ids_unless_asked_for_more_and_short_pages_before_the_last(site) -> None:
    site.load("issues", [issue(n) for n in range(1, 251)])
    bare = ask(site, SEARCH, {"jql": "id > 0", "maxResults": 5000})[2]
    assert (len(bare["issues"]), bare["isLast"], set(bare["issues"][0])) == (250, True, {"id", "key"})
    site.short = 1.0
    pages = ask(site, SEARCH, {"jql": "id > 0", "maxResults": 100, "fields": ["summary"]})[2]
    assert 0 < len(pages["issues"]) < 100 and pages["nextPageToken"]
    assert [int(i["id"]) for i in every(site, "id > 0 order by id desc", fields=["summary"])] == list(range(250, 0, -1))
    assert ask(site, SEARCH, jql="id > 240", fields="*all,-comment")[2]["issues"][0]["fields"].keys() >= {
        "summary",
        "worklog",
    }
    stale = {"jql": "id > 0", "fields": ["summary"], "nextPageToken": pages["nextPageToken"]}
    assert ask(site, SEARCH, stale | {"jql": "id > 1"})[0] == 400
    site.clock.advance(7 * 86400 + 1)
    assert ask(site, SEARCH, stale)[0] == 400
    assert ask(site, SEARCH, {"jql": "id > 0", "startAt": 5})[0] == 400
    assert ask(site, "/rest/api/3/search/approximate-count", {"jql": "id > 200"})[2] == {"count": 50}
    for old in ("/rest/api/3/search", "/rest/api/2/search"):
        status, _, body = ask(site, old, jql="id > 0")
        assert status == 410 and "CHANGE-2046" in body["errorMessages"][0]


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("updated >= 1769932800000 AND updated < 1769936400000", {1, 2}),
        ('updated >= "2026-02-01 01:00"', {3, 4}),  # midnight there is eight o'clock in UTC
        ("updated >= '2026/02/01 00:00' and project in (SHUT, 'Care Portal')", {2, 3}),
        ("created < -3w", {1, 2, 3, 4}),
        ("created > -1w or id in (1, 3)", {1, 3}),
        ("sprint = 37", {4}),
        ("sprint is not EMPTY and not sprint = 37", set()),
        ('status = "In Progress"', {1}),
        ("status != 3 and key != LOOM-4 and (id > 2)", {3}),
        ("cf[10026] >= 2 or cf[10036] = 1.5", {2, 3}),
        ("summary ~ 'number 3'", {3}),
        ("labels in (ui, x)", {3}),
        ("", "Unbounded JQL queries are not allowed here."),
        ("order by id", "Unbounded JQL queries are not allowed here."),
        ("loom = 3", "Field 'loom' does not exist or you do not have permission to view it."),
        ("project = X", "The value 'X' does not exist for the field 'project'."),
        ("updated >=", "Error in the JQL Query: Expecting a value before the end of the query."),
        ("updated >= 3 id = 4", "Error in the JQL Query: Expecting an operator or the end of the query but got 'id'."),
        ("updated > 'noon'", "Date value 'noon' for field 'updated' is invalid."),
        ("summary ~ 'never closed", "Error in the JQL Query: The quoted string"),
    ],
)
def test_queries(site, jql, found) -> None:
    site.load("issues", [
        issue(1, status=STATUSES["3"]), issue(2, "SHUT", at="2026-02-01T00:30:00.000-0800", customfield_10026=2.0, status=STATUSES["3"] | {"id": "9", "name": "x"}),
        issue(3, "CARE", at="2026-02-01T09:00:00.000+0000", customfield_10036=1.5, labels=["ui"], status=STATUSES["10000"]),
        issue(4, at="2026-02-01T10:00:00.000+0000", customfield_10020=[{"id": 37}], status=STATUSES["10000"]),
    ])  # fmt: skip
    status, _, body = ask(site, SEARCH, {"jql": jql})
    if isinstance(found, str):
        assert status == 400 and body["errorMessages"][0].startswith(found)
    else:
        assert status == 200 and {int(i["id"]) for i in body["issues"]} == found


def test_times_are_in_the_zone_of_the_viewer_and_search_runs_behind(site) -> None:
    site.put("issues", issue(5, customfield_10009="2026-07-01T00:00:00.000+0000"))
    assert ask(site, SEARCH, {"jql": "id > 0"})[2]["issues"] == []
    fresh = ask(site, SEARCH, {"jql": "id > 0", "fields": ["*all"], "reconcileIssues": [5]})[2]["issues"][0]["fields"]
    assert (fresh["updated"], fresh["customfield_10009"]) == (
        "2026-03-01T04:00:00.000-0800",
        "2026-06-30T17:00:00.000-0700",
    )
    site.clock.advance(site.lag)
    assert len(ask(site, SEARCH, {"jql": "id > 0"})[2]["issues"]) == 1
    site.delete("issues", "5")
    assert len(ask(site, SEARCH, {"jql": "id > 0"})[2]["issues"]) == 1
    site.clock.advance(site.lag)
    assert ask(site, SEARCH, {"jql": "id > 0"})[2]["issues"] == []
    assert ask(site, "/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": ["5"]})[2]["issues"] == []


def test_who_is_not_known_finds_nothing_and_only_myself_says_so(site) -> None:
    site.load("issues", [issue(1)])
    for auth in (basic(site, "expired"), ""):
        status, headers, body = ask(site, SEARCH, {"jql": "id > 0"}, auth=auth)
        assert (status, body["issues"], headers["X-Seraph-LoginReason"]) == (
            200,
            [],
            "AUTHENTICATED_FAILED" if auth else None,
        )
        assert ask(site, "/rest/api/3/project/search", auth=auth)[2]["values"] == []
        assert ask(site, "/rest/api/3/myself", auth=auth)[0] == 401
    assert ask(site, "/rest/api/3/users/search", auth="")[2] == b"Client must be authenticated to access this resource."
    site.clock.advance(366 * 86400)
    assert ask(site, "/rest/api/3/myself")[0] == 401


def test_scoped_tokens_and_apps_come_through_the_gateway_alone(site) -> None:
    known = site.credentials()
    assert ask(site, "/rest/api/3/myself", gateway="jira", auth=basic(site, "scoped_token"))[2]["timeZone"] == site.zone
    assert ask(site, "/rest/api/3/myself", auth=basic(site, "scoped_token"))[0] == 401
    assert ask(site, "/rest/api/3/myself", gateway="jira")[0] == 401
    service = f"Bearer {known['service_token']}"
    assert ask(site, "/oauth/token/accessible-resources", auth=service)[2][0]["id"] == site.cloud
    assert ask(site, "/rest/agile/1.0/board", gateway="jira", auth=service)[2]["total"] == 3
    bare = f"Bearer {site.door.service_token(frozenset({'read:jira-work'}))}"
    status, _, body = ask(site, "/rest/agile/1.0/board", gateway="jira", auth=bare)
    assert (status, body["message"]) == (401, "Unauthorized; scope does not match")
    form = {word: known[word] for word in ("client_id", "client_secret", "refresh_token")} | {
        "grant_type": "refresh_token"
    }
    first = ask(site, "/oauth/token", form, auth="")[2]
    assert first["expires_in"] == 3600 and first["refresh_token"] != known["refresh_token"]
    status, _, body = ask(site, "/oauth/token", form, auth="")
    assert (status, body["error"]) == (403, "invalid_grant")
    token = f"Bearer {first['access_token']}"
    _, headers, _ = ask(site, "/rest/api/3/project/search", gateway="jira", auth=token)
    assert headers["X-RateLimit-Limit"] == "65000" and site.limits.used == 4
    site.limits.points = 4
    status, headers, _ = ask(site, "/rest/api/3/project/search", gateway="jira", auth=token)
    assert (status, headers["RateLimit-Reason"], headers["Retry-After"]) == (429, "jira-quota-global-based", "3600")
    site.clock.advance(3600)
    assert ask(site, "/rest/api/3/project/search", gateway="jira", auth=token)[0] == 401


def test_a_burst_is_refused_for_its_endpoint_alone(site) -> None:
    told = [ask(site, "/rest/api/3/myself") for _ in range(101)]
    status, headers, _ = told[-1]
    assert (status, headers["RateLimit-Reason"], headers["Retry-After"]) == (429, "jira-burst-based", "1")
    assert headers["X-RateLimit-Reset"] == "2026-03-01T12:00:01Z"
    assert ask(site, "/rest/api/3/field")[0] == 200


def test_changelogs_are_capped_in_search_and_whole_in_bulk(site) -> None:
    past = [
        {
            "id": str(n),
            "created": f"2026-02-01T08:{n:02d}:00.000+0000",
            "author": {"accountId": "x"},
            "items": [{"field": "status", "fieldId": "status"}],
        }
        for n in range(45)
    ]
    site.load("issues", [issue(1) | {"changelog": past}, issue(2)])
    found = ask(site, SEARCH, {"jql": "id = 1", "fields": ["summary"], "expand": "changelog,names,schema"})[2]
    histories = found["issues"][0]["changelog"]["histories"]
    assert (len(histories), histories[0]["id"], found["names"]) == (40, "44", {"summary": "Summary"})
    page = ask(site, "/rest/api/3/issue/1/changelog", maxResults=500)[2]
    assert (page["maxResults"], page["total"], page["values"][0]["id"]) == (100, 45, "0")
    bulk = ask(site, "/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": ["1", "LOOM-2"], "maxResults": 40})[2]
    assert (len(bulk["issueChangeLogs"][0]["changeHistories"]), bulk["nextPageToken"]) == (40, "40")


def test_boards_sprints_and_versions(site) -> None:
    status, _, body = ask(site, "/rest/agile/1.0/board/2/sprint")
    assert (status, body["errorMessages"]) == (400, ["The board does not support sprints"])
    site.churn(200)
    pages = [ask(site, f"/rest/agile/1.0/board/{board}/sprint")[2] for board in (1, 3)]
    shared = {s["id"] for s in pages[0]["values"]} & {s["id"] for s in pages[1]["values"]}
    assert (
        shared
        and "total" not in pages[0]
        and any(s["state"] == "future" and "startDate" not in s for s in pages[0]["values"])
    )
    ends = {s["startDate"][-1] for s in pages[0]["values"] if "startDate" in s}
    assert ends == {"Z", "0"}
    versions = [v for key in ("LOOM", "10001", "CARE") for v in ask(site, f"/rest/api/3/project/{key}/versions")[2]]
    assert {v["id"] for v in versions} == set(site.ledger.rows("versions")) and any(
        "releaseDate" not in v for v in versions
    )
    site.put(
        "versions",
        *({"id": f"9{n}", "name": f"9.{n}", "archived": False, "released": True, "projectId": 10000} for n in range(2)),
    )
    paged = ask(site, "/rest/api/3/project/LOOM/version", expand="issuesstatus", status="released", maxResults=1)[2]
    assert paged["values"][0]["released"] and "issuesStatusForFixVersion" in paged["values"][0] and paged["nextPage"]
    assert ask(site, f"/rest/api/3/version/{versions[0]['id']}/unresolvedIssueCount")[0] == 200
    assert ask(site, "/rest/api/3/project/NONE/versions")[0] == 404
    names = [f["name"] for f in ask(site, "/rest/api/3/field")[2]]
    assert names.count("Story Points") == 2
    site.add_field("customfield_10099", "Weave", "string", "textfield")
    assert "Weave" in [f["name"] for f in ask(site, "/rest/api/3/field")[2]]
    site.admin = False
    assert ask(site, "/rest/api/3/field/search")[0] == 403


def test_feeds_of_worklogs_hide_the_last_minute_and_page_by_time(site) -> None:
    site.feed_page = 3
    for n in range(7):
        site.put(
            "worklogs",
            {
                "id": str(n),
                "issueId": "1",
                "author": {"accountId": "x"},
                "started": "2026-02-01T08:00:00.000+0000",
                "timeSpentSeconds": 60,
            },
        )
        site.clock.advance(30)
    site.delete("worklogs", "0")
    told, since = {}, 0
    while True:
        page = ask(site, "/rest/api/3/worklog/updated", since=since)[2]
        told |= {each["worklogId"]: each["updatedTime"] for each in page["values"]}
        since = page["until"]
        if page["lastPage"]:
            break
        assert page["nextPage"].endswith(f"since={since}")
    assert sorted(told) == [1, 2, 3, 4, 5] and ask(site, "/rest/api/3/worklog/deleted", since=0)[2]["values"] == []
    site.clock.advance(60)
    assert [each["worklogId"] for each in ask(site, "/rest/api/3/worklog/deleted", since=0)[2]["values"]] == [0]
    assert [each["id"] for each in ask(site, "/rest/api/3/worklog/list", {"ids": [3, 0, 2]})[2]] == ["3", "2"]
    site.put(
        "worklogs",
        *({"id": str(n), "issueId": "1", "author": {"accountId": "x"}, "started": NOON} for n in range(50, 54)),
    )
    site.clock.advance(60)
    stuck = ask(site, "/rest/api/3/worklog/updated", since=site.clock.now().timestamp() * 1000 - 60_000 or 0)
    assert stuck[0] == 400  # a number with a fraction is none
    stuck = ask(site, "/rest/api/3/worklog/updated", since=int(site.clock.now().timestamp() * 1000 - 60_000))[2]
    assert not stuck["lastPage"] and stuck["until"] == stuck["since"]


def test_pages_of_the_wiki_follow_a_link(site) -> None:
    site.objects = ("pages", "users")
    site.churn(80)
    found, path = [], "/wiki/api/v2/pages?limit=3"
    while path:
        _, headers, page = ask(site, path)
        found += [p["id"] for p in page["results"]]
        path = page["_links"].get("next", "")
        assert (headers["Link"] is not None) is bool(path)
    assert found == sorted(site.ledger.rows("pages"), key=int)
    newest = ask(site, "/wiki/api/v2/pages", sort="-modified-date", limit=250)[2]["results"]
    assert [p["version"]["createdAt"] for p in newest] == sorted(
        (p["version"]["createdAt"] for p in newest), reverse=True
    )
    users = ask(site, "/rest/api/3/users/search", maxResults=1000)[2]
    assert len(users) == len(site.ledger.rows("users")) and not all(u["active"] for u in users)
    assert ask(site, "/rest/api/3/users/search", startAt=len(users))[2] == []


def test_the_same_seed_makes_the_same_site() -> None:
    one, two = (Atlassian(clock=Clock(NOON), seed=8) for _ in range(2))
    for each in (one, two):
        each.churn(300)
    assert all(one.ledger.truth(name) == two.ledger.truth(name) for name in one.objects)
    keys = one.ledger.ask(
        "SELECT id, count(DISTINCT json_extract(row, '$.key')) n FROM change WHERE object = 'issues' GROUP BY id ORDER BY n DESC"
    )
    assert keys[0][1] > 1, "some issues move"
