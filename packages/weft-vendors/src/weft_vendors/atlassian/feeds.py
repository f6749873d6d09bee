"""Which worklogs changed or were deleted: feeds that hide the last minute and stick at a stamp that too many share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian.wire import millis, moment, number

if TYPE_CHECKING:
    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.atlassian.auth import Caller
    from weft_vendors.core import Call

HIDDEN = timedelta(minutes=1)


class Feeds:
    """Handlers."""

    def __init__(self, site: Atlassian) -> None:
        self.site = site

    def updated(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/worklog/updated`."""
        rows = self.site.ledger.rows("worklogs").values()
        return self._page(call, [(millis(moment(row["updated"])), int(row["id"])) for row in rows])

    def deleted(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/worklog/deleted`."""
        told = self.site.ledger.ask("SELECT at, id FROM change WHERE object = 'worklogs' AND op = 'delete'")
        return self._page(call, [(millis(moment(at)), int(key)) for at, key in told])

    def _page(self, call: Call, changes: list[tuple[int, int]]) -> dict[str, Any]:
        since, until = number(call, "since", 0), millis(self.site.clock.now() - HIDDEN)
        found = sorted(change for change in changes if since <= change[0] <= until)
        page = found[: self.site.feed_page]
        last = len(page) == len(found)
        told: dict[str, Any] = {
            "values": [{"worklogId": key, "updatedTime": at, "properties": []} for at, key in page],
            "since": since,
            "until": page[-1][0] if page else until,
            "self": str(call.request.url),
            "lastPage": last,
        }
        return told if last else {**told, "nextPage": str(call.request.url.include_query_params(since=told["until"]))}
