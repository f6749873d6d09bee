"""Everything about a site that is no issue: projects, versions, fields, statuses, users, worklogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian.render import Renderer
from weft_vendors.atlassian.wire import bad, bean, body_of, number, stamp
from weft_vendors.core import Refused

if TYPE_CHECKING:
    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.atlassian.auth import Caller
    from weft_vendors.core import Call, Row

Told = dict[str, Any]


class Dimensions:
    """Handlers."""

    def __init__(self, site: Atlassian) -> None:
        self.site = site

    def myself(self, call: Call, caller: Caller) -> Told:
        """`/myself`."""
        mine = {
            "accountId": "5b10a2844c20165700ede21g",
            "accountType": "atlassian",
            "emailAddress": self.site.door.email,
        }
        more = {"displayName": "Mia Krystof", "active": True, "timeZone": self.site.zone, "locale": "en_US"}
        return {"self": f"{self.site.url}/rest/api/3/user?accountId={mine['accountId']}", **mine, **more}

    def server(self, call: Call, caller: Caller) -> Told:
        """`/serverInfo`."""
        now = stamp(self.site.clock.now(), self.site.zone)
        return {
            "baseUrl": self.site.url,
            "deploymentType": "Cloud",
            "serverTime": now,
            "serverTimeZone": {"timeZoneId": self.site.zone},
        }

    def projects(self, call: Call, caller: Caller) -> Told:
        """`/project/search`."""
        states = (call.query.get("status") or "live").split(",")
        rows = (
            [row for row in self._rows("projects") if ("archived" if row["archived"] else "live") in states]
            if caller.name
            else []
        )
        if "insight" in call.query.get("expand", ""):
            rows = [{**row, "insight": {"totalIssueCount": self._count(row["id"])}} for row in rows]
        return bean(call, rows, most=100)

    def array(self, call: Call, caller: Caller) -> list[Row]:
        """`/field`, `/status`, `/issuetype`, `/priority`: arrays."""
        name = {"field": "fields", "status": "statuses", "issuetype": "issuetypes", "priority": "priorities"}[
            call.request.url.path.rsplit("/", 1)[1]
        ]
        rows = self._rows(name)
        return rows if caller.name else [row for row in rows if not row.get("custom")] if name == "fields" else []

    def paged(self, call: Call, caller: Caller) -> Told:
        """`/priority/search`, `/resolution/search`, `/statuses/search`, `/field/search`."""
        name = call.request.url.path.rsplit("/", 2)[1]
        found = {"priority": "priorities", "resolution": "resolutions", "statuses": "statuses", "field": "fields"}[name]
        if found == "fields" and not self.site.admin:
            raise Refused(403, {"errorMessages": ["Only Jira administrators can access fields."], "errors": {}})
        rows = self._rows(found)
        if found == "statuses":
            rows = [
                {
                    **row,
                    "statusCategory": {"new": "TODO", "done": "DONE"}.get(row["statusCategory"]["key"], "IN_PROGRESS"),
                }
                for row in rows
            ]
        return bean(call, rows)

    def users(self, call: Call, caller: Caller) -> list[Row]:
        """`/users/search`: an array without a total."""
        if self.site.faults.take("slow", call.request.url.path):
            raise Refused(409, {"errorMessages": ["The search took too long."], "errors": {}})
        start, limit = number(call, "startAt", 0), min(number(call, "maxResults", 50), 1000)
        rows = self._rows("users")[start : start + limit]
        self.site.ledger.served(call.number, "users", [row["accountId"] for row in rows])
        return rows

    def worklogs(self, call: Call, caller: Caller) -> list[Told]:
        """`/worklog/list`: an array."""
        ids = [str(each) for each in body_of(call, "ids").get("ids", [])]
        if len(ids) > self.site.feed_page:
            raise bad(f"The number of worklog ids must not exceed {self.site.feed_page}.")
        rows = [row for key in dict.fromkeys(ids) if (row := self.site.ledger.rows("worklogs").get(key))]
        self.site.ledger.served(call.number, "worklogs", [row["id"] for row in rows])
        render = Renderer(self.site, self.site.zone)
        return [render.worklog(row) for row in rows]

    def _rows(self, name: str) -> list[Row]:
        return list(self.site.ledger.rows(name).values())

    def _count(self, project: str) -> int:
        return sum(row["fields"]["project"]["id"] == project for row in self._rows("issues"))
