"""Jira Software: boards and sprints; and Confluence's pages."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian.render import Renderer
from weft_vendors.atlassian.wire import bad, bean, missing, moment, number
from weft_vendors.core import Refused, answer

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.atlassian.auth import Caller
    from weft_vendors.core import Call, Row

MOST_PAGES = 250


class Agile:
    """Handlers."""

    def __init__(self, site: Atlassian) -> None:
        self.site = site

    def boards(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/board`."""
        kinds = (call.query.get("type") or "scrum,kanban,simple").split(",")
        return bean(call, [row for row in self.site.ledger.rows("boards").values() if row["type"] in kinds])

    def sprints(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/board/{id}/sprint`: no total."""
        board = self.site.ledger.rows("boards").get(call.path["id"])
        if board is None:
            raise missing(f"The requested board cannot be viewed because it either does not exist: {call.path['id']}")
        if board["type"] == "kanban":
            raise bad("The board does not support sprints")
        states = (call.query.get("state") or "future,active,closed").split(",")
        rows = [
            row
            for row in self.site.ledger.rows("sprints").values()
            if board["id"] in row["boards"] and row["state"] in states
        ]
        self.site.ledger.served(call.number, "sprints", [str(row["id"]) for row in rows])
        return bean(call, [{k: v for k, v in row.items() if k != "boards"} for row in rows], total=False)

    def sprint_issues(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/sprint/{id}/issue`."""
        key = call.path["id"]
        if key not in self.site.ledger.rows("sprints"):
            raise missing("Sprint does not exist")
        render = Renderer(self.site, self.site.zone)
        rows = [
            row
            for row in self.site.ledger.rows("issues").values()
            if any(str(each["id"]) == key for each in row["fields"].get("customfield_10020") or ())
        ]
        page = bean(call, [render.issue(row, render.wanted(["*all"])) for row in rows])
        return {
            "startAt": page["startAt"],
            "maxResults": page["maxResults"],
            "total": page["total"],
            "issues": page["values"],
        }


class Wiki:
    """Handlers."""

    def __init__(self, site: Atlassian) -> None:
        self.site = site

    def pages(self, call: Call, caller: Caller) -> Response:
        """`/wiki/api/v2/pages`: by id, or the newest change first."""
        rows = [
            row
            for row in self._rows("pages")
            if row["status"] in (call.query.get("status") or "current,archived").split(",")
        ]
        newest = call.query.get("sort") == "-modified-date"
        bare = "body-format" not in call.query
        rows = [{k: v for k, v in row.items() if not (bare and k == "body")} for row in rows]
        return self._page(call, sorted(rows, key=lambda row: _place(row, newest=newest)), newest=newest)

    def spaces(self, call: Call, caller: Caller) -> Response:
        """`/wiki/api/v2/spaces`."""
        return self._page(call, self._rows("spaces"), newest=False)

    def cql(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/wiki/rest/api/search`: of CQL only `lastmodified >= "YYYY-MM-DD"`."""
        field, _, value = call.query.get("cql", "").partition(">=")
        if field.strip() != "lastmodified" or not value.strip():
            raise Refused(400, {"statusCode": 400, "message": "Could not parse cql"})
        since = moment(value.strip().strip('"'))
        rows = [row for row in self._rows("pages") if moment(row["version"]["createdAt"]) >= since]
        start, limit = number(call, "start", 0), number(call, "limit", 25)
        found = [
            {"content": {"id": row["id"], "type": "page", "title": row["title"]}} for row in rows[start : start + limit]
        ]
        return {"results": found, "start": start, "limit": limit, "size": len(found), "totalSize": len(rows)}

    def _rows(self, name: str) -> list[Row]:
        return sorted(self.site.ledger.rows(name).values(), key=lambda row: int(row["id"]))

    def _page(self, call: Call, rows: list[Row], *, newest: bool) -> Response:
        limit, cursor = number(call, "limit", 25), call.query.get("cursor", "")
        if not 1 <= limit <= MOST_PAGES:
            raise Refused(
                400,
                {
                    "errors": [
                        {
                            "status": 400,
                            "code": "INVALID_REQUEST_PARAMETER",
                            "title": f"limit must be 1 to {MOST_PAGES}",
                        }
                    ]
                },
            )
        after = tuple(int(part) for part in base64.urlsafe_b64decode(cursor).decode().split("|")) if cursor else None
        rest = [row for row in rows if after is None or _place(row, newest=newest) > after]
        page = rest[:limit]
        self.site.ledger.served(call.number, "pages", [row["id"] for row in page])
        links: dict[str, str] = {"base": f"{self.site.url}/wiki"}
        headers: dict[str, Any] = {}
        if len(rest) > limit:
            token = base64.urlsafe_b64encode("|".join(map(str, _place(page[-1], newest=newest))).encode()).decode()
            url = call.request.url.include_query_params(cursor=token)
            links["next"] = f"{url.path[url.path.index('/wiki') :]}?{url.query}"  # never the gateway's path
            headers["Link"] = f'<{links["next"]}>; rel="next"'
        return answer({"results": page, "_links": links}, **headers)


def _place(row: Row, *, newest: bool) -> tuple[int, ...]:
    changed = round(-moment(row["version"]["createdAt"]).timestamp() * 1000) if newest else 0
    return (changed, int(row["id"]))
