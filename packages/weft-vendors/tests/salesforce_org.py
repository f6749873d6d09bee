"""A simulated org and a client of it."""

from __future__ import annotations

import csv
import http.client
import io
import json
from types import SimpleNamespace
from urllib.parse import quote, urlencode, urlsplit

V = "/services/data/v66.0"
NOW = "2026-03-02T09:00:30+00:00"


def asked(url, path, body=None, method=None, **headers):
    """Status, headers, and the body: as JSON where it is some."""
    split = urlsplit(url)
    connection = http.client.HTTPConnection(split.hostname, split.port, timeout=5)
    try:
        connection.request(method or ("GET" if body is None else "POST"), path, body, headers)
        response = connection.getresponse()
        data = response.read()
    finally:
        connection.close()
    parsed = json.loads(data) if "json" in response.headers.get("content-type", "") else data
    return SimpleNamespace(status=response.status, headers=response.headers, body=parsed)


class Org:
    """An org and a client of it."""

    def __init__(self, org):
        self.org = org
        self.renew()

    def token(self, url=None, header=None, **form):
        form = {k: v for k, v in form.items() if v is not None}
        kind = {"Content-Type": "application/x-www-form-urlencoded"} | ({"Authorization": header} if header else {})
        return asked(url or self.org.url, "/services/oauth2/token", urlencode(form), **kind)

    def client(self, **more):
        known = self.org.credentials()
        wanted = {
            "grant_type": "client_credentials",
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
        }
        return self.token(**wanted | more)

    def renew(self):
        self.bearer = f"Bearer {self.client().body['access_token']}"

    def get(self, path, **headers):
        return asked(
            self.org.url, path if path.startswith("/") else f"{V}/{path}", **{"Authorization": self.bearer, **headers}
        )

    def send(self, path, body, method="POST", **headers):
        headers = {"Authorization": self.bearer, "Content-Type": "application/json", **headers}
        return asked(self.org.url, f"{V}/{path}", json.dumps(body), method, **headers)

    def query(self, soql, verb="query", **headers):
        return self.get(f"{verb}?q={quote(soql)}", **headers)

    def all(self, soql, verb="query", **headers):
        """All records of a query, and the sizes of its pages."""
        page = self.query(soql, verb, **headers).body
        records, sizes = [*page["records"]], [len(page["records"])]
        while not page["done"]:
            page = self.get(page["nextRecordsUrl"]).body
            records += page["records"]
            sizes.append(len(page["records"]))
        assert "nextRecordsUrl" not in page and page["totalSize"] == len(records)
        return records, sizes

    def bulk(self, soql, operation="query"):
        """Rows of a job, its states and the locators of its pages."""
        made = self.send("jobs/query", {"operation": operation, "query": soql})
        assert made.status == 200, made.body
        states = [made.body["state"]]
        while states[-1] not in {"JobComplete", "Failed"}:
            job = self.get(f"jobs/query/{made.body['id']}").body
            states.append(job["state"])
        rows, locators, tail = [], [], ""
        while states[-1] == "JobComplete" and (not locators or locators[-1] != "null"):
            page = self.get(f"jobs/query/{made.body['id']}/results?maxRecords=40{tail}")
            told = list(csv.DictReader(io.StringIO(page.body.decode(), newline="")))
            assert page.headers["sforce-numberofrecords"] == str(len(told))
            rows += told
            locators.append(page.headers["sforce-locator"])
            tail = f"&locator={locators[-1]}"
        return rows, states, locators, job


def error(answer):
    """Status, code and message of an error: an array of one object."""
    assert isinstance(answer.body, list) and set(answer.body[0]) == {"message", "errorCode"}
    return answer.status, answer.body[0]["errorCode"], answer.body[0]["message"]
