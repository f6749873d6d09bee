"""Campaigns, marketing e-mails, forms and what was sent through them, events."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from weft_vendors.hubspot.crm import names, number, paged
from weft_vendors.hubspot.wire import invalid, millis, missing, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft_vendors.core import Call, Row
    from weft_vendors.hubspot.app import HubSpot

MAX_PAGE, MAX_SUBMISSIONS, MAX_EVENTS = 100, 50, 1000


def _by_id(row: Row) -> str:
    return str(row["id"])


def _by_time(row: Row) -> str:
    return f"{row['occurredAt']} {row['id']}"


class Marketing:
    """Handlers."""

    def __init__(self, portal: HubSpot) -> None:
        self.portal = portal

    def campaigns(self, call: Call) -> dict[str, Any]:
        """`GET /campaigns`."""
        rows = self._rows("campaigns")
        wanted = names(call, "properties")
        told = [{**row, "properties": {n: row["properties"].get(n) for n in wanted}} for row in rows]
        return self._page(call, "campaigns", told, total=len(rows))

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
        rows = [row for row in self._rows("marketing_emails") if row["archived"] is archived]
        rows = [row for row in rows if not since or moment(row["updatedAt"]) > moment(since)]
        bare = call.query.get("includeStats") != "true"
        told = [{k: v for k, v in row.items() if not (bare and k == "stats")} for row in rows]
        return self._page(call, "marketing_emails", told, total=len(rows))

    def forms(self, call: Call) -> dict[str, Any]:
        """`GET /forms`."""
        archived = call.query.get("archived") == "true"
        return self._page(call, "forms", [row for row in self._rows("forms") if row["archived"] is archived])

    def submissions(self, call: Call) -> dict[str, Any]:
        """`GET /submissions/forms/{id}`: newest first, no filter."""
        form = call.path["id"]
        if form not in self.portal.ledger.rows("forms"):
            raise missing()
        rows = [row for row in self.portal.ledger.rows("submissions").values() if row["formId"] == form]
        rows.sort(key=lambda row: (-row["submittedAt"], row["conversionId"]))
        limit, text = number(call, "limit", 20), call.query.get("after") or "0"
        if not 1 <= limit <= MAX_SUBMISSIONS:
            raise invalid(f"Invalid input: limit must be between 1 and {MAX_SUBMISSIONS}")
        start = int(text)
        self.portal.ledger.served(
            call.number, "submissions", [row["conversionId"] for row in rows[start : start + limit]]
        )
        told = [{k: v for k, v in row.items() if k != "formId"} for row in rows[start : start + limit]]
        more = {"paging": {"next": {"after": str(start + limit)}}} if start + limit < len(rows) else {}
        return {"results": told, **more}

    def email_events(self, call: Call) -> dict[str, Any]:
        """`GET /email/public/v1/events`: times are milliseconds, the end is not in."""
        first, end = (
            number(call, "startTimestamp", 0),
            number(call, "endTimestamp", millis(self.portal.clock.now()) + 1),
        )
        limit, start = number(call, "limit", 100), number(call, "offset", 0)
        if not 1 <= limit <= MAX_EVENTS:
            raise invalid(f"Invalid input: limit must be between 1 and {MAX_EVENTS}")
        kind = call.query.get("eventType")
        rows = [row for row in self.portal.ledger.rows("email_events").values() if first <= row["created"] < end]
        rows = sorted((r for r in rows if kind in {None, r["type"]}), key=lambda row: (row["created"], row["id"]))
        page = rows[start : start + limit]
        self.portal.ledger.served(call.number, "email_events", [row["key"] for row in page])
        told = [{k: v for k, v in row.items() if k != "key"} for row in page]
        return {"hasMore": start + limit < len(rows), "offset": str(start + limit), "events": told}

    def email_campaigns(self, call: Call) -> dict[str, Any]:
        """`GET /email/public/v1/campaigns/by-id`."""
        rows = self._rows("email_campaigns")
        limit, start = number(call, "limit", 100), number(call, "offset", 0)
        told = [
            {"id": row["id"], "appId": row["appId"], "lastUpdatedTime": row["lastUpdatedTime"]}
            for row in rows[start : start + limit]
        ]
        return {"hasMore": start + limit < len(rows), "offset": str(start + limit), "campaigns": told}

    def email_campaign(self, call: Call) -> dict[str, Any]:
        """`GET /email/public/v1/campaigns/{id}`."""
        row = self.portal.ledger.rows("email_campaigns").get(call.path["id"])
        if row is None:
            raise missing()
        return row

    def events(self, call: Call) -> dict[str, Any]:
        """`GET /events`: of one record, or of one type of event."""
        query = call.query
        if not (query.get("objectType") and query.get("objectId")) and not query.get("eventType"):
            raise invalid("There was a problem with the request. Name an objectType and objectId, or an eventType")
        low, high = (
            moment(query[word]).astimezone(UTC) if query.get(word) else None
            for word in ("occurredAfter", "occurredBefore")
        )

        def fits(row: Row) -> bool:
            at = moment(row["occurredAt"])
            named = all(
                query.get(word) in {None, "", row[word].lower(), row[word]}
                for word in ("objectType", "objectId", "eventType")
            )
            return named and (low is None or at >= low) and (high is None or at <= high)

        rows = [row for row in self._rows("events", _by_time) if fits(row)]
        return self._page(call, "events", rows, _by_time)

    def _rows(self, name: str, order: Callable[[Row], Any] = _by_id) -> list[Row]:
        return sorted(self.portal.ledger.rows(name).values(), key=order)

    def _seed(self, name: str, call: Call) -> int:
        row = self.portal.ledger.rows(name).get(call.path["id"])
        if row is None:
            raise missing()
        return sum(map(ord, str(row["properties"].get("hs_budget_items_sum_amount")) + row["id"])) * 7919

    def _page(
        self, call: Call, name: str, rows: list[dict[str, Any]], order: Callable[[Row], Any] = _by_id, **more: Any
    ) -> dict[str, Any]:
        limit, after = number(call, "limit", 50), call.query.get("after", "")
        if not 1 <= limit <= MAX_PAGE:
            raise invalid(f"Invalid input: limit must be between 1 and {MAX_PAGE}")
        rest = [row for row in rows if _token(order(row)) >= after] if after else rows
        self.portal.ledger.served(call.number, name, [str(row["id"]) for row in rest[:limit]])
        return paged(call, rest[:limit], _token(order(rest[limit])) if len(rest) > limit else None, **more)


def _token(key: str) -> str:
    """An opaque cursor that sorts as its key does."""
    return key.encode().hex()
