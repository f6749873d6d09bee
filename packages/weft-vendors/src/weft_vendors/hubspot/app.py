"""The simulator: one portal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from starlette.responses import RedirectResponse, Response

from weft_vendors.core import Call, Refused, Row, Vendor, answer
from weft_vendors.core.vendor import Answerer
from weft_vendors.hubspot import auth, changes, links
from weft_vendors.hubspot.auth import Caller, Door, allow
from weft_vendors.hubspot.catalogue import CUSTOM_SCOPES, TYPES, Type, definition
from weft_vendors.hubspot.crm import Crm
from weft_vendors.hubspot.index import Index
from weft_vendors.hubspot.limits import Limits
from weft_vendors.hubspot.marketing import Marketing
from weft_vendors.hubspot.metadata import Metadata
from weft_vendors.hubspot.wire import error, invalid, iso, moment

DATED = ("2025-09", "2026-03", "2026-09")
MAX_URL = 16_200
"""Characters of path and query; more is 414."""
SIMPLE = ("owners", "campaigns", "marketing_emails", "forms", "submissions", "email_events", "email_campaigns", "events")
MADE = Type("machines", "2-3465404", CUSTOM_SCOPES, "*serial *model installed_on:date hours:number", "machine")
"""The object that this portal's people made themselves."""
_SCOPES = ("oauth", "forms", "content", "marketing.campaigns.read", "business-intelligence", "crm.objects.owners.read", "crm.lists.read",
           "crm.schemas.custom.read", "account-info.security.read")  # fmt: skip

Told = dict[str, Any]


class HubSpot(Vendor):
    """A Professional portal in the time zone of New York with one custom object."""

    name = "hubspot"
    number = 1234567
    zone = "US/Eastern"
    objects = (*(kind.name for kind in TYPES), MADE.name, *SIMPLE[:6])
    lag = 45.0
    """Seconds that a write takes at most to be found by search."""
    links_page = 500
    """Links that one record of a batch answers with at most."""
    url = "https://api.hubapi.com"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.types: dict[str, Type] = {}
        self.properties: dict[str, dict[str, Told]] = {}
        self.index: dict[str, Index] = {}
        self._last: dict[str, int] = {}
        for kind in (*TYPES, MADE):
            self.add_type(kind)
        scopes = frozenset({*_SCOPES, *(scope for kind in self.types.values() for scope in kind.scopes)})
        self.door = Door(self.clock.now, self.number, scopes, client="f0e1d2c3-app", secret="s3cr3t-of-the-app")  # noqa: S106 - made up
        self.limits = Limits(self.clock.now, self.zone)
        self._service = self.door.key("service-na1")
        self._legacy = self.door.key("pat-na1")
        self._refresh = self.door.refresh_token()

    def credentials(self) -> Told:
        """A service key, a legacy token, and an app with a refresh token."""
        return {
            "service_key": self._service, "private_app_token": self._legacy, "client_id": self.door.client,
            "client_secret": self.door.secret, "refresh_token": self._refresh,
        }  # fmt: skip

    def add_type(self, kind: Type) -> None:
        """One more object type."""
        self.types[kind.name] = kind
        self.properties[kind.name] = kind.definitions()
        self.index[kind.name] = Index(self.ledger.rows(kind.name))
        for row in list(self.ledger.rows(kind.name).values()):
            self.index[kind.name].add(row, None)

    def add_property(self, object_: str, name: str, kind: str = "string", field: str = "", **more: Any) -> None:
        """One more custom property, as people make them between two runs."""
        told = definition(name, kind, field) | {"hubspotDefined": False, "createdAt": iso(self.clock.now())}
        self.properties[object_][name] = told | more

    def type(self, word: str) -> Type:
        """The type that a path names: by name, id, full or short custom name."""
        for kind in self.types.values():
            custom = (f"p{self.number}_{kind.name}", f"p_{kind.name}") if kind.id.startswith("2-") else ()
            if word in (kind.name, kind.singular, kind.id, *custom):
                return kind
        raise Refused(400, error(f"Unable to infer object type from: {word}", "VALIDATION_ERROR"))

    def history(self, kind: Type, key: str) -> dict[str, list[Told]]:
        """Earlier values of a record's properties, newest first."""
        told: dict[str, list[Told]] = {}
        for (text,) in self.ledger.ask("SELECT row FROM change WHERE object = ? AND id = ? AND op = 'put' ORDER BY seq", kind.name, key):
            changes.remember(told, text)
        return told

    def serve(self, call: Call, object_: str, rows: Iterable[Row]) -> None:
        """Notes what an answer holds."""
        self.ledger.served(call.number, object_, [row["id"] for row in rows])

    # What records are.

    def key(self, object_: str) -> str:
        """The field that tells records apart."""
        return {"submissions": "conversionId", "email_events": "key"}.get(object_, "id")

    def load(self, object_: str, rows: Iterable[Row]) -> None:
        """Takes records as the API shows them; search has what is older than an hour at once."""
        kind = self.types.get(object_)
        if kind is None:
            super().load(object_, rows)
            return
        whole = [changes.whole(row, kind, self.clock.now()) for row in rows]
        super().load(object_, whole)
        now = self.clock.now()
        for row in whole:
            old = moment(row["updatedAt"]) < now - timedelta(hours=1)
            self.index[object_].add(row, None if old else now + timedelta(seconds=self.random.uniform(0, self.lag)))

    def stamped(self, object_: str, row: Row, at: datetime) -> Row:
        """A record that is written at that time."""
        kind = self.types.get(object_)
        if kind is not None:
            return changes.stamped(row, kind, at)
        return {**row, "updatedAt": iso(at)} if "updatedAt" in row else row

    def delete(self, object_: str, *ids: str) -> None:
        """Into the bin where there is one: lists of what is archived show it; else for good."""
        there, now = self.ledger.rows(object_), iso(self.clock.now())
        for key in ids:
            if object_ in self.types:
                self.load(object_, [{**there[key], "archived": True, "archivedAt": now}])
            elif "archived" in there[key]:
                super().load(object_, [{**there[key], "archived": True}])
            else:
                super().delete(object_, key)

    def purge(self, object_: str, *ids: str) -> None:
        """For good, as the law lets a person ask: no list has them any more."""
        super().delete(object_, *ids)
        for key in ids:
            self.index[object_].drop(key, self.clock.now() + timedelta(seconds=self.lag))

    def merge(self, object_: str, winner: str, loser: str) -> None:
        """Two records become one."""
        row = self.ledger.rows(object_)[winner]
        known = row["properties"].get("hs_merged_object_ids")
        merged = ";".join([*(known.split(";") if known else ()), loser])
        self.purge(object_, loser)
        self.put(object_, {**row, "properties": {**row["properties"], "hs_merged_object_ids": merged}})

    def link(self, left: str, right: str, key: str, others: Iterable[str]) -> None:
        """What a record is linked to from now on; its modified time stays."""
        self.ledger.put(links.pair(left, right), {key: links.linked(left, right, key, others)}, self.clock.now())

    # What churn does.

    def invent(self, object_: str, random: Random) -> Row:
        """A new record."""
        return changes.invented(self, object_, random)

    def altered(self, object_: str, row: Row, random: Random) -> Row:
        """A changed one; one from the bin comes back."""
        return changes.altered(self, object_, row, random)

    def next(self, object_: str, first: int) -> str:
        """An id that was never given, with gaps between."""
        known = self.index[object_].order[-1:] if object_ in self.types else [int(key) for key in self.ledger.rows(object_)]
        self._last[object_] = max(self._last.get(object_, first), *known, first) + self.random.randrange(1, 8)
        return str(self._last[object_])

    def _change(self, object_: str) -> None:
        if not changes.own(self, object_):
            super()._change(object_)

    # What is answered.

    def failure(self, status: int) -> Response:
        """A refusal of HubSpot's edge."""
        if status == 429:  # noqa: PLR2004
            body = {"status": "error", "message": "You have reached your secondly limit.", "errorType": "RATE_LIMIT", "policyName": "SECONDLY"}
            return answer(body, 429)
        return answer(error("internal error"), status)

    def routes(self) -> list[tuple[str, str, Answerer]]:
        """Everything, under its old and its dated paths."""
        crm, meta, market = Crm(self), Metadata(self), Marketing(self)
        typed, owners = self._of_type, ("crm.objects.owners.read",)
        schemas, campaigns = ("crm.schemas.custom.read", *CUSTOM_SCOPES), ("marketing.campaigns.read",)
        paths: list[tuple[str, str, str, Callable[[Call], Told], Any]] = [
            ("POST", "/crm/v3/objects/{type}/search", "/crm/objects/{v}/{type}/search", crm.searched, typed),
            ("POST", "/crm/v3/objects/{type}/batch/read", "/crm/objects/{v}/{type}/batch/read", crm.batch, typed),
            ("GET", "/crm/v3/objects/{type}", "/crm/objects/{v}/{type}", crm.listed, typed),
            ("GET", "/crm/v3/objects/{type}/{id}", "/crm/objects/{v}/{type}/{id}", crm.single, typed),
            ("GET", "/crm/v4/objects/{type}/{id}/associations/{to}", "/crm/objects/{v}/{type}/{id}/associations/{to}", crm.linked, typed),
            ("POST", "/crm/v4/associations/{from}/{to}/batch/read", "/crm/associations/{v}/{from}/{to}/batch/read", crm.links, typed),
            ("GET", "/crm/v3/properties/{type}", "/crm/properties/{v}/{type}", meta.properties, typed),
            ("GET", "/crm-object-schemas/v3/schemas", "/crm-object-schemas/{v}/schemas", meta.schemas, schemas),
            ("GET", "/crm/v3/schemas", "", meta.schemas, schemas),
            ("GET", "/crm-object-schemas/v3/schemas/{type}", "/crm-object-schemas/{v}/schemas/{type}", meta.schema, schemas),
            ("GET", "/crm/v3/pipelines/{type}", "/crm/pipelines/{v}/{type}", meta.pipelines, typed),
            ("GET", "/crm/v3/owners", "/crm/owners/{v}", meta.owners, owners),
            ("GET", "/crm/v3/owners/{id}", "/crm/owners/{v}/{id}", meta.owner, owners),
            ("GET", "/account-info/v3/details", "/account-info/{v}/details", meta.details, ()),
            ("GET", "/marketing/v3/campaigns", "/marketing/campaigns/{v}", market.campaigns, campaigns),
            ("GET", "/marketing/v3/campaigns/{id}/reports/metrics", "/marketing/campaigns/{v}/{id}/reports/metrics", market.metrics, campaigns),
            ("GET", "/marketing/v3/campaigns/{id}/reports/revenue", "/marketing/campaigns/{v}/{id}/reports/revenue", market.revenue, campaigns),
            ("GET", "/marketing/v3/emails", "/marketing/emails/{v}", market.emails, ("content",)),
            ("GET", "/marketing/v3/forms", "", market.forms, ("forms",)),
            ("GET", "/marketing/forms/2026-09-beta", "", market.forms, ("forms",)),
            ("GET", "/form-integrations/v1/submissions/forms/{id}", "", market.submissions, ("forms",)),
            ("GET", "/email/public/v1/events", "", market.email_events, ("content",)),
            ("GET", "/email/public/v1/campaigns/by-id", "", market.email_campaigns, ("content",)),
            ("GET", "/email/public/v1/campaigns/{id}", "", market.email_campaign, ("content",)),
            ("GET", "/events/v3/events", "/events/event-occurrences/{v}", market.events, ("business-intelligence",)),
        ]  # fmt: skip
        guarded = [
            (method, path, self._guarded(handler, scopes))
            for method, old, dated, handler, scopes in paths
            for path in (old, *(dated.replace("{v}", version) for version in DATED if dated))
        ]
        open_ = [("GET", "/oauth/authorize", self._authorize), ("POST", "/oauth/v1/token", self._grant), ("POST", "/oauth/v3/token", self._grant)]
        tokens = [("POST", f"/oauth/{v}/{word}", who) for v in DATED for word, who in (("token", self._grant), ("introspect", self._introspect), ("revoke", self._revoke))]
        return [*open_, *tokens, *guarded]

    def _of_type(self, call: Call) -> tuple[str, ...]:
        return self.type(call.path.get("type") or call.path["from"]).scopes

    def _guarded(self, handler: Callable[[Call], Told], scopes: tuple[str, ...] | Callable[[Call], tuple[str, ...]]) -> Answerer:
        def answered(call: Call) -> Response:
            if len(call.request.url.path) + len(call.request.url.query) > MAX_URL:
                raise Refused(414, "<html><body>414 Request-URI Too Large</body></html>", content_type="text/html")
            caller: Caller = self.door.caller(call.headers.get("authorization"))
            headers = self.limits.take(caller, search=call.request.url.path.endswith("/search"))
            allow(caller, scopes(call) if callable(scopes) else scopes)
            return answer(handler(call), 200, X_HubSpot_Correlation_Id=error("")["correlationId"], **headers)

        return answered

    def _authorize(self, call: Call) -> Response:
        """Somebody consents at once."""
        query = call.query
        if query.get("client_id") != self.door.client or not query.get("redirect_uri"):
            raise invalid("Couldn't complete the connection")
        code = self.door.code(query["redirect_uri"], frozenset(query.get("scope", "").split()), query.get("code_challenge", ""))
        mark = "&" if "?" in query["redirect_uri"] else "?"
        return RedirectResponse(f"{query['redirect_uri']}{mark}code={code}&state={query.get('state', '')}", 302)

    def _grant(self, call: Call) -> Response:
        return answer(self.door.grant(call.form, dated="/v1/" not in call.request.url.path))

    def _introspect(self, call: Call) -> Response:
        return answer(self.door.introspect(call.form))

    def _revoke(self, call: Call) -> Response:
        self.door.revoke(call.form.get("token", ""))
        return answer(None, 204)


def limited(portal: HubSpot, *scopes: str) -> str:
    """A service key that is granted only these scopes."""
    token = portal.door.key("service-na1", frozenset(scopes))
    portal.door.tokens[token] = replace(portal.door.tokens[token], app="service-na1")
    return token


__all__ = ["HubSpot", "auth", "limited"]
