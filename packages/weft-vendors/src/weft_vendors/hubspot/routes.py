"""What is answered where: each call under its old path and under the dated ones, behind token, limits and scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from weft_vendors.core import Refused, answer
from weft_vendors.hubspot.auth import allow
from weft_vendors.hubspot.crm import Crm
from weft_vendors.hubspot.events import Events
from weft_vendors.hubspot.marketing import Marketing
from weft_vendors.hubspot.metadata import Metadata
from weft_vendors.hubspot.wire import error, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from weft_vendors.core import Call
    from weft_vendors.core.vendor import Answerer
    from weft_vendors.hubspot.app import HubSpot
    from weft_vendors.hubspot.auth import Door

DATED = ("2025-09", "2026-03", "2026-09")
MAX_URL = 16_200
"""Characters of path and query; more is 414."""
BUSY = 429

Scopes = tuple[str, ...]
Route = tuple[str, str, "Answerer"]


def refusal(status: int) -> Response:
    """What HubSpot's edge says when it is not the client's fault."""
    if status == BUSY:
        body = {"status": "error", "message": "You have reached your secondly limit.", "errorType": "RATE_LIMIT"}
        return answer({**body, "policyName": "SECONDLY"}, BUSY)
    return answer(error("internal error"), status)


_TABLE = """
POST /crm/v3/objects/{type}/search /crm/objects/{v}/{type}/search crm.searched type
POST /crm/v3/objects/{type}/batch/read /crm/objects/{v}/{type}/batch/read crm.batch type
GET /crm/v3/objects/{type} /crm/objects/{v}/{type} crm.listed type
GET /crm/v3/objects/{type}/{id} /crm/objects/{v}/{type}/{id} crm.single type
GET /crm/v4/objects/{type}/{id}/associations/{to} /crm/objects/{v}/{type}/{id}/associations/{to} crm.linked type
POST /crm/v4/associations/{type}/{to}/batch/read /crm/associations/{v}/{type}/{to}/batch/read crm.links type
GET /crm/v3/properties/{type} /crm/properties/{v}/{type} meta.properties type
GET /crm-object-schemas/v3/schemas /crm-object-schemas/{v}/schemas meta.schemas crm.schemas.custom.read
GET /crm/v3/schemas - meta.schemas crm.schemas.custom.read
GET /crm-object-schemas/v3/schemas/{type} /crm-object-schemas/{v}/schemas/{type} meta.schema crm.schemas.custom.read
GET /crm/v3/pipelines/{type} /crm/pipelines/{v}/{type} meta.pipelines type
GET /crm/v3/owners /crm/owners/{v} meta.owners crm.objects.owners.read
GET /crm/v3/owners/{id} /crm/owners/{v}/{id} meta.owner crm.objects.owners.read
GET /account-info/v3/details /account-info/{v}/details meta.details -
GET /marketing/v3/campaigns /marketing/campaigns/{v} market.campaigns marketing.campaigns.read
GET /marketing/v3/campaigns/{id}/reports/metrics /marketing/campaigns/{v}/{id}/reports/metrics market.metrics marketing.campaigns.read
GET /marketing/v3/campaigns/{id}/reports/revenue /marketing/campaigns/{v}/{id}/reports/revenue market.revenue marketing.campaigns.read
GET /marketing/v3/emails /marketing/emails/{v} market.emails content
GET /marketing/v3/forms - market.forms forms
GET /marketing/forms/2026-09-beta - market.forms forms
GET /form-integrations/v1/submissions/forms/{id} - events.submissions forms
GET /email/public/v1/events - events.email_events content
GET /email/public/v1/campaigns/by-id - events.email_campaigns content
GET /email/public/v1/campaigns/{id} - events.email_campaign content
GET /events/v3/events /events/event-occurrences/{v} events.events business-intelligence
"""  # noqa: E501 - a table
"""Method, old path, dated path, handler, scope (`type` = those of the object type)."""


def guarded(portal: HubSpot) -> list[Route]:
    """What needs a token."""
    parts = {"crm": Crm(portal), "meta": Metadata(portal), "market": Marketing(portal), "events": Events(portal)}

    def of_type(call: Call) -> Scopes:
        scopes: Scopes = portal.schema.type(call.path["type"]).scopes
        return scopes

    found: list[Route] = []
    for line in _TABLE.strip().splitlines():
        method, old, dated, name, scope = line.split()
        part, handler = name.split(".")
        scopes = of_type if scope == "type" else () if scope == "-" else (scope,)
        answered = _behind(portal, getattr(parts[part], handler), scopes)
        paths = [old, *(dated.replace("{v}", version) for version in DATED if dated != "-")]
        found += [(method, path, answered) for path in paths]
    return found


def _behind(
    portal: HubSpot, handler: Callable[[Call], dict[str, Any]], scopes: Scopes | Callable[[Call], Scopes]
) -> Answerer:
    def answered(call: Call) -> Response:
        if len(call.request.url.path) + len(call.request.url.query) > MAX_URL:
            raise Refused(414, "<html><body>414 Request-URI Too Large</body></html>", content_type="text/html")
        caller = portal.door.caller(call.headers.get("authorization"))
        headers = portal.limits.take(caller, search=call.request.url.path.endswith("/search"))
        allow(caller, scopes(call) if callable(scopes) else scopes)
        return answer(handler(call), 200, X_HubSpot_Correlation_Id=error("")["correlationId"], **headers)

    return answered


def tokens(door: Door) -> list[Route]:
    """Consent and tokens."""

    def authorize(call: Call) -> Response:
        query = call.query
        if query.get("client_id") != door.client or not query.get("redirect_uri"):
            raise invalid("Couldn't complete the connection")
        scopes = frozenset(query.get("scope", "").split())
        code = door.code(query["redirect_uri"], scopes, query.get("code_challenge", ""))
        mark = "&" if "?" in query["redirect_uri"] else "?"
        return RedirectResponse(f"{query['redirect_uri']}{mark}code={code}&state={query.get('state', '')}", 302)

    def grant(call: Call) -> Response:
        return answer(door.grant(call.form, dated="/v1/" not in call.request.url.path))

    def introspect(call: Call) -> Response:
        return answer(door.introspect(call.form))

    def revoke(call: Call) -> Response:
        door.revoke(call.form.get("token", ""))
        return answer(None, 204)

    words = (("token", grant), ("introspect", introspect), ("revoke", revoke))
    dated = [("POST", f"/oauth/{version}/{word}", who) for version in DATED for word, who in words]
    old = [("POST", "/oauth/v1/token", grant), ("POST", "/oauth/v3/token", grant)]
    return [("GET", "/oauth/authorize", authorize), *old, *dated]
