"""Campaigns, marketing e-mails, forms and what was sent through them, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.hubspot.crm import names, number, paged
from weft_vendors.hubspot.wire import invalid, missing, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft_vendors.core import Call, Row
    from weft_vendors.hubspot.app import HubSpot

MAX_PAGE = 100


def by_id(row: Row) -> str:
    """Order of most lists."""
    return str(row["id"])


class Marketing:
    """Handlers."""

    def __init__(self, portal: HubSpot) -> None:
        self.portal = portal

    def campaigns(self, call: Call) -> dict[str, Any]:
        """`GET /campaigns`."""
        rows = rows_of(self.portal, "campaigns")
        wanted = names(call, "properties")
        told = [{**row, "properties": {n: row["properties"].get(n) for n in wanted}} for row in rows]
        return {"total": len(rows), **page_of(self.portal, call, "campaigns", told)}

    def metrics(self, call: Call) -> dict[str, Any]:
        """`GET /campaigns/{id}/reports/metrics`."""
        seed = self._seed("campaigns", call)
        return {
            "sessions": seed % 5000,
            "newContactsFirstTouch": seed % 83,
            "newContactsLastTouch": seed % 71,
            "influencedContacts": seed % 311,
        }

    def revenue(self, call: Call) -> dict[str, Any]:
        """`GET /campaigns/{id}/reports/revenue`."""
        seed = self._seed("campaigns", call)
        return {
            "contactsNumber": seed % 311,
            "currencyCode": "USD",
            "dealAmount": seed % 90_000 / 4,
            "dealsNumber": seed % 17,
            "revenueAmount": seed % 90_000 / 8,
        }

    def emails(self, call: Call) -> dict[str, Any]:
        """`GET /emails`."""
        since, archived = call.query.get("updatedAfter"), call.query.get("archived") == "true"
        rows = [row for row in rows_of(self.portal, "marketing_emails") if row["archived"] is archived]
        rows = [row for row in rows if not since or moment(row["updatedAt"]) > moment(since)]
        bare = call.query.get("includeStats") != "true"
        told = [{k: v for k, v in row.items() if not (bare and k == "stats")} for row in rows]
        return {"total": len(rows), **page_of(self.portal, call, "marketing_emails", told)}

    def forms(self, call: Call) -> dict[str, Any]:
        """`GET /forms`."""
        archived = call.query.get("archived") == "true"
        return page_of(
            self.portal, call, "forms", [row for row in rows_of(self.portal, "forms") if row["archived"] is archived]
        )

    def _seed(self, name: str, call: Call) -> int:
        row = self.portal.ledger.rows(name).get(call.path["id"])
        if row is None:
            raise missing()
        return sum(map(ord, str(row["properties"].get("hs_budget_items_sum_amount")) + row["id"])) * 7919


def rows_of(portal: HubSpot, name: str, order: Callable[[Row], str] = by_id) -> list[Row]:
    """All rows of an object in order."""
    return sorted(portal.ledger.rows(name).values(), key=order)


def page_of(
    portal: HubSpot,
    call: Call,
    name: str,
    rows: list[dict[str, Any]],
    order: Callable[[Row], str] = by_id,
) -> dict[str, Any]:
    """The page of ordered rows that a request asks for."""
    limit, after = number(call, "limit", 50), call.query.get("after", "")
    if not 1 <= limit <= MAX_PAGE:
        raise invalid(f"Invalid input: limit must be between 1 and {MAX_PAGE}")
    rest = [row for row in rows if _token(order(row)) >= after] if after else rows
    portal.ledger.served(call.number, name, [str(row["id"]) for row in rest[:limit]])
    return paged(call, rest[:limit], _token(order(rest[limit])) if len(rest) > limit else None)


def _token(key: str) -> str:
    """An opaque cursor that sorts as its key does."""
    return key.encode().hex()
