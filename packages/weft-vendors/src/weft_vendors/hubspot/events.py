"""What happened: submissions of forms, events of e-mails, events of contacts."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from weft_vendors.hubspot.crm import number
from weft_vendors.hubspot.marketing import page_of, rows_of
from weft_vendors.hubspot.wire import invalid, millis, missing, moment

if TYPE_CHECKING:
    from weft_vendors.core import Call, Row
    from weft_vendors.hubspot.app import HubSpot

MAX_SUBMISSIONS, MAX_EVENTS = 50, 1000


def _by_time(row: Row) -> str:
    return f"{row['occurredAt']} {row['id']}"


class Events:
    """Handlers."""

    def __init__(self, portal: HubSpot) -> None:
        self.portal = portal

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
        rows = rows_of(self.portal, "email_campaigns")
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

        rows = [row for row in rows_of(self.portal, "events", _by_time) if fits(row)]
        return page_of(self.portal, call, "events", rows, _by_time)
