"""What is answered where: on the site's own address and through the gateway, behind credentials, scopes and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from weft_vendors.atlassian.agile import Agile, Wiki
from weft_vendors.atlassian.auth import FAILED, PLAIN, allow
from weft_vendors.atlassian.dimensions import Dimensions
from weft_vendors.atlassian.feeds import Feeds
from weft_vendors.atlassian.issues import Issues
from weft_vendors.atlassian.versions import Versions
from weft_vendors.atlassian.wire import error
from weft_vendors.core import Refused, answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.core import Call
    from weft_vendors.core.vendor import Answerer

Route = tuple[str, str, "Answerer"]
BUSY = 429
OPEN = {"search", "count", "projects", "array", "paged", "server", "removed"}
"""Calls that take anybody, and show nobody nothing."""
WORK, USER = "read:jira-work", "read:jira-user"
_TABLE = f"""
GET,POST /rest/api/3/search/jql issues.search {WORK}
POST /rest/api/3/search/approximate-count issues.count {WORK}
GET,POST /rest/api/3/search issues.removed {WORK}
GET,POST /rest/api/2/search issues.removed {WORK}
POST /rest/api/3/issue/bulkfetch issues.bulk {WORK}
POST /rest/api/3/changelog/bulkfetch issues.changelogs {WORK}
GET /rest/api/3/issue/{{id}}/changelog issues.changelog {WORK}
GET /rest/api/3/myself dims.myself {USER}
GET /rest/api/3/serverInfo dims.server -
GET /rest/api/3/project/search dims.projects {WORK}
GET /rest/api/3/project/{{id}}/version versions.versions {WORK}
GET /rest/api/3/project/{{id}}/versions versions.all_versions {WORK}
GET /rest/api/3/version/{{id}}/relatedIssueCounts versions.related {WORK}
GET /rest/api/3/version/{{id}}/unresolvedIssueCount versions.unresolved {WORK}
GET /rest/api/3/field dims.array {WORK}
GET /rest/api/3/status dims.array {WORK}
GET /rest/api/3/issuetype dims.array {WORK}
GET /rest/api/3/priority dims.array {WORK}
GET /rest/api/3/field/search dims.paged {WORK}
GET /rest/api/3/statuses/search dims.paged {WORK}
GET /rest/api/3/priority/search dims.paged {WORK}
GET /rest/api/3/resolution/search dims.paged {WORK}
GET /rest/api/3/users/search dims.users {USER}
POST /rest/api/3/worklog/list dims.worklogs {WORK}
GET /rest/api/3/worklog/updated feeds.updated {WORK}
GET /rest/api/3/worklog/deleted feeds.deleted {WORK}
GET /rest/agile/1.0/board agile.boards read:board-scope:jira-software
GET /rest/agile/1.0/board/{{id}}/sprint agile.sprints read:sprint:jira-software
GET /rest/agile/1.0/sprint/{{id}}/issue agile.sprint_issues read:sprint:jira-software
GET /wiki/api/v2/pages wiki.pages read:page:confluence
GET /wiki/api/v2/spaces wiki.spaces read:space:confluence
GET /wiki/rest/api/search wiki.cql read:page:confluence
"""
"""Methods, path, handler, scope."""


def refusal(status: int) -> Response:
    """What the edge says when it is not the client's fault."""
    if status == BUSY:
        return answer({"errorMessages": ["Rate limit exceeded"]}, BUSY, RateLimit_Reason="jira-burst-based")
    return answer("<html><body><h1>We're having trouble</h1></body></html>", status, content_type="text/html")


def guarded(site: Atlassian) -> list[Route]:
    """What needs a credential."""
    parts = {
        "issues": Issues(site),
        "dims": Dimensions(site),
        "versions": Versions(site),
        "feeds": Feeds(site),
        "agile": Agile(site),
        "wiki": Wiki(site),
    }
    found: list[Route] = []
    for line in _TABLE.strip().splitlines():
        methods, path, name, scope = line.split()
        part, handler = name.split(".")
        for gateway in (False, True):
            answered = _behind(site, getattr(parts[part], handler), scope, gateway=gateway)
            product = "confluence" if part == "wiki" else "jira"
            whole = f"/ex/{product}/{{cloud}}{path}" if gateway else path
            found.append((methods.replace(",", " "), whole, answered))
    return found


def _behind(site: Atlassian, handler: Callable[..., Any], scope: str, *, gateway: bool) -> Answerer:
    name = handler.__name__

    def answered(call: Call) -> Response:
        if gateway and call.path["cloud"] != site.cloud:
            raise Refused(404, {"code": 404, "message": "No cloud instance of that id"})
        caller = site.door.caller(call.headers.get("authorization"), gateway=gateway)
        headers = site.limits.take(caller, f"{call.request.method} {name}")
        allow(caller, *(() if scope == "-" else (scope,)))
        if not caller.name:
            headers |= FAILED if call.headers.get("authorization") else {}
            if name not in OPEN:
                raise Refused(401, error(PLAIN) if name == "myself" else PLAIN, **headers)
        told = handler(call, caller)
        if isinstance(told, Response):
            return told
        site.limits.spend(caller, told)
        return answer(told, 200, **headers)

    return answered


def tokens(site: Atlassian) -> list[Route]:
    """Consent, tokens, and which sites they are good for."""
    door = site.door

    def authorize(call: Call) -> Response:
        query = call.query
        if query.get("client_id") != door.client or not query.get("redirect_uri"):
            raise Refused(400, {"error": "invalid_request"})
        code = door.code(query["redirect_uri"], frozenset(query.get("scope", "").split()))
        mark = "&" if "?" in query["redirect_uri"] else "?"
        return RedirectResponse(f"{query['redirect_uri']}{mark}code={code}&state={query.get('state', '')}", 302)

    def grant(call: Call) -> Response:
        return answer(door.grant(call.json if isinstance(call.json, dict) else call.form))

    def resources(call: Call) -> Response:
        caller = door.caller(call.headers.get("authorization"), gateway=True)
        told = {
            "id": site.cloud,
            "name": "Messy",
            "url": site.url,
            "scopes": sorted(caller.scopes or ()),
            "avatarUrl": "",
        }
        return answer([told])

    def tenant(_call: Call) -> Response:
        return answer({"cloudId": site.cloud})

    return [
        ("GET", "/authorize", authorize),
        ("POST", "/oauth/token", grant),
        ("GET", "/oauth/token/accessible-resources", resources),
        ("GET", "/_edge/tenant_info", tenant),
    ]
