"""What an account says of itself: properties, schemas, pipelines, owners, details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from weft_vendors.hubspot.catalogue import pipelines
from weft_vendors.hubspot.crm import number, paged, serve
from weft_vendors.hubspot.wire import invalid, missing

if TYPE_CHECKING:
    from weft_vendors.core import Call
    from weft_vendors.hubspot.app import HubSpot

MAX_OWNERS = 500


class Metadata:
    """Handlers."""

    def __init__(self, portal: HubSpot) -> None:
        self.portal = portal

    def properties(self, call: Call) -> dict[str, Any]:
        """`GET /properties/{type}`: no pages; what is sensitive only for who asks for it."""
        kind = self.portal.schema.type(call.path["type"])
        wanted = call.query.get("dataSensitivity", "non_sensitive")
        archived = call.query.get("archived") == "true"
        told = self.portal.schema.properties[kind.name].values()
        fits = [p for p in told if p["archived"] is archived and p.get("dataSensitivity", "non_sensitive") == wanted]
        return {"results": fits}

    def schemas(self, call: Call) -> dict[str, Any]:
        """`GET /schemas`."""
        return {
            "results": [
                self._schema(kind.name) for kind in self.portal.schema.types.values() if kind.id.startswith("2-")
            ]
        }

    def schema(self, call: Call) -> dict[str, Any]:
        """`GET /schemas/{type}`."""
        return self._schema(self.portal.schema.type(call.path["type"]).name)

    def pipelines(self, call: Call) -> dict[str, Any]:
        """`GET /pipelines/{type}`: no pages."""
        return {"results": pipelines(self.portal.schema.type(call.path["type"]).name)}

    def owners(self, call: Call) -> dict[str, Any]:
        """`GET /owners`."""
        limit, after = number(call, "limit", 100), number(call, "after", 0)
        if not 1 <= limit <= MAX_OWNERS:
            raise invalid(f"Invalid input: limit must be between 1 and {MAX_OWNERS}")
        archived, email = call.query.get("archived") == "true", call.query.get("email")
        there = sorted(self.portal.ledger.rows("owners").values(), key=lambda row: int(row["id"]))
        fits = [o for o in there if o["archived"] is archived and int(o["id"]) >= after and email in {None, o["email"]}]
        serve(self.portal, call, "owners", fits[:limit])
        return paged(call, fits[:limit], fits[limit]["id"] if len(fits) > limit else None)

    def owner(self, call: Call) -> dict[str, Any]:
        """`GET /owners/{id}`."""
        row = self.portal.ledger.rows("owners").get(call.path["id"])
        if row is None:
            raise missing()
        return row

    def details(self, call: Call) -> dict[str, Any]:
        """`GET /account-info/.../details`."""
        offset = self.portal.clock.now().astimezone(ZoneInfo(self.portal.zone)).strftime("%z")
        minutes = (-1 if offset[0] == "-" else 1) * (int(offset[1:3]) * 60 + int(offset[3:]))
        return {
            "portalId": self.portal.schema.number,
            "accountType": "STANDARD",
            "timeZone": self.portal.zone,
            "companyCurrency": "USD",
            "additionalCurrencies": ["EUR"],
            "utcOffset": f"{offset[:3]}:{offset[3:]}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }

    def _schema(self, name: str) -> dict[str, Any]:
        kind = self.portal.schema.types[name]
        return {
            "id": kind.id.removeprefix("2-"),
            "objectTypeId": kind.id,
            "name": name,
            "fullyQualifiedName": self.portal.schema.full(name),
            "labels": {"singular": kind.singular.capitalize(), "plural": name.capitalize()},
            "primaryDisplayProperty": kind.defaults[0],
            "properties": list(self.portal.schema.properties[name].values()),
            "associations": [],
            "archived": False,
        }
